// Calls of ops: the registry's examples and seeded variations of their sizes, as graphs with numbers to feed.
import { AppError, type Rng, rng } from "../../src/base/index.ts";
import type { Engine } from "../../src/engine/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { type Attrs, Builder, type Dim, type Graph, type Value } from "../../src/ir/index.ts";
import { type OpDef, ops, opTable } from "../../src/ops/index.ts";
import { type DType, isFloat, sizeOf, Tensor } from "../../src/tensor/index.ts";

export interface Drawn {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** An input: drawn numbers of a shape, a fixed tensor, or absent. */
export type CallInput = Drawn | Tensor | undefined;

export interface OpCall {
  readonly def: OpDef;
  readonly title: string;
  readonly inputs: readonly CallInput[];
  readonly attrs: Attrs;
  readonly outputs: number | undefined;
  /** Draws an element from a number in [0, 1). */
  readonly sample: (random: number, index: number, input: number) => number;
}

export const isDrawn = (input: CallInput): input is Drawn =>
  input !== undefined && !(input instanceof Tensor);

/** What the examples of an op say, one call each. */
export function examplesOf(def: OpDef): readonly OpCall[] {
  return def.examples.map((example) => {
    const inputs = example.inputs.map((input, i): CallInput => {
      if (input === null) return undefined;
      return input instanceof Tensor ? input : { dtype: example.dtypes?.[i] ?? "f32", shape: input };
    });
    return titled({
      def,
      inputs,
      attrs: definedAttrs(example.attrs ?? {}),
      outputs: example.outputs,
      sample: example.sample ?? ((random) => 2 * random - 1),
    });
  });
}

const definedAttrs = (attrs: Readonly<Record<string, Attrs[string] | undefined>>): Attrs =>
  Object.fromEntries(
    Object.entries(attrs).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

function titled(call: Omit<OpCall, "title">): OpCall {
  const inputs = call.inputs.map((input) => {
    if (!input) return "_";
    return input instanceof Tensor
      ? `{${input.numbers()}}`
      : `${input.dtype === "f32" ? "" : input.dtype}[${input.shape}]`;
  });
  const attrs = Object.entries(call.attrs).map(
    ([name, value]) => `${name}=${value instanceof Tensor ? value.dtype : value}`,
  );
  return { ...call, title: `${call.def.type}(${[...inputs, ...attrs].join(", ")})` };
}

/** The call with other sizes: equal ones stay equal, 1 stays 1; undefined where it does not infer. */
export function resized(call: OpCall, random: Rng): OpCall | undefined {
  const free = call.inputs.every((input) => !input || (isDrawn(input) && input.dtype !== "i64"));
  const sizes = new Map<number, number>([[1, 1]]);
  const sizeFor = (size: number): number => {
    const found = sizes.get(size) ?? (free ? 1 + random.below(5) : size + random.below(3));
    sizes.set(size, found);
    return found;
  };
  const inputs = call.inputs.map((input) =>
    isDrawn(input) ? { ...input, shape: input.shape.map(sizeFor) } : input,
  );
  const found = titled({ ...call, inputs });
  if (found.title === call.title) return undefined;
  try {
    graphOf(found);
    return found;
  } catch (error) {
    if (error instanceof AppError && error.kind === "input") return undefined;
    throw error;
  }
}

/** Examples and up to `count` different variations of each. */
export function callsOf(def: OpDef, count: number): readonly OpCall[] {
  const calls = new Map<string, OpCall>();
  for (const example of examplesOf(def)) {
    calls.set(example.title, example);
    for (let i = 0; i < count; i++) {
      const other = resized(example, rng(1, "sizes", example.title, i));
      if (other) calls.set(other.title, other);
    }
  }
  return [...calls.values()];
}

/** The call with float64 in the place of float32. */
export const doubled = (call: OpCall): OpCall => ({
  ...call,
  inputs: call.inputs.map((input) => {
    if (input?.dtype !== "f32") return input;
    return input instanceof Tensor
      ? Tensor.from("f64", input.shape, input.numbers())
      : { ...input, dtype: "f64" };
  }),
});

/** True where all that a call makes of floating-point numbers is float64. */
export const isDouble = (call: OpCall): boolean =>
  graphOf(call).outputs.every(({ value }) => value.type.dtype === "f64" || !isFloat(value.type.dtype));

export const inputName = (i: number): string => `input ${i}`;
export const outputName = (i: number): string => `output ${i}`;

/** Adds the call's inputs to a builder; `shape` may rename the sizes of drawn ones. */
export function addInputs(
  b: Builder,
  call: OpCall,
  shape: (input: number, axis: number, size: number) => Dim = (_input, _axis, size) => size,
): readonly (Value | undefined)[] {
  return call.inputs.map((input, i) => {
    if (!isDrawn(input)) return input && b.constant(input);
    const dims = input.shape.map((size, axis) => shape(i, axis, size));
    return b.input(inputName(i), input.dtype, dims);
  });
}

/** Name of the node that is the call; the nodes that make a loss of it have none. */
export const UNDER_TEST = "under test";

/** One node of the call, all its outputs named `output 0` and so on. */
export function graphOf(call: OpCall): Graph {
  const b = new Builder(opTable);
  const outputs = b.opN(call.def.type, addInputs(b, call), call.attrs, call.outputs, UNDER_TEST);
  return b.finish(Object.fromEntries(outputs.map((output, i) => [outputName(i), output])));
}

export type Feeds = Readonly<Record<string, Tensor>>;

/** Numbers for the drawn inputs: the same for the same call. */
export function feedsOf(call: OpCall): Feeds {
  const random = rng(1, "numbers", call.title);
  return Object.fromEntries(
    call.inputs.flatMap((input, i): [string, Tensor][] => {
      if (!isDrawn(input)) return [];
      const values = Array.from({ length: sizeOf(input.shape) }, (_, at) =>
        call.sample(random.next(), at, i),
      );
      return [[inputName(i), Tensor.from(input.dtype, input.shape, values)]];
    }),
  );
}

let opened: Promise<Engine> | undefined;

/** Compiles a graph as it stands, runs it on one thread for each of the feeds, and lets it go. */
export async function runAll(graph: Graph, feeds: readonly Feeds[]): Promise<readonly Feeds[]> {
  opened ??= openEngine();
  const session = await (await opened).compile(graph, { threads: 1, optimize: "none" });
  try {
    const results: Feeds[] = [];
    for (const feed of feeds) results.push(await session.run(feed));
    return results;
  } finally {
    await session.dispose();
  }
}

export async function runOnce(graph: Graph, feeds: Feeds): Promise<Feeds> {
  const [result = {}] = await runAll(graph, [feeds]);
  return result;
}

/** The largest difference of two tensors, element by element. */
export function furthest(a: Tensor, c: Tensor): number {
  const other = c.numbers();
  return Math.max(0, ...a.numbers().map((x, i) => Math.abs(x - (other[i] ?? Number.NaN))));
}

/** True for the engine's refusal of an element type that it has no kernel for. */
export const lacksKernel = (error: unknown): boolean =>
  error instanceof AppError &&
  /NOT_IMPLEMENTED|Could not find an implementation|Type 'tensor\(double\)'/.test(error.message);

export const allOps: readonly OpDef[] = [...ops.values()];

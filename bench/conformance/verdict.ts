// What becomes of a case: it is read, its types agree with its outputs, it is written and read again, and the engine's
// outputs are those expected.
import { AppError } from "../../src/base/index.ts";
import type { Engine } from "../../src/engine/index.ts";
import { bound, type Dim, type Graph, print, type ValueType } from "../../src/ir/index.ts";
import { encodeModel, readModelBytes } from "../../src/onnx/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { type DType, dtypes, isFloat, type Tensor } from "../../src/tensor/index.ts";
import { type Case, withFixed } from "./cases.ts";

/** How far a case came; `what` says where it stopped, `fixed` that small integer inputs had to be weights. */
export interface Verdict {
  readonly passed: boolean;
  readonly fixed: boolean;
  readonly what: string;
}

const stopped = (what: string): Verdict => ({ passed: false, fixed: false, what });

/** The verdict on one case. */
export async function judge(one: Case, engine: Engine): Promise<Verdict> {
  const found = await attempt(one, engine, one.model);
  if (!/must be a constant|must be fixed/.test(found.what)) return found;
  const integers = ({ dtype }: Tensor): boolean => dtype === "i64" || dtype === "i32";
  const again = await attempt(one, engine, withFixed(one.model, one.inputs(), integers));
  return { ...again, fixed: true };
}

async function attempt(one: Case, engine: Engine, bytes: Uint8Array): Promise<Verdict> {
  try {
    const { graph } = readModelBytes(bytes, one.name, opTable);
    const expected = one.outputs();
    const wrong = typesDiffer(graph, one, expected) ?? writtenDiffers(graph);
    if (wrong !== undefined) return stopped(wrong);
    const packed = graph.outputs.find(({ value }) => dtypes[value.type.dtype].bits < 8);
    if (packed) return stopped(`onnxruntime-node cannot give ${packed.value.type.dtype} tensors`);
    const results = await run(graph, one, engine);
    const differ = graph.outputs.flatMap(({ name }, i) => {
      const [found, wanted] = [results[name], expected[i]];
      return found && wanted ? (difference(found, wanted) ?? []) : [`it gives no output ${name}`];
    });
    return { passed: differ.length === 0, fixed: false, what: differ[0] ?? "" };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return stopped(error.message.split("\n")[0] ?? "");
  }
}

/** Sizes that the symbols of the graph's inputs have in the case. */
function sizesOf(graph: Graph, feeds: ReadonlyMap<string, Tensor>): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const { name = "", type } of graph.inputs) {
    for (const [axis, dim] of type.shape.entries()) {
      if (typeof dim === "string") sizes[dim] = feeds.get(name)?.shape[axis] ?? Number.NaN;
    }
  }
  return sizes;
}

/** Names of the model's inputs as the file gives them, with their tensors: a weight among them is not fed. */
function feedsOf(one: Case, graph: Graph): ReadonlyMap<string, Tensor> {
  const feeds = new Map<string, Tensor>();
  const tensors = one.inputs();
  for (const { name = "" } of graph.inputs) {
    const tensor = tensors[one.inputNames.indexOf(name)];
    if (tensor) feeds.set(name, tensor);
  }
  return feeds;
}

const shown = ({ dtype, shape }: ValueType | Tensor): string => `${dtype}[${shape.join(", ")}]`;

/** Where the types of the graph's outputs are not those of the expected tensors. */
function typesDiffer(graph: Graph, one: Case, expected: readonly Tensor[]): string | undefined {
  const sizes = sizesOf(graph, feedsOf(one, graph));
  const agrees = (found: Dim | undefined, wanted: number | undefined): boolean =>
    found === undefined || String(found).includes("?") || bound(found, sizes) === wanted;
  for (const [i, { name, value }] of graph.outputs.entries()) {
    const [{ type }, tensor] = [value, expected[i]];
    if (!tensor) return `the case has no output ${name}`;
    const fits = type.shape.every((dim, axis) => agrees(dim, tensor.shape[axis]));
    if (type.dtype !== tensor.dtype || type.shape.length !== tensor.shape.length || !fits) {
      return `its output ${name} is inferred as ${shown(type)} and is ${shown(tensor)}`;
    }
    const numbers = type.known ? tensor.numbers() : [];
    if (type.known?.some((item, at) => !agrees(item, numbers[at]))) {
      return `the elements of its output ${name} are inferred as ${type.known} and are ${numbers}`;
    }
  }
  return undefined;
}

/** Whether the graph is another after it was written and read. */
function writtenDiffers(graph: Graph): string | undefined {
  const { bytes } = encodeModel({ graph, metadata: {} }, opTable);
  const again = readModelBytes(Buffer.concat(bytes), "the written model", opTable);
  return print(again.graph) === print(graph) ? undefined : "what is written and read again is another graph";
}

async function run(graph: Graph, one: Case, engine: Engine): Promise<Readonly<Record<string, Tensor>>> {
  const session = await engine.compile(graph, { threads: 1, optimize: "none" });
  try {
    return await session.run(Object.fromEntries(feedsOf(one, graph)));
  } finally {
    await session.dispose();
  }
}

/** Tolerance of ONNX's own runner, and what a half has. */
const relative = (dtype: DType): number => (dtype === "f16" || dtype === "bf16" ? 1e-2 : 1e-3);

/** How two tensors differ; undefined where they are equal within the tolerance. */
function difference(found: Tensor, wanted: Tensor): string | undefined {
  if (found.dtype !== wanted.dtype || `${found.shape}` !== `${wanted.shape}`)
    return `it gives ${shown(found)} where ${shown(wanted)} is expected`;
  const [a, b] = [found.numbers(), wanted.numbers()];
  const tolerance = isFloat(wanted.dtype) ? relative(wanted.dtype) : 0;
  const close = (x: number, y: number): boolean =>
    Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance * Math.abs(y) + tolerance * 1e-2;
  const at = a.findIndex((x, i) => !close(x, b[i] ?? Number.NaN));
  return at < 0 ? undefined : `element ${at} is ${a[at]} where ${b[at]} is expected`;
}

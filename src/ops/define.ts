// defineOp: everything minnow knows of one ONNX op, in one object whose names are types.
import { AppError, defect, unread } from "../base/index.ts";
import {
  type Attr,
  type Attrs,
  type Builder,
  type Call,
  type Dim,
  KNOWN,
  type Node,
  type Value,
  type ValueType,
} from "../ir/index.ts";
import { type DType, Tensor } from "../tensor/index.ts";
import {
  type AxisPlace,
  type AxisSpelling,
  type Link,
  linksOf,
  type Named,
  type Spelling,
  spellingsOf,
} from "./links.ts";

export type { AxisPlace, AxisSpelling, Link, Place, Spelling } from "./links.ts";

export interface AttrSpec<T> {
  readonly kind: "int" | "float" | "string" | "ints" | "floats" | "strings" | "tensor";
  readonly fallback: Attr | undefined;
  /** Phantom: the attribute's TypeScript type. */
  readonly value?: T;
}
const attr = <T>(kind: AttrSpec<T>["kind"], fallback: Attr | undefined): AttrSpec<T> => ({ kind, fallback });

/** An integer attribute; required unless it has a default. */
export const int = (fallback?: number): AttrSpec<number> => attr("int", fallback);
export const float = (fallback?: number): AttrSpec<number> => attr("float", fallback);
export const str = (fallback?: string): AttrSpec<string> => attr("string", fallback);
export const ints = (fallback?: readonly number[]): AttrSpec<readonly number[]> => attr("ints", fallback);
export const floats = (fallback?: readonly number[]): AttrSpec<readonly number[]> => attr("floats", fallback);
export const strings = (fallback?: readonly string[]): AttrSpec<readonly string[]> =>
  attr("strings", fallback);
export const tensor = (fallback?: Tensor): AttrSpec<Tensor> => attr("tensor", fallback);
/** Element types of places and counts. */
export const whole = ["i64", "i32"] as const satisfies readonly DType[];
/** Marks an attribute that may be absent. */
export const maybe = <T>(spec: AttrSpec<T>): AttrSpec<T | undefined> & { readonly optional: true } => ({
  ...spec,
  optional: true,
});

type AttrSpecs = Readonly<Record<string, AttrSpec<unknown>>>;
type AttrsOf<A> = { readonly [K in keyof A]: A[K] extends AttrSpec<infer T> ? T : never };
type Inputs<S extends string> = {
  readonly [K in S as K extends `${string}?` | `...${string}` ? never : K]: Value;
} & { readonly [K in S as K extends `${infer N}?` ? N : never]: Value | undefined } & {
  readonly [K in S as K extends `...${infer N}` ? N : never]: readonly Value[];
};
type Bare<S extends string> = S extends `${infer N}?` ? N : S extends `...${infer N}` ? N : S;
type OutputName<S extends string> = S extends `...${infer N}` ? N : S extends `${infer N}?` ? N : S;
type Outputs<S extends string> = {
  readonly [K in S as K extends `${string}?` | `...${string}` ? never : K]: Value;
} & { readonly [K in S as K extends `${infer N}?` ? N : never]: Value | undefined } & {
  readonly [K in S as K extends `...${infer N}` ? N : never]: readonly Value[];
};
type Gradients<S extends string> = {
  readonly [K in S as K extends `...${string}` ? never : `d${OutputName<K>}`]: Value;
} & { readonly [K in S as K extends `...${infer N}` ? `d${N}` : never]: readonly Value[] };

/** A rule may leave out what nobody wants, and what would come from outputs that no gradient arrives at. */
interface Flow<I extends string, O extends string> {
  readonly wants: (name: Bare<I>) => boolean;
  readonly arrives: (name: OutputName<O>) => boolean;
}

/** A call for the conformance suite: input shapes (null = absent), attributes, how to draw the numbers. */
export interface Example<A> {
  /** Shape of each input; a Tensor is a fixed input such as a shape or an axis list. */
  readonly inputs: readonly (readonly number[] | Tensor | null)[];
  readonly attrs?: Partial<A>;
  /** Element types where they are not f32. */
  readonly dtypes?: readonly (DType | undefined)[];
  /** Draws each element; default: uniform in [-1, 1]. */
  readonly sample?: (random: number, index: number, input: number) => number;
  /** Number of outputs to ask for. */
  readonly outputs?: number;
}

export interface OpSpec<I extends string, O extends string, A extends AttrSpecs> {
  /** ONNX type, with its domain in front where that is not ai.onnx. */
  readonly type: string;
  /** First opset whose definition this is. */
  readonly since: number;
  /** `"B?"` is optional, `"...Xs"` variadic. */
  readonly inputs: readonly I[];
  readonly outputs: readonly O[];
  readonly attrs?: A;
  /** Inputs that are of one element type, group by group. */
  readonly alike?: readonly (readonly Bare<I>[])[];
  /** Element types of inputs that may be of few. */
  readonly takes?: { readonly [K in Bare<I>]?: readonly DType[] };
  /** Attributes of older opsets that are inputs now: attribute name to input name. */
  readonly moved?: Readonly<Record<string, Bare<I>>>;
  infer(call: Inputs<I> & { readonly attrs: AttrsOf<A>; readonly fresh: () => Dim }): {
    readonly [K in OutputName<O>]: ValueType | readonly ValueType[];
  };
  /** Input gradients from output gradients (absent ones read as zeros); an input left out gets none. */
  grad?(
    b: Builder,
    view: Inputs<I> & Outputs<O> & Gradients<O> & Flow<I, O> & { readonly attrs: AttrsOf<A> },
  ): { readonly [K in Bare<I>]?: Value | readonly (Value | undefined)[] };
  /** The op as simpler ops; differentiated where there is no `grad`. */
  decompose?(b: Builder, view: Inputs<I> & { readonly attrs: AttrsOf<A> }): readonly Value[];
  /** Outputs that the gradient reads: a graph made for training asks for at least so many. */
  readonly saved?: number;
  /** True where no gradient flows by nature (shapes, comparisons, integers). */
  readonly constant?: true;
  /** Multiplies its first input by its second, a matrix, as MatMul and Gemm do (transA, alpha ...). */
  readonly product?: true;
  /** Gives its first input's elements in another shape, order or type, all or some of them. */
  readonly moves?: true;
  /** Its elements count up or down by one step, as positions do. */
  readonly counts?: true;
  /** Reads whole rows of one input at the indices of another: sparse gradients rest on it. */
  readonly lookup?: { readonly table: Bare<I>; readonly indices: Bare<I> };
  axes?(view: Inputs<I> & Outputs<O> & { readonly attrs: AttrsOf<A> }): readonly Link[];
  /** The integers that spell axes of its links. */
  spells?(view: Inputs<I> & Outputs<O> & { readonly attrs: AttrsOf<A> }): readonly Spelling[];
  /** Reads nothing of its input but the shape. */
  measures?: true;
  /** Floating-point operations of one call on static shapes. */
  cost?(view: Inputs<I> & Outputs<O> & { readonly attrs: AttrsOf<A> }): number;
  readonly examples: readonly Example<AttrsOf<A>>[];
}

/** What the registry holds: names are bound to positions, so nothing needs the spec's type parameters. */
export interface OpDef {
  readonly type: string;
  readonly since: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: AttrSpecs;
  readonly moved: Readonly<Record<string, string>>;
  readonly saved: number;
  readonly constant: boolean;
  readonly product: boolean;
  readonly moves: boolean;
  readonly counts: boolean;
  /** Positions of table and indices, for an op that looks rows up. */
  readonly lookup: { readonly table: number; readonly indices: number } | undefined;
  readonly examples: readonly Example<Record<string, Attr>>[];
  infer(call: Call): readonly ValueType[];
  attributes(attrs: Attrs): Attrs;
  /** Gradients by input position; undefined when the op has no gradient rule. */
  readonly grad:
    | ((
        b: Builder,
        node: Node,
        dOutputs: readonly (() => Value)[],
        wants: (input: number) => boolean,
        arrives: (output: number) => boolean,
      ) => readonly (Value | undefined)[])
    | undefined;
  readonly decompose: ((b: Builder, node: Pick<Node, "inputs" | "attrs">) => readonly Value[]) | undefined;
  /** Links with places given as values instead of names. */
  readonly axes: ((node: Node) => readonly (readonly AxisPlace[])[]) | undefined;
  readonly spells: ((node: Node) => readonly AxisSpelling[]) | undefined;
  readonly measures: boolean;
  readonly cost: ((node: Node) => number) | undefined;
}

const bare = (name: string): string => name.replace(/^\.\.\.|\?$/g, "");

/** An op from its spec; a wrong input, output or attribute name does not compile. */
export function defineOp<
  const I extends string,
  const O extends string,
  const A extends AttrSpecs = Readonly<Record<never, never>>,
>(spec: OpSpec<I, O, A>): OpDef {
  // biome-ignore lint/suspicious/noExplicitAny: names are bound here; the spec's own types guard its author
  const untyped = spec as any;
  const position = (name: string): number => spec.inputs.findIndex((input) => bare(input) === name);
  return {
    type: spec.type,
    since: spec.since,
    inputs: spec.inputs,
    outputs: spec.outputs,
    attrs: spec.attrs ?? {},
    moved: spec.moved ?? {},
    saved: spec.saved ?? 1,
    constant: spec.constant ?? false,
    product: spec.product ?? false,
    moves: spec.moves ?? false,
    counts: spec.counts ?? false,
    lookup: spec.lookup && { table: position(spec.lookup.table), indices: position(spec.lookup.indices) },
    examples: spec.examples as OpDef["examples"],
    attributes: (attrs) => complete(spec.type, spec.attrs ?? {}, attrs),
    infer(call) {
      checkArity(spec, call.inputs);
      checkTypes(spec, bind(spec.inputs, call.inputs));
      const types = untyped.infer({
        ...bind(spec.inputs, call.inputs),
        attrs: call.attrs,
        fresh: call.fresh,
      });
      const all: readonly ValueType[] = spec.outputs.flatMap((name) => types[bare(name)] ?? []);
      for (const type of all) checkShape(spec.type, type);
      return all;
    },
    grad: spec.grad && gradientRule(spec, untyped.grad),
    decompose:
      spec.decompose &&
      ((b, { inputs, attrs }) => untyped.decompose(b, { ...bind(spec.inputs, inputs), attrs })),
    axes: spec.axes && ((node) => linksOf(untyped.axes(viewOf(spec, node)), namesIn(spec, node))),
    spells:
      spec.spells &&
      ((node) => spellingsOf(untyped.spells(viewOf(spec, node)), namesIn(spec, node), position)),
    measures: spec.measures ?? false,
    cost: spec.cost && ((node) => untyped.cost(viewOf(spec, node))),
  };
}

interface Names {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const viewOf = (names: Names, node: Node): Record<string, unknown> => ({
  ...bind(names.inputs, node.inputs),
  ...bind(names.outputs, node.outputs),
  attrs: node.attrs,
});

/** What the names of a call's inputs and outputs stand for. */
function namesIn(names: Names, node: Node): Named {
  const view = viewOf(names, node);
  return (place) => {
    const [name = place, index] = place.split(".");
    const found = view[name] as Value | readonly Value[] | undefined;
    return Array.isArray(found) ? (found as readonly Value[])[Number(index)] : (found as Value | undefined);
  };
}

type Rule = (b: Builder, view: object) => Record<string, undefined | Value | readonly (Value | undefined)[]>;

/** A rule over names as one over positions. */
function gradientRule(names: Names, rule: Rule): NonNullable<OpDef["grad"]> {
  const asked = (list: readonly string[], count: number, test: (i: number) => boolean) => (name: string) => {
    const at = list.findIndex((one) => bare(one) === name);
    if (!list[at]?.startsWith("...")) return test(at);
    return Array.from({ length: count }, (_, i) => i).some((i) => i >= at && test(i));
  };
  return (b, node, dOutputs, wants, arrives) => {
    const flow = {
      wants: asked(names.inputs, node.inputs.length, wants),
      arrives: asked(names.outputs, node.outputs.length, arrives),
    };
    const found = rule(b, Object.assign(lazily(names.outputs, dOutputs), viewOf(names, node), flow));
    return names.inputs.flatMap((name) => {
      const one = found[bare(name)];
      return Array.isArray(one) ? one : [one as Value | undefined];
    });
  };
}

function bind(names: readonly string[], values: readonly (Value | undefined)[]): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name, i) => [bare(name), name.startsWith("...") ? values.slice(i) : values[i]]),
  );
}

/** `dY` for each output Y, made when the rule asks for it: a rule that never reads one costs nothing. */
function lazily(outputs: readonly string[], gradients: readonly (() => Value)[]): Record<string, unknown> {
  const view: Record<string, unknown> = {};
  outputs.forEach((name, i) => {
    const get = name.startsWith("...")
      ? () => gradients.slice(i).map((one) => one())
      : () => gradients[i]?.();
    Object.defineProperty(view, `d${bare(name)}`, { get, enumerable: true });
  });
  return view;
}

function checkArity(
  spec: { readonly type: string; readonly inputs: readonly string[] },
  inputs: readonly (Value | undefined)[],
): void {
  spec.inputs.forEach((name, i) => {
    if (!/^\.\.\.|\?$/.test(name) && !inputs[i])
      throw new AppError("input", `${spec.type} needs its input ${name}`);
  });
  const first = spec.inputs.findIndex((name) => name.startsWith("..."));
  if (first >= 0 && inputs.slice(first).includes(undefined)) {
    throw new AppError("input", `${spec.type} has an input without a name among several`);
  }
  if (first < 0 && inputs.length > spec.inputs.length) {
    throw new AppError("input", `${spec.type} takes ${spec.inputs.length} inputs, not ${inputs.length}`);
  }
}

/** Refuses inputs of element types that the op does not take, or does not take together. */
function checkTypes(
  { type, alike = [], takes = {} }: Pick<OpSpec<string, string, AttrSpecs>, "type" | "alike" | "takes">,
  view: Readonly<Record<string, unknown>>,
): void {
  const dtypesOf = (name: string): readonly DType[] =>
    [view[name]].flat().flatMap((value) => (value ? [(value as Value).type.dtype] : []));
  for (const group of alike) {
    const found = new Set(group.flatMap(dtypesOf));
    if (found.size > 1) {
      const names = group.map(bare).join(", ");
      throw new AppError(
        "input",
        `${type}: ${names} must be of one element type, not ${[...found].join(" and ")}`,
      );
    }
  }
  for (const [name, allowed] of Object.entries(takes)) {
    const wrong = dtypesOf(name).find((dtype) => !allowed?.includes(dtype));
    if (wrong) throw new AppError("input", `${type}: ${name} must be ${allowed?.join(" or ")}, not ${wrong}`);
  }
}

/** Refuses what no tensor can have, before anything of that size is made. */
function checkShape(op: string, { shape }: ValueType): void {
  if (shape.length > KNOWN) {
    throw new AppError("input", `${op}: its result has ${shape.length} axes; at most ${KNOWN} are read`);
  }
  for (const dim of shape) {
    if (typeof dim === "string" || (Number.isSafeInteger(dim) && dim >= 0)) continue;
    throw new AppError("input", `${op}: its result has a dimension of ${dim}`);
  }
}

function complete(type: string, specs: AttrSpecs, attrs: Attrs): Attrs {
  for (const name of Object.keys(attrs)) {
    if (!Object.hasOwn(specs, name)) throw unread(`${type} has no attribute ${name}`);
  }
  const full: Record<string, Attr> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = attrs[name] ?? spec.fallback;
    if (value === undefined) {
      if (!("optional" in spec)) throw new AppError("input", `${type} needs its attribute ${name}`);
    } else {
      if (!fits(spec.kind, value))
        throw new AppError("input", `${type}: attribute ${name} is not of kind ${spec.kind}`);
      full[name] = value;
    }
  }
  return full;
}

function fits(kind: AttrSpec<unknown>["kind"], value: Attr): boolean {
  if (kind === "int" || kind === "float") return typeof value === "number";
  if (kind === "string") return typeof value === "string";
  if (kind === "tensor") return value instanceof Tensor;
  if (kind === "ints" || kind === "floats" || kind === "strings") return Array.isArray(value);
  throw defect(`attribute kind ${kind}`);
}

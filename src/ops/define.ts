// defineOp: everything minnow knows of one ONNX op, in one object whose input, output and attribute names are inferred.
import { AppError, defect } from "../base/index.ts";
import type { Attr, Attrs, Builder, Call, Dim, Node, Value, ValueType } from "../ir/index.ts";
import { type DType, Tensor } from "../tensor/index.ts";

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

/** One tensor's axis; each step along the shared axis is `block` consecutive indices of it (default 1). */
export type Place = readonly [name: string, axis: number, block?: number];
/** Places that are the same axis: slicing one slices all. A contracted axis links inputs only. */
export type Link = readonly Place[];

/** What a conformance example says: shapes of the inputs (null = absent), attributes, and how to draw the numbers. */
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
  /** Attributes of older opsets that are inputs now: attribute name to input name. */
  readonly moved?: Readonly<Record<string, Bare<I>>>;
  infer(call: Inputs<I> & { readonly attrs: AttrsOf<A>; readonly fresh: () => Dim }): {
    readonly [K in OutputName<O>]: ValueType | readonly ValueType[];
  };
  /** Gradient of the inputs, from those of the outputs (an absent one reads as zeros). An input left out gets none. */
  grad?(
    b: Builder,
    view: Inputs<I> &
      Outputs<O> &
      Gradients<O> & { readonly attrs: AttrsOf<A>; readonly wants: (name: Bare<I>) => boolean },
  ): { readonly [K in Bare<I>]?: Value | readonly (Value | undefined)[] };
  /** The op as simpler ops; differentiated where there is no `grad`. */
  decompose?(b: Builder, view: Inputs<I> & { readonly attrs: AttrsOf<A> }): readonly Value[];
  /** Outputs that the gradient reads: a graph made for training asks for at least so many. */
  readonly saved?: number;
  /** True where no gradient flows by nature (shapes, comparisons, integers). */
  readonly constant?: true;
  /** Multiplies its first input by its second, a matrix, as MatMul and Gemm do (attributes transA, transB, alpha, beta). */
  readonly product?: true;
  /** Reads whole rows of one input at the indices of another: sparse gradients and row-wise storage rest on it. */
  readonly lookup?: { readonly table: Bare<I>; readonly indices: Bare<I> };
  axes?(view: Inputs<I> & Outputs<O> & { readonly attrs: AttrsOf<A> }): readonly Link[];
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
      ) => readonly (Value | undefined)[])
    | undefined;
  readonly decompose: ((b: Builder, node: Pick<Node, "inputs" | "attrs">) => readonly Value[]) | undefined;
  /** Links with places given as values instead of names. */
  readonly axes:
    | ((
        node: Node,
      ) => readonly (readonly { readonly value: Value; readonly axis: number; readonly block: number }[])[])
    | undefined;
  readonly cost: ((node: Node) => number) | undefined;
}

const bare = (name: string): string => name.replace(/^\.\.\.|\?$/g, "");

/** An op from its spec; a wrong input, output or attribute name does not compile. */
export function defineOp<
  const I extends string,
  const O extends string,
  const A extends AttrSpecs = Readonly<Record<never, never>>,
>(spec: OpSpec<I, O, A>): OpDef {
  // biome-ignore lint/suspicious/noExplicitAny: names are bound here, once; the spec's own types guard its author
  const untyped = spec as any;
  const view = (inputs: readonly (Value | undefined)[], attrs: Attrs): Record<string, unknown> => ({
    ...bind(spec.inputs, inputs),
    attrs,
  });
  const whole = (node: Node): Record<string, unknown> => ({
    ...view(node.inputs, node.attrs),
    ...bind(spec.outputs, node.outputs),
  });
  const position = (name: string): number => spec.inputs.findIndex((input) => bare(input) === name);
  const named = (node: Node, name: string): Value | readonly Value[] | undefined =>
    whole(node)[name] as Value | undefined;
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
    lookup: spec.lookup && { table: position(spec.lookup.table), indices: position(spec.lookup.indices) },
    examples: spec.examples as OpDef["examples"],
    attributes: (attrs) => complete(spec.type, spec.attrs ?? {}, attrs),
    infer(call) {
      checkArity(spec, call.inputs);
      const types = untyped.infer({ ...view(call.inputs, call.attrs), fresh: call.fresh });
      return spec.outputs.flatMap((name) => types[bare(name)] ?? []);
    },
    grad:
      spec.grad &&
      ((b, node, dOutputs, wants) => {
        const given = lazily(spec.outputs, dOutputs);
        const wantsName = (name: string): boolean => {
          const at = position(name);
          return spec.inputs[at]?.startsWith("...")
            ? node.inputs.some((_, i) => i >= at && wants(i))
            : wants(at);
        };
        const out = untyped.grad(b, Object.assign(given, whole(node), { wants: wantsName }));
        return spec.inputs.flatMap((name) =>
          name.startsWith("...") ? (out[bare(name)] ?? []) : [out[bare(name)]],
        );
      }),
    decompose: spec.decompose && ((b, node) => untyped.decompose(b, view(node.inputs, node.attrs))),
    axes:
      spec.axes &&
      ((node) =>
        untyped.axes(whole(node)).map((link: Link) =>
          link.flatMap(([name, axis, block = 1]) => {
            const value = named(node, name.split(".")[0] ?? name);
            const one = Array.isArray(value) ? value[Number(name.split(".")[1])] : value;
            return one ? [{ value: one, axis, block }] : [];
          }),
        )),
    cost: spec.cost && ((node) => untyped.cost(whole(node))),
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
  const variadic = spec.inputs.some((name) => name.startsWith("..."));
  if (!variadic && inputs.length > spec.inputs.length) {
    throw new AppError("input", `${spec.type} takes ${spec.inputs.length} inputs, not ${inputs.length}`);
  }
}

function complete(type: string, specs: AttrSpecs, attrs: Attrs): Attrs {
  for (const name of Object.keys(attrs)) {
    if (!specs[name]) throw new AppError("input", `${type} has no attribute ${name}`);
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

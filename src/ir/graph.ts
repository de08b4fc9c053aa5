// The intermediate representation: readonly data that mirrors ONNX (opset 18); identity is the Value object.
import type { DType, Tensor } from "../tensor/index.ts";
import type { Dim } from "./dims.ts";

/** Most elements of a tensor that are known, and most axes of one: what is longer names no shape. */
export const KNOWN = 64;

/** Element type and shape; `known`: elements of a small integer or bool tensor that follow from shapes. */
export interface ValueType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  readonly known?: readonly (Dim | undefined)[];
}

/** One tensor in a graph. Names are stable for graph inputs and weights; the rest are named on writing. */
export interface Value {
  readonly name: string | undefined;
  readonly type: ValueType;
}

export type Attr = number | string | readonly number[] | readonly string[] | Tensor;
export type Attrs = Readonly<Record<string, Attr>>;

/** One operation; `op` is the ONNX type, with its domain where that is not ai.onnx: "com.microsoft.Gelu". */
export interface Node {
  readonly op: string;
  readonly name: string | undefined;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attrs: Attrs;
}

export interface Output {
  readonly name: string;
  readonly value: Value;
}

export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Output[];
  /** In execution order. */
  readonly nodes: readonly Node[];
  /** Weights (named) and constants (unnamed); tensors are shared between graphs, never copied. */
  readonly weights: ReadonlyMap<Value, Tensor>;
}

/** A graph with the metadata that an ONNX file carries (producer, custom keys). */
export interface Model {
  readonly graph: Graph;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One call of an op before it is a node: what the op table infers output types from. */
export interface Call {
  readonly op: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attrs: Attrs;
  /** A dimension that nothing is known of, with a name no other has. */
  readonly fresh: () => Dim;
}

/** What a reader and a writer of files need to know of an op. */
export interface OpSchema {
  /** First opset whose definition the IR follows. */
  readonly since: number;
  /** Input names in order: "B?" is optional, "...Xs" variadic. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Readonly<Record<string, { readonly kind: AttrKind }>>;
  /** Attributes of older opsets that are inputs now: attribute name to input name. */
  readonly moved: Readonly<Record<string, string>>;
}

export type AttrKind = "int" | "float" | "string" | "ints" | "floats" | "strings" | "tensor";

/** What the IR asks of the op table. */
export interface OpTable {
  /** The op's schema; undefined when minnow does not know the op. */
  schema(op: string): OpSchema | undefined;
  /** Types of all outputs that the op can have, in order; an AppError when the call is not valid. */
  infer(call: Call): readonly ValueType[];
  /** Attributes with defaults filled in and checked. */
  attributes(op: string, attrs: Attrs): Attrs;
}

/** Named weights of a graph: name to tensor, in graph order. */
export function namedWeights(graph: Graph): Map<string, Tensor> {
  const named = new Map<string, Tensor>();
  for (const [value, tensor] of graph.weights) if (value.name !== undefined) named.set(value.name, tensor);
  return named;
}

/** The graph with some named weights replaced by tensors of the same shape. */
export function withWeights(graph: Graph, tensors: ReadonlyMap<string, Tensor>): Graph {
  const weights = new Map(graph.weights);
  for (const value of graph.weights.keys()) {
    const tensor = value.name === undefined ? undefined : tensors.get(value.name);
    if (tensor) weights.set(value, tensor);
  }
  return { ...graph, weights };
}

/** For each value the nodes that read it. */
export function usesOf(graph: Graph): ReadonlyMap<Value, readonly Node[]> {
  const uses = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) {
      if (input === undefined) continue;
      const list = uses.get(input);
      if (list) list.push(node);
      else uses.set(input, [node]);
    }
  }
  return uses;
}

/** For each value the node that makes it; inputs and weights have none. */
export function producersOf(graph: Graph): ReadonlyMap<Value, Node> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

// Passes that keep a graph's meaning: specialising to static shapes, folding known values, merging equal nodes.
import {
  type Builder,
  bound,
  type Dim,
  type Graph,
  type Node,
  type Rebuild,
  rebuild,
  type Value,
  type ValueType,
} from "../ir/index.ts";
import { opTable } from "../ops/index.ts";
import { Tensor } from "../tensor/index.ts";

/** The graph with input dimensions bound to numbers ("batch" -> 32): all types are inferred anew, shape arithmetic is folded away. */
export function specialise(
  graph: Graph,
  dims: Readonly<Record<string, number>>,
  promote?: (value: Value) => boolean,
): Graph {
  const inputs = new Map(
    graph.inputs.map(({ name, type }): readonly [string, ValueType] => {
      // a whole dimension may be given too: "past+new" -> 9
      const given = (dim: Dim): Dim | undefined => (Object.hasOwn(dims, dim) ? dims[dim] : undefined);
      const shape = type.shape.map((dim) => given(dim) ?? bound(dim, dims));
      return [name ?? "", { dtype: type.dtype, shape }];
    }),
  );
  return rebuild(graph, opTable, { inputs, node: folded, ...(promote && { promote }) });
}

/** Replaces nodes whose results follow from shapes by constants. */
export const fold = (graph: Graph): Graph => rebuild(graph, opTable, { node: folded });

function folded(b: Builder, node: Node, inputs: readonly (Value | undefined)[]): readonly Value[] {
  const outputs = b.opN(node.op, inputs, node.attrs, node.outputs.length, node.name);
  return outputs
    .map((output) => constantOf(output) ?? output)
    .map((item) => (item instanceof Tensor ? b.constant(item) : item));
}

function constantOf({ type }: Value): Tensor | undefined {
  const { known, dtype, shape } = type;
  // the largest int64, which stands for "to the end", is no number that a tensor could be made of
  if (!known?.every((item) => Number.isSafeInteger(item))) return undefined;
  if (!shape.every((dim) => typeof dim === "number")) return undefined;
  return Tensor.from(dtype, shape, known as readonly number[]);
}

/**
 * Common subexpressions: of nodes with the same op, attributes and inputs one is kept; equal small constants become one.
 * What stands in a node's place by `first` is taken as it is.
 */
export function mergeEqual(graph: Graph, first: NonNullable<Rebuild["node"]> = () => undefined): Graph {
  const ids = new Map<Value, number>();
  const idOf = (value: Value | undefined): number => {
    if (!value) return -1;
    const id = ids.get(value) ?? ids.size;
    ids.set(value, id);
    return id;
  };
  const made = new Map<string, readonly Value[]>();
  const constants = new Map<string, Value>();
  return rebuild(graph, opTable, {
    node(b, node, inputs) {
      const instead = first(b, node, inputs);
      if (instead) return instead;
      const shared = inputs.map((input) => (input ? sharedConstant(b, input, constants) : undefined));
      const key = `${node.op} ${shared.map(idOf)} ${JSON.stringify(node.attrs, plain)} ${node.outputs.length}`;
      const outputs = made.get(key) ?? b.opN(node.op, shared, node.attrs, node.outputs.length, node.name);
      made.set(key, outputs);
      return outputs;
    },
  });
}

const plain = (_key: string, value: unknown): unknown =>
  value instanceof Tensor ? [value.dtype, value.shape, Buffer.from(value.bytes).toString("base64")] : value;

function sharedConstant(b: Builder, value: Value, constants: Map<string, Value>): Value {
  const tensor = value.name === undefined ? b.tensor(value) : undefined;
  if (!tensor || tensor.size > 64) return value;
  const key = `${tensor.dtype} ${tensor.shape} ${Buffer.from(tensor.bytes).toString("base64")}`;
  const found = constants.get(key) ?? value;
  constants.set(key, found);
  return found;
}

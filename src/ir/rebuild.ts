// Rebuilding: every pass copies a graph through a builder and says, node by node, what stands in its place.
import { must } from "../base/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { Builder } from "./builder.ts";
import type { Graph, Node, OpTable, Value, ValueType } from "./graph.ts";

export interface Rebuild {
  /** New types of graph inputs by name: static shapes for a dynamic graph. */
  readonly inputs?: ReadonlyMap<string, ValueType>;
  /** New content of a weight; undefined keeps it. Its shape may differ. */
  readonly weight?: (value: Value, tensor: Tensor) => Tensor | undefined;
  /** Weights that become graph inputs of the same name: what training updates between runs. */
  readonly promote?: (value: Value) => boolean;
  /** What stands in the node's place, given its already rebuilt inputs; undefined copies it. */
  readonly node?: (
    b: Builder,
    node: Node,
    inputs: readonly (Value | undefined)[],
  ) => readonly Value[] | undefined;
  /** Outputs of the new graph; by default the old ones. `at` gives the new value of an old one. */
  readonly outputs?: (b: Builder, at: (old: Value) => Value) => Readonly<Record<string, Value>>;
}

/** A new graph with all types inferred anew; the old one is untouched, and tensors are shared. */
export function rebuild(graph: Graph, ops: OpTable, change: Rebuild = {}): Graph {
  const b = new Builder(ops);
  const map = new Map<Value, Value>();
  const at = (old: Value): Value => must(map.get(old), `value ${old.name ?? "(unnamed)"}`);
  for (const input of graph.inputs) {
    const type = change.inputs?.get(input.name ?? "") ?? input.type;
    map.set(input, b.input(must(input.name, "input name"), type.dtype, type.shape));
  }
  for (const [value, tensor] of graph.weights) {
    if (value.name !== undefined && change.promote?.(value))
      map.set(value, b.input(value.name, tensor.dtype, tensor.shape));
    else map.set(value, b.weight(value.name, change.weight?.(value, tensor) ?? tensor));
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => (input ? at(input) : undefined));
    const outputs =
      change.node?.(b, node, inputs) ?? b.opN(node.op, inputs, node.attrs, node.outputs.length, node.name);
    node.outputs.forEach((old, i) => {
      const value = outputs[i];
      if (value) map.set(old, value);
    });
  }
  const outputs =
    change.outputs?.(b, at) ?? Object.fromEntries(graph.outputs.map(({ name, value }) => [name, at(value)]));
  return b.finish(outputs);
}

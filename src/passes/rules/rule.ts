// A rewrite rule: what stands in a node's place, or undefined. Rules see the graph being built and the uses of the old one.
import { type Builder, type Graph, type Node, rebuild, usesOf, type Value } from "../../ir/index.ts";
import { opTable } from "../../ops/index.ts";

export interface Site {
  readonly b: Builder;
  /** The node of the old graph. */
  readonly node: Node;
  /** Its inputs in the new graph. */
  readonly inputs: readonly (Value | undefined)[];
  /** Whether the node is the only reader of its input number `i`. */
  readonly alone: (i: number) => boolean;
}

export interface Rule {
  readonly name: string;
  /** A sentence or an equation: why the two are the same. */
  readonly because: string;
  apply(site: Site): readonly Value[] | undefined;
}

/** Applies the rules in one sweep, the first that fits at each node. */
export function rewrite(graph: Graph, rules: readonly Rule[]): Graph {
  const uses = usesOf(graph);
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const alone =
    (node: Node) =>
    (i: number): boolean => {
      const value = node.inputs[i];
      return (
        value !== undefined &&
        !outputs.has(value) &&
        (uses.get(value)?.length ?? 0) === 1 &&
        node.inputs.filter((one) => one === value).length === 1
      );
    };
  return rebuild(graph, opTable, {
    node(b, node, inputs) {
      for (const rule of rules) {
        const found = rule.apply({ b, node, inputs, alone: alone(node) });
        if (found) return found;
      }
      return undefined;
    },
  });
}

/** The number of a scalar (or one-element) float constant. */
export function scalarOf(b: Builder, value: Value | undefined): number | undefined {
  const tensor = value && value.name === undefined ? b.tensor(value) : undefined;
  return tensor && tensor.size === 1 && (tensor.dtype === "f32" || tensor.dtype === "f64")
    ? tensor.numbers()[0]
    : undefined;
}

/** value = x * factor, where the node that made it multiplies or divides by a number. */
export function scaled(
  b: Builder,
  value: Value | undefined,
): { readonly x: Value; readonly factor: number } | undefined {
  const node = value && b.producer(value);
  if (!node) return undefined;
  const [left, right] = node.inputs;
  const [l, r] = [scalarOf(b, left), scalarOf(b, right)];
  if (node.op === "Mul" && left && r !== undefined) return { x: left, factor: r };
  if (node.op === "Mul" && right && l !== undefined) return { x: right, factor: l };
  if (node.op === "Div" && left && r !== undefined) return { x: left, factor: 1 / r };
  return undefined;
}

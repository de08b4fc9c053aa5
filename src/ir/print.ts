// The text form of a graph, one line a node; tests read it.
import { Tensor } from "../tensor/index.ts";
import type { Attr, Graph, Value, ValueType } from "./graph.ts";

export const printType = ({ dtype, shape }: ValueType): string => `${dtype}[${shape.join(",")}]`;

const printAttr = (attr: Attr): string =>
  attr instanceof Tensor
    ? `${attr.dtype}[${attr.shape}]`
    : Array.isArray(attr)
      ? `[${attr}]`
      : JSON.stringify(attr);

/** The graph as text: inputs, weights, nodes in order, outputs. Unnamed values are numbered by first use. */
export function print(graph: Graph): string {
  const names = new Map<Value, string>();
  const nameOf = (value: Value): string => {
    const found = names.get(value);
    if (found !== undefined) return found;
    const tensor = graph.weights.get(value);
    const small =
      value.name === undefined &&
      tensor &&
      tensor.size <= 8 &&
      tensor.dtype !== "i4" &&
      tensor.dtype !== "u4";
    const name = small
      ? `{${tensor.numbers().map((x) => (Number.isInteger(x) ? x : Number(x.toPrecision(6))))}}`
      : `%${value.name ?? names.size}`;
    names.set(value, name);
    return name;
  };
  const lines = graph.inputs.map((input) => `input ${nameOf(input)}: ${printType(input.type)}`);
  for (const value of graph.weights.keys())
    if (value.name) lines.push(`weight ${nameOf(value)}: ${printType(value.type)}`);
  for (const node of graph.nodes) {
    const attrs = Object.entries(node.attrs).map(([key, value]) => `${key}=${printAttr(value)}`);
    const inputs = node.inputs.map((input) => (input ? nameOf(input) : "_"));
    const outputs = node.outputs.map((output) => `${nameOf(output)}: ${printType(output.type)}`);
    lines.push(`${outputs.join(", ")} = ${node.op}(${[...inputs, ...attrs].join(", ")})`);
  }
  for (const { name, value } of graph.outputs) lines.push(`output ${name} = ${nameOf(value)}`);
  return lines.join("\n");
}

// Which integers of a graph stand for floats, and which tensors are their scales and zero points.
import type { Graph, Node, Value } from "../ir/index.ts";
import { dtypes, type Tensor } from "../tensor/index.ts";

/** What in a graph stands for floats in another number format. */
export interface Quantization {
  /** Scales and zero points. */
  readonly apart: Map<Value, "scale" | "zeroPoint">;
  readonly zeroPoints: Map<Value, Tensor>;
  /** Integer tensors that have a scale. */
  readonly scaled: Set<Value>;
}

/**
 * Which tensors are scales and zero points: a node that reads an integer weight reads its zero point with
 * the same type and fewer elements, and its scale right after it; and `W_scale`, `W_zero_point` belong to
 * `W` or `W_quantized`.
 */
export function quantizationOf(graph: Graph): Quantization {
  const found: Quantization = { apart: new Map(), zeroPoints: new Map(), scaled: new Set() };
  const attach: Attach = (role, value, weight) => {
    const tensor = graph.weights.get(value);
    found.apart.set(value, role);
    if (role === "scale") found.scaled.add(weight);
    else if (tensor) found.zeroPoints.set(weight, tensor);
  };
  for (const node of graph.nodes) attachByUse(graph, node, attach);
  attachByName(graph, attach);
  return found;
}

type Attach = (role: "scale" | "zeroPoint", value: Value, weight: Value) => void;

function attachByUse({ weights }: Graph, node: Node, attach: Attach): void {
  const size = (value: Value): number => weights.get(value)?.size ?? 0;
  const integers = node.inputs
    .filter((input) => input !== undefined)
    .filter((input) => isInteger(weights.get(input)));
  const [weight, ...rest] = integers.toSorted((a, b) => size(b) - size(a));
  if (weight === undefined) return;
  for (const value of rest) {
    if (value.type.dtype === weight.type.dtype && size(value) < size(weight))
      attach("zeroPoint", value, weight);
  }
  const next = node.inputs[node.inputs.indexOf(weight) + 1];
  if (next && isVectorOfFloats(weights.get(next))) attach("scale", next, weight);
}

function attachByName({ weights }: Graph, attach: Attach): void {
  const byName = new Map([...weights.keys()].map((value) => [value.name, value] as const));
  for (const [name, value] of byName) {
    const [, base, role] = /^(.+)_(scale|zero_point)$/.exec(name ?? "") ?? [];
    if (base === undefined || role === undefined) continue;
    const weight = byName.get(`${base}_quantized`) ?? byName.get(base);
    if (weight && isInteger(weights.get(weight)))
      attach(role === "scale" ? "scale" : "zeroPoint", value, weight);
  }
}

const isInteger = (tensor: Tensor | undefined): boolean =>
  tensor !== undefined && dtypes[tensor.dtype].kind.endsWith("int") && dtypes[tensor.dtype].bits <= 32;

const isVectorOfFloats = (tensor: Tensor | undefined): boolean =>
  tensor !== undefined && dtypes[tensor.dtype].kind === "float" && tensor.shape.length <= 1;

// Reverse-mode differentiation, source to source: the backward pass is added as ordinary nodes. The rules are in `ops`.
import { AppError, defect, must } from "../base/index.ts";
import { Builder, type Graph, type Node, type Value } from "../ir/index.ts";
import { opDef, opTable } from "../ops/index.ts";
import { isFloat, Tensor } from "../tensor/index.ts";

export interface GradientsOptions {
  /** Name of the scalar output to differentiate; by default the only one. */
  readonly loss?: string;
  /** Inputs, weights or intermediate values to differentiate by; nothing is computed for others. */
  readonly wrt: readonly Value[];
  /** Name of each gradient output; default `gradient of NAME`. */
  readonly nameOf?: (value: Value, index: number) => string;
  /** Values of the graph that become outputs too. */
  readonly also?: Readonly<Record<string, Value>>;
}

export const gradientName = (name: string): string => `gradient of ${name}`;

/**
 * The graph with one more output per value of `wrt`: the gradient of the loss by it, of its shape and element type.
 * Values that the loss does not depend on are refused by name (AppError `input`), as is an op without a rule on the way.
 */
export function gradients(graph: Graph, options: GradientsOptions): Graph {
  const b = new Builder(opTable);
  const copies = copyForward(graph, b);
  const at = (old: Value): Value => must(copies.get(old), old.name ?? "value");
  const loss =
    options.loss === undefined ? graph.outputs[0] : graph.outputs.find(({ name }) => name === options.loss);
  if (!loss) throw new AppError("usage", `the graph has no output ${options.loss ?? ""}`);
  const start = at(loss.value);
  if (start.type.shape.length > 0)
    throw new AppError("usage", `the loss must be a scalar, not [${start.type.shape}]`);
  const targets = options.wrt.map(at);
  const sums = backward(b, start, new Set(targets));
  const named = targets.map((target, i) => {
    const gradient = sums.get(target);
    const name = target.name ?? `value ${i}`;
    if (!gradient) throw new AppError("input", `the loss does not depend on ${name}`);
    return [options.nameOf?.(must(options.wrt[i], "value"), i) ?? gradientName(name), gradient] as const;
  });
  return b.finish({
    ...Object.fromEntries(graph.outputs.map(({ name, value }) => [name, at(value)])),
    ...Object.fromEntries(Object.entries(options.also ?? {}).map(([name, value]) => [name, at(value)])),
    ...Object.fromEntries(named),
  });
}

/** Copies the forward graph; ops whose gradient reads more outputs than the graph uses are made with them. */
function copyForward(graph: Graph, b: Builder): Map<Value, Value> {
  const copies = new Map<Value, Value>();
  for (const input of graph.inputs)
    copies.set(input, b.input(input.name ?? "", input.type.dtype, input.type.shape));
  for (const [value, tensor] of graph.weights) copies.set(value, b.weight(value.name, tensor));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => input && must(copies.get(input), "input"));
    const count = Math.max(node.outputs.length, opDef(node.op).saved);
    const outputs = b.opN(node.op, inputs, node.attrs, count, node.name);
    for (const [i, old] of node.outputs.entries()) copies.set(old, must(outputs[i], "output"));
  }
  return copies;
}

/** Gradients of the loss by every value on the way to a target. */
function backward(b: Builder, loss: Value, targets: ReadonlySet<Value>): Map<Value, Value> {
  const order = ancestors(b, loss);
  const needed = new Set<Value>(targets);
  for (const node of order) {
    if (!opDef(node.op).constant && node.inputs.some((input) => input && needed.has(input))) {
      for (const output of node.outputs) if (isFloat(output.type.dtype)) needed.add(output);
    }
  }
  const sums = new Map<Value, Value>([[loss, b.scalar(1, loss)]]);
  for (const node of order.toReversed()) {
    if (!node.outputs.some((output) => sums.has(output) && needed.has(output))) continue;
    if (!node.inputs.some((input) => input && needed.has(input))) continue;
    const given = inputGradients(b, node, sums, needed);
    node.inputs.forEach((input, i) => {
      const gradient = given[i];
      if (input && gradient && needed.has(input)) accumulate(b, sums, input, gradient, node);
    });
  }
  return sums;
}

/** Nodes that the loss depends on, in execution order. */
function ancestors(b: Builder, loss: Value): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { readonly node: Node; next: number }[] = [];
  const enter = (value: Value | undefined): void => {
    const node = value && b.producer(value);
    if (!node || seen.has(node)) return;
    seen.add(node);
    stack.push({ node, next: 0 });
  };
  enter(loss);
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    if (top.next < top.node.inputs.length) enter(top.node.inputs[top.next++]);
    else order.push(must(stack.pop(), "node").node);
  }
  return order;
}

function inputGradients(
  b: Builder,
  node: Node,
  sums: ReadonlyMap<Value, Value>,
  needed: ReadonlySet<Value>,
): readonly (Value | undefined)[] {
  const def = opDef(node.op);
  const dOutputs = node.outputs.map((output) => () => sums.get(output) ?? zerosLike(b, output));
  const wants = (i: number): boolean => {
    const input = node.inputs[i];
    return input !== undefined && needed.has(input);
  };
  if (def.grad) return def.grad(b, node, dOutputs, wants);
  if (!def.decompose)
    throw new AppError("input", `the op ${node.op} has no gradient rule`, { path: node.name ?? node.op });
  return throughDecomposition(b, node, dOutputs, wants);
}

/** The gradient of an op that is defined by simpler ones: those are differentiated in its place. */
function throughDecomposition(
  b: Builder,
  node: Node,
  dOutputs: readonly (() => Value)[],
  wants: (i: number) => boolean,
): readonly (Value | undefined)[] {
  const [result] = must(opDef(node.op).decompose, "decomposition")(b, node);
  const seed = b.mul(must(result, "result"), must(dOutputs[0], "gradient")());
  const loss = b.sum(
    seed,
    seed.type.shape.map((_, i) => i),
  );
  const targets = new Set(node.inputs.filter((input, i): input is Value => input !== undefined && wants(i)));
  const sums = backward(b, loss, targets);
  return node.inputs.map((input) => input && sums.get(input));
}

function zerosLike(b: Builder, value: Value): Value {
  return b.op("ConstantOfShape", [b.op("Shape", [value])], {
    value: Tensor.from(value.type.dtype, [1], [0]),
  });
}

function accumulate(b: Builder, sums: Map<Value, Value>, input: Value, raw: Value, node: Node): void {
  const gradient = summedTo(b, raw, input);
  const { dtype, shape } = gradient.type;
  if (dtype !== input.type.dtype || shape.length !== input.type.shape.length) {
    throw defect(
      `the gradient of ${node.op} is ${dtype}[${shape}], its input ${input.type.dtype}[${input.type.shape}]`,
    );
  }
  const before = sums.get(input);
  sums.set(input, before ? b.add(before, gradient) : gradient);
}

/** Sums a gradient of broadcast shape back to its input's shape. */
function summedTo(b: Builder, gradient: Value, input: Value): Value {
  const [from, to] = [gradient.type.shape, input.type.shape];
  const extra = from.length - to.length;
  const summed =
    extra > 0
      ? b.sum(
          gradient,
          Array.from({ length: extra }, (_, i) => i),
        )
      : gradient;
  const ones = to.flatMap((dim, i) =>
    dim === 1 && from[i + Math.max(extra, 0)] !== 1 && i + extra >= 0 ? [i] : [],
  );
  const kept = b.sum(summed, ones, { keep: true });
  return kept.type.shape.length < to.length ? b.op("Expand", [kept, b.op("Shape", [input])]) : kept;
}

// Reverse-mode differentiation, source to source: rules in `ops` add the backward pass as ordinary nodes.
import { AppError, defect, must } from "../base/index.ts";
import { Builder, type Dim, type Graph, type Node, type Value } from "../ir/index.ts";
import { opDef, opTable } from "../ops/index.ts";
import { isFloat, Tensor } from "../tensor/index.ts";

export interface GradientsOptions {
  /** Name of the scalar output to differentiate; by default the first. */
  readonly loss?: string;
  /** Inputs, weights or intermediate values to differentiate by; nothing is computed for others. */
  readonly wrt: readonly Value[];
  /** Name of each gradient output; default `gradient of NAME`. */
  readonly nameOf?: (value: Value, index: number) => string;
  /** Values of the graph that become outputs too. */
  readonly also?: Readonly<Record<string, Value>>;
}

/** Name of the output that holds the gradient of the value of this name. */
export const gradientName = (name: string): string => `gradient of ${name}`;

type Sums = Map<Value, Value>;

/**
 * The graph with one more output per value of `wrt`: the gradient of the loss by it, of its shape and type.
 * A value that the loss does not depend on is refused by name (AppError `input`), as is an op without a rule
 * on the way.
 */
export function gradients(graph: Graph, options: GradientsOptions): Graph {
  const b = new Builder(opTable);
  const copies = copyForward(graph, b);
  const at = (old: Value): Value => must(copies.get(old), old.name ?? "value");
  const { loss: lossName = graph.outputs[0]?.name } = options;
  const loss = graph.outputs.find(({ name }) => name === lossName);
  if (!loss) throw new AppError("usage", `the graph has no output ${lossName ?? ""}`);
  const start = at(loss.value);
  if (start.type.shape.length > 0 || !isFloat(start.type.dtype)) {
    throw new AppError("usage", `the loss must be one number, not ${start.type.dtype}[${start.type.shape}]`);
  }
  const targets = options.wrt.map(at);
  const sums = backward(b, new Map([[start, b.scalar(1, start)]]), new Set(targets), new Set());
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
  for (const input of graph.inputs) {
    copies.set(input, b.input(must(input.name, "input name"), input.type.dtype, input.type.shape));
  }
  for (const [value, tensor] of graph.weights) copies.set(value, b.weight(value.name, tensor));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => input && must(copies.get(input), "input"));
    const count = Math.max(node.outputs.length, opDef(node.op).saved);
    const outputs = b.opN(node.op, inputs, node.attrs, count, node.name);
    for (const [i, old] of node.outputs.entries()) copies.set(old, must(outputs[i], "output"));
  }
  return copies;
}

/** Gradients of all values between the seeds, given with theirs, and the targets; stops at `edge`. */
function backward(b: Builder, seeds: Sums, targets: ReadonlySet<Value>, edge: ReadonlySet<Value>): Sums {
  const order = ancestors(b, [...seeds.keys()], edge);
  const needed = neededBy(order, targets);
  const sums = new Map(seeds);
  for (const node of order.toReversed()) {
    const wants = (i: number): boolean => {
      const input = node.inputs[i];
      return input !== undefined && needed.has(input);
    };
    const arrives = (i: number): boolean => {
      const output = node.outputs[i];
      return output !== undefined && needed.has(output) && sums.has(output);
    };
    if (!node.outputs.some((_, i) => arrives(i)) || !node.inputs.some((_, i) => wants(i))) continue;
    const given = inputGradients(b, node, sums, wants, arrives);
    node.inputs.forEach((input, i) => {
      const gradient = given[i];
      if (input && gradient && wants(i)) accumulate(b, sums, input, gradient, node);
    });
  }
  return sums;
}

/** Nodes that the values depend on, in execution order; values of `edge` are taken as given. */
function ancestors(b: Builder, values: readonly Value[], edge: ReadonlySet<Value>): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { readonly node: Node; next: number }[] = [];
  const enter = (value: Value | undefined): void => {
    const node = value && !edge.has(value) ? b.producer(value) : undefined;
    if (!node || seen.has(node)) return;
    seen.add(node);
    stack.push({ node, next: 0 });
  };
  for (const value of values) {
    enter(value);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      if (top.next < top.node.inputs.length) enter(top.node.inputs[top.next++]);
      else order.push(must(stack.pop(), "node").node);
    }
  }
  return order;
}

/** Values that depend on a target, the targets among them; refuses an op on the way that has no rule. */
function neededBy(order: readonly Node[], targets: ReadonlySet<Value>): ReadonlySet<Value> {
  const needed = new Set(targets);
  for (const node of order) {
    const def = opDef(node.op);
    if (def.constant || !node.inputs.some((input) => input && needed.has(input))) continue;
    if (!def.grad && !def.decompose) {
      throw new AppError("input", `the op ${node.op} has no gradient rule`, { path: node.name ?? node.op });
    }
    for (const output of node.outputs) if (isFloat(output.type.dtype)) needed.add(output);
  }
  return needed;
}

function inputGradients(
  b: Builder,
  node: Node,
  sums: Sums,
  wants: (input: number) => boolean,
  arrives: (output: number) => boolean,
): readonly (Value | undefined)[] {
  const def = opDef(node.op);
  if (!def.grad) return throughDecomposition(b, node, sums, wants, arrives);
  const zeros: Sums = new Map();
  const dOutputs = node.outputs.map((output) => () => {
    const gradient = sums.get(output) ?? zeros.get(output) ?? zerosLike(b, output);
    zeros.set(output, gradient);
    return gradient;
  });
  return def.grad(b, node, dOutputs, wants, arrives);
}

/** The gradient of an op that is defined by simpler ones: those are differentiated in its place. */
function throughDecomposition(
  b: Builder,
  node: Node,
  sums: Sums,
  wants: (input: number) => boolean,
  arrives: (output: number) => boolean,
): readonly (Value | undefined)[] {
  const inputs = node.inputs.filter((input) => input !== undefined);
  const parts = must(opDef(node.op).decompose, "decomposition")(b, node);
  const seeds: Sums = new Map();
  node.outputs.forEach((output, i) => {
    if (arrives(i)) seeds.set(must(parts[i], "result"), must(sums.get(output), "gradient"));
  });
  const found = backward(
    b,
    seeds,
    new Set(node.inputs.filter((input, i): input is Value => input !== undefined && wants(i))),
    new Set(inputs),
  );
  // A value that is read twice has its whole gradient once.
  return node.inputs.map((input, i) =>
    input && node.inputs.indexOf(input) === i ? found.get(input) : undefined,
  );
}

function zerosLike(b: Builder, value: Value): Value {
  const zero = Tensor.from(value.type.dtype, [1], [0]);
  return b.op("ConstantOfShape", [b.op("Shape", [value])], { value: zero });
}

function accumulate(b: Builder, sums: Sums, input: Value, raw: Value, node: Node): void {
  const gradient = summedTo(b, raw, input, node);
  if (gradient.type.dtype !== input.type.dtype || !sameShape(gradient.type.shape, input.type.shape)) {
    throw defect(`the gradient of ${node.op} does not have its input's type`, {
      gradient: `${gradient.type.dtype}[${gradient.type.shape}]`,
      input: `${input.type.dtype}[${input.type.shape}]`,
    });
  }
  const before = sums.get(input);
  sums.set(input, before ? b.add(before, gradient) : gradient);
}

/** False where two shapes are known to differ. */
const sameShape = (a: readonly Dim[], c: readonly Dim[]): boolean =>
  a.length === c.length &&
  a.every((dim, i) => dim === c[i] || typeof dim === "string" || typeof c[i] === "string");

/** Sums a gradient of broadcast shape back to its input's shape; spreads one that was left smaller. */
function summedTo(b: Builder, gradient: Value, input: Value, node: Node): Value {
  const to = input.type.shape;
  const extra = gradient.type.shape.length - to.length;
  const aligned = extra > 0 ? b.sum(gradient, [...Array(extra).keys()]) : gradient;
  const from = aligned.type.shape;
  if (extra < 0 || to.some((dim, i) => from[i] === 1 && dim !== 1)) {
    return b.op("Expand", [aligned, b.op("Shape", [input])]);
  }
  const doubtful = to.find((dim, i) => typeof dim === "string" && from[i] !== dim);
  if (doubtful !== undefined) {
    throw new AppError("input", `${node.op}: its gradient needs to know whether ${doubtful} is broadcast`, {
      path: node.name ?? node.op,
      hint: "give the graph fixed sizes first",
    });
  }
  const ones = to.flatMap((dim, i) => (dim === 1 && from[i] !== 1 ? [i] : []));
  return b.sum(aligned, ones, { keep: true });
}

// The oracle of gradients: a derivative along a random direction, by the graph and by finite differences.
import { gradientName, gradients } from "../../src/autodiff/index.ts";
import { must, rng } from "../../src/base/index.ts";
import { type Graph, isStatic, rebuild, type Value } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { isFloat, sizeOf, Tensor } from "../../src/tensor/index.ts";
import { type Feeds, feedsOf, graphOf, type OpCall, runAll } from "./calls.ts";

/** A function of named tensors: `graph` computes `outputs` from the feeds. */
interface Function {
  readonly graph: Graph;
  readonly feeds: Feeds;
}

const WEIGHT = "weight of ";
const LOSS = "loss";

/** Numbers for a value, whose shape must be fixed. */
function drawn({ type }: Value, random: () => number): Tensor {
  const { dtype, shape } = type;
  if (!isStatic(shape)) throw new Error(`a shape is left open: [${shape}]`);
  return Tensor.from(dtype, shape, Array.from({ length: sizeOf(shape) }, random));
}

/**
 * The function with a scalar: the sum of its float outputs, each times random weights that are inputs too. A zero
 * times every input is added, so that an input that nothing flows to has the gradient 0 instead of none.
 */
function scalar({ graph, feeds }: Function, title: string): Function {
  const random = rng(1, "weights", title);
  const more: Record<string, Tensor> = {};
  const weighted = rebuild(graph, opTable, {
    outputs(b, at) {
      const terms: Value[] = [];
      const term = (value: Value, name: string, tensor: Tensor): void => {
        const weight = b.input(name, value.type.dtype, value.type.shape);
        more[name] = tensor;
        const product = b.mul(value, weight);
        terms.push(
          b.sum(
            product,
            product.type.shape.map((_, axis) => axis),
          ),
        );
      };
      for (const { name, value } of graph.outputs) {
        if (!isFloat(value.type.dtype)) continue;
        term(
          at(value),
          `${WEIGHT}${name}`,
          drawn(value, () => random.normal()),
        );
      }
      for (const [name, input] of floatInputs(graph)) {
        term(
          at(input),
          `zero for ${name} in ${title}`,
          drawn(input, () => 0),
        );
      }
      return {
        [LOSS]: terms
          .map((one) => b.cast(one, must(terms[0], "term").type.dtype))
          .reduce((a, c) => b.add(a, c)),
      };
    },
  });
  return { graph: weighted, feeds: { ...feeds, ...more } };
}

const floatInputs = (graph: Graph): ReadonlyMap<string, Value> =>
  new Map(
    graph.inputs.filter(({ type }) => isFloat(type.dtype)).map((input) => [must(input.name, "name"), input]),
  );

/** Coefficients of f'(x) = sum c f(x + k h) / h, with an error of h^4 (Fornberg 1988, table 1). */
const stencil = [
  [-2, 1 / 12],
  [-1, -2 / 3],
  [1, 2 / 3],
  [2, -1 / 12],
] as const;

/** Difference of the two derivatives, relative to the larger of them or to what is usual for the gradient. */
function distance(analytic: number, numerical: number, gradient: readonly number[]): number {
  const usual = Math.sqrt(gradient.reduce((all, one) => all + one * one, 0) / gradient.length);
  return (
    Math.abs(analytic - numerical) / Math.max(Math.abs(analytic), Math.abs(numerical), 0.1 * usual, 0.01)
  );
}

/** The feeds with `input + step * direction`. */
const moved = (feeds: Feeds, name: string, direction: readonly number[], step: number): Feeds => {
  const at = must(feeds[name], name);
  const numbers = at.numbers().map((x, i) => x + step * (direction[i] ?? 0));
  return { ...feeds, [name]: Tensor.from(at.dtype, at.shape, numbers) };
};

interface Check extends Function {
  /** Names of the inputs to check. */
  readonly names: readonly string[];
  readonly title: string;
  readonly step: number;
}

/** The largest distance over the inputs; the scalar is summed in float64 from the weighted outputs. */
async function worst(loss: Function, { names, title, step, graph, feeds }: Check): Promise<number> {
  const wrt = loss.graph.inputs.filter(({ name }) => names.includes(name ?? ""));
  const [analytic = {}] = await runAll(gradients(loss.graph, { wrt }), [loss.feeds]);
  const random = rng(1, "directions", title);
  const directions = names.map((name) =>
    must(feeds[name], name)
      .numbers()
      .map(() => 2 * random.next() - 1),
  );
  const points = names.flatMap((name, i) =>
    stencil.map(([k]) => moved(feeds, name, directions[i] ?? [], k * step)),
  );
  const values = (await runAll(graph, points)).map((outputs) => weightedSum(outputs, loss.feeds));
  return Math.max(
    ...names.map((name, i) => {
      const gradient = must(analytic[gradientName(name)], name).numbers();
      const along = gradient.reduce((all, one, j) => all + one * (directions[i]?.[j] ?? 0), 0);
      const numerical = stencil.reduce((all, [, c], k) => all + (c * (values[4 * i + k] ?? 0)) / step, 0);
      return distance(along, numerical, gradient);
    }),
  );
}

function weightedSum(outputs: Feeds, feeds: Feeds): number {
  let all = 0;
  for (const [name, output] of Object.entries(outputs)) {
    const weights = feeds[`${WEIGHT}${name}`]?.numbers();
    if (weights) for (const [i, value] of output.numbers().entries()) all += value * (weights[i] ?? 0);
  }
  return all;
}

const stepOf = (graph: Graph): number =>
  graph.inputs.some(({ type }) => type.dtype === "f64") ? 0.002 : 0.02;

/** The worst relative error of a call's gradients; undefined where it has no float input or no float output. */
export async function firstOrder(call: OpCall): Promise<number | undefined> {
  const graph = graphOf(call);
  const names = [...floatInputs(graph).keys()];
  if (names.length === 0 || !graph.outputs.some(({ value }) => isFloat(value.type.dtype))) return undefined;
  const plain = { graph, feeds: feedsOf(call) };
  return worst(scalar(plain, call.title), { ...plain, names, title: call.title, step: stepOf(graph) });
}

/** The same for the gradients of the gradients, by the inputs and by the weights of the outputs. */
export async function secondOrder(call: OpCall): Promise<number | undefined> {
  const graph = graphOf(call);
  const wrt = [...floatInputs(graph).keys()];
  if (wrt.length === 0 || !graph.outputs.some(({ value }) => isFloat(value.type.dtype))) return undefined;
  const loss = scalar({ graph, feeds: feedsOf(call) }, call.title);
  const whole = gradients(loss.graph, {
    wrt: loss.graph.inputs.filter(({ name }) => wrt.includes(name ?? "")),
  });
  const first = {
    graph: { ...whole, outputs: whole.outputs.filter(({ name }) => name !== LOSS) },
    feeds: loss.feeds,
  };
  const names = [...floatInputs(first.graph).keys()];
  return worst(scalar(first, `${call.title} twice`), {
    ...first,
    names,
    title: call.title,
    step: stepOf(graph),
  });
}

// Departure: the first layer at which a rewritten graph no longer computes what the graph before it computes.
import { must } from "../base/index.ts";
import { type Engine, runInPieces } from "../engine/index.ts";
import type { Graph, Node, Value } from "../ir/index.ts";
import { isFloat, type Tensor } from "../tensor/index.ts";
import { largestDifference, largestOf } from "./parity.ts";

type Feed = Readonly<Record<string, Tensor>>;

interface Two {
  readonly expected: Graph;
  readonly made: Graph;
}

/** A node that reads a weight, in words, and whether its result is off by more than an honest one's. */
export interface Departure {
  readonly layer: string;
  readonly clear: boolean;
}

/**
 * The first node of `expected` that reads a weight and whose result `made` does not have, from one feed through both; the one
 * that is off most where none is clearly. A rewrite puts other nodes in a node's place, so a result is looked for among all
 * those of `made` that have its shape; only where both graphs have the same ops in the same order are they compared one by
 * one. Each node is asked with what `made` has for its inputs, so that what came before it does not count. Undefined where all
 * results are found.
 */
export async function departure(
  { expected, made }: Two,
  feed: Feed,
  { engine, threads }: { readonly engine: Engine; readonly threads: number },
): Promise<Departure | undefined> {
  const results = async (
    graph: Graph,
    wanted: readonly Value[],
    of: Feed = feed,
  ): Promise<readonly Tensor[]> =>
    must((await runInPieces(engine, graph, wanted, [of], { threads }))[0], "results");
  const [nodes, others] = [floatNodes(expected), floatNodes(made)];
  const inStep = nodes.length === others.length && nodes.every(({ op }, i) => op === others[i]?.op);
  const values = [
    ...new Set(
      nodes.flatMap(({ inputs, outputs }) => [...computed(inputs, expected), ...outputs.slice(0, 1)]),
    ),
  ];
  const before = new Map((await results(expected, values)).map((tensor, i) => [values[i], tensor]));
  const after = await results(
    made,
    others.flatMap(({ outputs }) => outputs.slice(0, 1)),
  );
  const offs: { readonly node: Node; readonly off: number }[] = [];
  for (const [i, node] of nodes.entries()) {
    if (!weightOf(node, expected)) continue;
    const found = inStep ? after.slice(i, i + 1) : after;
    const part = alone(node, expected);
    const own = part.inputs.map(
      ({ value, name }) => [name, nearest(must(before.get(value), "a value"), after, feed)] as const,
    );
    const [result] = inStep
      ? [before.get(node.outputs[0])]
      : await results(part.graph, part.outputs, Object.fromEntries(own));
    const alike = result ? sameShape(result, found) : [];
    if (!result || alike.length === 0) continue;
    const off = Math.min(...alike.map((other) => distanceOf(result, other)));
    if (off > 0) offs.push({ node, off });
  }
  const clear = offs.find(({ off }) => off > CLEAR);
  const first = clear ?? offs.toSorted((a, b) => b.off - a.off)[0];
  return first && { layer: nameOf(first.node, expected), clear: clear !== undefined };
}

/** Share of its largest element by which no honest product of integers is off. */
const CLEAR = 0.1;

/** What a node reads and no weight is. */
const computed = (inputs: Node["inputs"], { weights }: Graph): readonly Value[] =>
  inputs.filter((input) => input !== undefined).filter((input) => !weights.has(input));

/** A node as a graph of its own. */
function alone(node: Node, from: Graph) {
  const { weights } = from;
  const inputs = [...new Set(computed(node.inputs, from))].map((value, i) => ({ value, name: `input ${i}` }));
  const renamed = new Map(inputs.map(({ value, name }) => [value, { name, type: value.type }]));
  const outputs = node.outputs.slice(0, 1);
  const graph: Graph = {
    inputs: [...renamed.values()],
    nodes: [{ ...node, inputs: node.inputs.map((input) => input && (renamed.get(input) ?? input)) }],
    outputs: outputs.map((value) => ({ name: "result", value })),
    weights: new Map([...weights].filter(([value]) => node.inputs.includes(value))),
  };
  return { inputs, outputs, graph };
}

const sameShape = (one: Tensor, others: readonly Tensor[]): readonly Tensor[] =>
  others.filter(({ shape }) => shape.join() === one.shape.join());

/** What stands for a value among others: the nearest of its shape; itself where it is an input, or no float. */
function nearest(value: Tensor, others: readonly Tensor[], feed: Feed): Tensor {
  if (!isFloat(value.dtype) || Object.values(feed).includes(value)) return value;
  const near = sameShape(value, others).map((other) => ({ other, off: distanceOf(value, other) }));
  return near.toSorted((a, b) => a.off - b.off)[0]?.other ?? value;
}

const floatNodes = ({ nodes }: Graph): readonly Node[] =>
  nodes.filter(({ outputs }) => outputs[0] !== undefined && isFloat(outputs[0].type.dtype));

/** Largest difference as a share of the largest element; infinite where one has no number. */
function distanceOf(a: Tensor, b: Tensor): number {
  const pairs = [[a.floats, b.floats, 1]] as const;
  const difference = largestDifference(pairs);
  if (difference === 0) return 0;
  const share = difference / largestOf(pairs);
  return Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
}

/** The matrix that a node reads, or else what other weight it reads. */
function weightOf({ inputs }: Node, { weights }: Graph): Value | undefined {
  const read = inputs.filter((input) => input !== undefined && weights.has(input));
  return (
    read.find((input) => (input?.type.shape.length ?? 0) > 1) ??
    read.find((input) => input?.name !== undefined)
  );
}

/** The op and the weight that it reads, or else the node's own name. */
function nameOf(node: Node, graph: Graph): string {
  const weight = weightOf(node, graph)?.name;
  if (weight !== undefined) return `the ${node.op} that reads ${weight}`;
  return node.name === undefined ? `a ${node.op} without a name` : `${node.op} (node ${node.name})`;
}

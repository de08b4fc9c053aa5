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

/** A node that reads a weight, in words, and whether its result is off by more than an honest product's. */
export interface Departure {
  readonly layer: string;
  readonly clear: boolean;
}

/**
 * The first node of `expected` whose result `made` does not have though it has its inputs, from one feed through both; the
 * one that is off most where none is clearly. A rewrite puts other nodes in a node's place, so a result is looked for among
 * all those of `made` that have its shape; only where both graphs have the same ops in the same order are they compared one
 * by one. Undefined where all results are found.
 */
export async function departure(
  { expected, made }: Two,
  feed: Feed,
  { engine, threads }: { readonly engine: Engine; readonly threads: number },
): Promise<Departure | undefined> {
  const [nodes, others] = [floatNodes(expected), floatNodes(made)];
  const results = async (graph: Graph, of: readonly Node[]): Promise<readonly Tensor[]> => {
    const values = of.flatMap(({ outputs: [value] }) => value ?? []);
    return must((await runInPieces(engine, graph, values, [feed], { threads }))[0], "results");
  };
  const [before, after] = [await results(expected, nodes), await results(made, others)];
  const inStep = nodes.length === others.length && nodes.every(({ op }, i) => op === others[i]?.op);
  const apart = new Map<Value, number>();
  const steps = nodes.flatMap((node, i) => {
    const [value] = node.outputs;
    const result = before[i];
    if (!value || !result) return [];
    const alike = (inStep ? after.slice(i, i + 1) : after).filter(
      ({ shape }) => shape.join() === result.shape.join(),
    );
    if (alike.length === 0) return [];
    const distance = Math.min(...alike.map((other) => distanceOf(result, other)));
    apart.set(value, distance);
    const step = distance - Math.max(0, ...node.inputs.map((input) => (input && apart.get(input)) ?? 0));
    return step > 0 ? [{ node, step }] : [];
  });
  // what reads no weight only passes on, larger or smaller, what came before it
  const own = steps.filter(({ node }) => weightOf(node, expected));
  const clear = own.find(({ step }) => step > CLEAR);
  const first = clear ?? own.toSorted((a, b) => b.step - a.step)[0] ?? steps[0];
  return first && { layer: nameOf(first.node, expected), clear: clear !== undefined };
}

/** Share of its largest element by which no honest product moves its result, where its inputs are what they were. */
const CLEAR = 0.1;

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

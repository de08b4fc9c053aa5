// Parity: a written file, run as a user runs it, against the graph in memory, run without any optimisation.
import { AppError, must } from "../base/index.ts";
import { type Engine, runInPieces, type Session } from "../engine/index.ts";
import type { Graph } from "../ir/index.ts";
import type { Stage } from "../record/index.ts";
import { argmax } from "../tasks/index.ts";
import type { Tensor } from "../tensor/index.ts";

type Feeds = Readonly<Record<string, Tensor>>;

/** Largest difference allowed, relative to the largest output (docs/numerics.md): float files, and files whose activations are quantized. */
export const tolerances = { float: 1e-4, quantized: 5e-2 } as const;

type Answers = Readonly<Record<string, Tensor>>;

/** Feeds, and what a graph in memory or a file answers to each of them. */
export interface Asked {
  readonly feeds: readonly Feeds[];
  readonly answers: readonly Answers[];
}

/** What a session answers to each of the feeds. */
export async function answersOf(session: Session, feeds: readonly Feeds[]): Promise<readonly Answers[]> {
  const answers: Answers[] = [];
  for (const one of feeds) answers.push(await session.run(one));
  return answers;
}

/** What the graph answers to each of the feeds, run without any optimisation and for little memory. */
export async function askGraph(
  engine: Engine,
  graph: Graph,
  feeds: readonly Feeds[],
  options: { readonly threads: number },
): Promise<Asked> {
  const values = graph.outputs.map(({ value }) => value);
  const all = await runInPieces(engine, graph, values, feeds, options);
  const answers = all.map((results) =>
    Object.fromEntries(graph.outputs.map(({ name }, i) => [name, must(results[i], name)])),
  );
  return { feeds, answers };
}

/** Compares a file's answers with its graph's; an AppError `gate` names the file when they differ by more than the tolerance. */
export function checkParity(
  graph: Graph,
  file: string,
  expected: readonly Answers[],
  actual: readonly Answers[],
): NonNullable<Stage["parity"]> {
  const quantized = [...graph.weights.keys()].some(({ type }) => type.dtype === "i8" || type.dtype === "u8");
  const pairs = pairsOf(graph.outputs, expected, actual);
  const share = quantized ? tolerances.quantized : tolerances.float;
  const tolerance = share * Math.max(1, largestOf(pairs));
  const parity = {
    against: "the graph in memory",
    maxDifference: largestDifference(pairs),
    tolerance,
    argmaxAgreement: agreement(pairs),
  };
  if (!(parity.maxDifference <= tolerance)) {
    throw new AppError(
      "gate",
      `the file's outputs differ from the graph's by ${parity.maxDifference}; ${tolerance} is allowed`,
      { path: file, facts: parity },
    );
  }
  return parity;
}

/** What is expected, what was found, and how long a row of both is. */
export type Pairs = readonly (readonly [Float32Array, Float32Array, number])[];

/** Both answers to each feed, output by output. */
export const pairsOf = (
  outputs: readonly { readonly name: string }[],
  expected: readonly Answers[],
  actual: readonly Answers[],
): Pairs =>
  expected.flatMap((answers, i) =>
    outputs.map(({ name }) => {
      const [a, b] = [must(answers[name], name), must(actual[i]?.[name], name)];
      return [a.floats, b.floats, a.shape.at(-1) ?? 1] as const;
    }),
  );

/** The largest magnitude that is expected, of those that are finite; 0 for none. */
export const largestOf = (pairs: Pairs): number => {
  let top = 0;
  for (const [a] of pairs)
    for (const value of a) if (Number.isFinite(value)) top = Math.max(top, Math.abs(value));
  return top;
};

/** The largest difference; NaN where one side has a number and the other has none, or where lengths differ. */
export function largestDifference(pairs: Pairs): number {
  let top = 0;
  for (const [a, b] of pairs) {
    if (a.length !== b.length) return Number.NaN;
    for (const [i, value] of a.entries()) {
      const other = b[i] ?? Number.NaN;
      if (!Object.is(value, other)) top = Math.max(top, Math.abs(value - other));
    }
  }
  return top;
}

function agreement(pairs: Pairs): number {
  let [same, all] = [0, 0];
  for (const [a, b, width] of pairs) {
    for (let at = 0; at + width <= a.length; at += width) {
      const top = (values: Float32Array): number => argmax(values.subarray(at, at + width));
      if (top(a) === top(b)) same++;
      all++;
    }
  }
  return all === 0 ? 1 : same / all;
}

// Parity: a written file, run as a user runs it, against the graph in memory, run without any optimisation.
import { AppError, must } from "../base/index.ts";
import type { Engine, Session } from "../engine/index.ts";
import type { Graph } from "../ir/index.ts";
import type { Stage } from "../record/index.ts";
import type { Tensor } from "../tensor/index.ts";

type Feeds = Readonly<Record<string, Tensor>>;

/** Largest difference allowed, relative to the largest output (docs/numerics.md): float files, and files whose activations are quantized. */
export const tolerances = { float: 1e-4, quantized: 5e-2 } as const;

type Answers = Readonly<Record<string, Tensor>>;

/** What a session answers to each of the feeds. */
export async function answersOf(session: Session, feeds: readonly Feeds[]): Promise<readonly Answers[]> {
  const answers: Answers[] = [];
  for (const one of feeds) answers.push(await session.run(one));
  return answers;
}

/**
 * Compares a file's answers with the graph's on all feeds; the file's session may be closed by then, so that one
 * engine at a time holds the weights. An AppError `gate` names the file when it differs by more than the tolerance. */
export async function checkParity(
  engine: Engine,
  graph: Graph,
  file: string,
  answers: readonly Answers[],
  feeds: readonly Feeds[],
  threads: number,
): Promise<NonNullable<Stage["parity"]>> {
  const quantized = [...graph.weights.keys()].some(({ type }) => type.dtype === "i8" || type.dtype === "u8");
  const reference = await engine.compile(graph, { threads, optimize: "none" });
  const pairs: (readonly [Float32Array, Float32Array, number])[] = [];
  try {
    for (const [i, expected] of (await answersOf(reference, feeds)).entries()) {
      const actual = must(answers[i], "answers");
      for (const { name } of graph.outputs) {
        const [a, b] = [must(expected[name], name), must(actual[name], name)];
        pairs.push([a.floats, b.floats, a.shape.at(-1) ?? 1]);
      }
    }
  } finally {
    await reference.dispose();
  }
  const scale = pairs.reduce(
    (top, [a]) => a.reduce((best, value) => Math.max(best, Math.abs(value)), top),
    1,
  );
  const tolerance = (quantized ? tolerances.quantized : tolerances.float) * scale;
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

type Pairs = readonly (readonly [Float32Array, Float32Array, number])[];

const largestDifference = (pairs: Pairs): number =>
  pairs.reduce(
    (top, [a, b]) =>
      a.reduce((best, value, i) => Math.max(best, Math.abs(value - (b[i] ?? Number.NaN))), top),
    0,
  );

function agreement(pairs: Pairs): number {
  let [same, all] = [0, 0];
  for (const [a, b, width] of pairs) {
    for (let at = 0; at + width <= a.length; at += width) {
      const top = (values: Float32Array): number =>
        values
          .subarray(at, at + width)
          .reduce((best, value, i, row) => (value > (row[best] ?? 0) ? i : best), 0);
      if (top(a) === top(b)) same++;
      all++;
    }
  }
  return all === 0 ? 1 : same / all;
}

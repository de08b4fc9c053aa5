// Parity: a written file, run as a user runs it, against the graph in memory, run without any optimisation.
import { AppError, must } from "../base/index.ts";
import type { Engine, Session } from "../engine/index.ts";
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

/** What the graph answers, run without any optimisation, to feeds that are chosen for its inputs. */
export async function askGraph(
  engine: Engine,
  graph: Graph,
  feedsOf: (session: Session) => readonly Feeds[],
  threads: number,
): Promise<Asked> {
  const session = await engine.compile(graph, { threads, optimize: "none" });
  try {
    const feeds = feedsOf(session);
    return { feeds, answers: await answersOf(session, feeds) };
  } finally {
    await session.dispose();
  }
}

/** Compares a file's answers with its graph's; an AppError `gate` names the file when they differ by more than the tolerance. */
export function checkParity(
  graph: Graph,
  file: string,
  expected: readonly Answers[],
  actual: readonly Answers[],
): NonNullable<Stage["parity"]> {
  const quantized = [...graph.weights.keys()].some(({ type }) => type.dtype === "i8" || type.dtype === "u8");
  const pairs = expected.flatMap((answers, i) =>
    graph.outputs.map(({ name }) => {
      const [a, b] = [must(answers[name], name), must(actual[i]?.[name], name)];
      return [a.floats, b.floats, a.shape.at(-1) ?? 1] as const;
    }),
  );
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
      const top = (values: Float32Array): number => argmax(values.subarray(at, at + width));
      if (top(a) === top(b)) same++;
      all++;
    }
  }
  return all === 0 ? 1 : same / all;
}

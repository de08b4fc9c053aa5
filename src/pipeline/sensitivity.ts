// Sensitivity: what a step costs when it is done to one part of the model alone, before any training.
import { type Change, type Emit, hash, must, type Rng, rng, spread } from "../base/index.ts";
import { bootstrapMean, pairedDifference } from "../bench/index.ts";
import type { Engine } from "../engine/index.ts";
import type { LoadedModel } from "../families/index.ts";
import type { Graph } from "../ir/index.ts";
import type { Applied, Method } from "../methods/index.ts";
import type { Sensitivity } from "../record/index.ts";
import { type Dataset, logitsOf, score, type Task } from "../tasks/index.ts";
import type { StageRecall } from "./recall.ts";

/** A step that was done. */
export interface DoneStep {
  readonly id: string;
  readonly method: Method;
  /** What it was done to, and that stage's name. */
  readonly base: LoadedModel;
  readonly before: string;
  readonly result: Applied;
}

export interface SensitivityOptions {
  readonly engine: Engine;
  readonly threads: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly task: Task | undefined;
  readonly test: Dataset | undefined;
  /** Test items that each part is asked; 0: none. */
  readonly items: number;
  readonly remember: StageRecall["only"];
}

/** Rows of a batch; answers of one model are compared with those of another in batches of the same rows. */
const ROWS = 32;
/** Parts of a step that are tried; changes beyond are joined by layer, then left out evenly. */
const MOST = 32;

/** The parts of a step, the costliest first; undefined where there are none, or no test data. */
export async function sensitivityOf(
  step: DoneStep,
  options: SensitivityOptions,
): Promise<Sensitivity | undefined> {
  const { task, test, emit, signal } = options;
  const only = step.method.only;
  const all = partsOf(step);
  if (!task || !test || !only || options.items === 0 || all.length === 0) return undefined;
  const parts = spread(all, MOST);
  const id = `parts of ${step.id}`;
  const begin = performance.now();
  emit({ kind: "start", id, title: id });
  const asked = sampleOf(test, options.items);
  const answers = (changes: readonly Change[], graph: () => Graph): Promise<Float32Array> =>
    options.remember(asked, ROWS, changes, () => answersOf(graph(), task, asked, step.base, options));
  const base = await answers([], () => step.base.model.graph);
  const rows: Cost[] = [];
  for (const { target, changes } of parts) {
    signal.throwIfAborted();
    const logits = await answers(changes, () => only(step.base, changes, step.result.model));
    const random = rng(options.seed, "sensitivity", step.id, target);
    rows.push({ target, changes: changes.length, ...costs(logits, base, asked, random) });
    emit({ kind: "progress", id, done: rows.length, total: parts.length, unit: "parts" });
  }
  emit({ kind: "done", id, seconds: (performance.now() - begin) / 1000 });
  const left = all.length - parts.length;
  return {
    against: step.before,
    items: asked.items.length,
    parts: rows.sort((a, b) => b.kl.value - a.kl.value),
    ...(left > 0 && { left }),
  };
}

type Cost = Sensitivity["parts"][number];

interface Part {
  readonly target: string;
  readonly changes: readonly Change[];
}

/** What was changed, each by itself; more than can be tried are joined by the family's layers. */
function partsOf({ base: { family }, result: { changes, refused } }: DoneStep): readonly Part[] {
  const untouched = new Set(refused.map(({ target }) => target));
  const done = changes.filter(({ target }) => !untouched.has(target));
  const joined = new Map<string, Change[]>();
  for (const change of done) {
    const layer = done.length > MOST ? family?.layerOf(change.target) : undefined;
    const target = layer === undefined ? change.target : `layer ${layer.index}`;
    joined.set(target, [...(joined.get(target) ?? []), change]);
  }
  return [...joined].map(([target, own]) => ({ target, changes: own }));
}

/** Items spread over the data set. */
const sampleOf = (test: Dataset, count: number): Dataset => ({
  ...test,
  items: spread(test.items, count),
  hash: hash({ data: test.hash, of: test.items.length }),
});

async function answersOf(
  graph: Graph,
  task: Task,
  asked: Dataset,
  { maxLength }: LoadedModel,
  { engine, threads, signal }: SensitivityOptions,
): Promise<Float32Array> {
  const session = await engine.compile(graph, { threads });
  try {
    return await logitsOf(session, task, asked, { rows: ROWS, maxLength, signal });
  } finally {
    await session.dispose();
  }
}

/** KL(base || part), and what the part gets right less what the base gets right. */
function costs(
  logits: Float32Array,
  base: Float32Array,
  { items }: Dataset,
  random: Rng,
): Pick<Cost, "kl" | "accuracy"> {
  const labels = items.map(({ label }) => label);
  const [own, before] = [score(logits, labels, base), score(base, labels)];
  return {
    kl: bootstrapMean(must(own.kl, "divergence"), random),
    ...(own.correct &&
      before.correct && {
        accuracy: pairedDifference(own.correct.map(Boolean), before.correct.map(Boolean)),
      }),
  };
}

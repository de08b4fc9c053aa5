// Sensitivity: what a step costs when it is done to one part of the model alone, before any training.
import { type Change, type Emit, hash, must, spread, told } from "../base/index.ts";
import { pairedDifference, skewedMean } from "../bench/index.ts";
import type { Engine } from "../engine/index.ts";
import type { Bundle } from "../families/index.ts";
import type { Graph } from "../ir/index.ts";
import type { Applied, Method } from "../methods/index.ts";
import { kindOf, type Sensitivity } from "../record/index.ts";
import { classMetrics, type Dataset, logitsOf, score, type Task } from "../tasks/index.ts";
import type { StageRecall } from "./recall.ts";

/** A step that was done. */
export interface DoneStep {
  readonly id: string;
  readonly method: Method;
  /** What it was done to, and the name of that stage. */
  readonly base: Bundle;
  readonly before: string;
  readonly result: Applied;
}

export interface SensitivityOptions {
  readonly engine: Engine;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly task: Task | undefined;
  readonly test: Dataset | undefined;
  /** Test items that each part is asked; 0: none. */
  readonly items: number;
  readonly remember: StageRecall["parts"];
}

/** Rows of a batch, for the model before and after alike: another number rounds otherwise. */
const ROWS = 32;
/** Parts of a step that are tried. */
const MOST = 32;

/** The parts of a step, the costliest first; undefined where it has none, or there is no test data. */
export async function sensitivityOf(
  step: DoneStep,
  options: SensitivityOptions,
): Promise<Sensitivity | undefined> {
  const { task, test, items, remember } = options;
  const { only } = step.method;
  const all = partsOf(step);
  if (!task || !test || !only || items === 0 || all.length === 0) return undefined;
  const asked = sampleOf(test, items);
  const parts = spread(all, MOST);
  const changes = parts.map((part) => part.changes);
  const { base, result } = step;
  const graphs = [() => base.model.graph, ...changes.map((own) => () => only(base, own, result.model))];
  const answers = await remember(asked, ROWS, changes, () => answersOf(graphs, task, asked, step, options));
  const size = answers.length / graphs.length;
  const costs = parts.map(({ target, changes }, i) => {
    const logits = answers.subarray((i + 1) * size, (i + 2) * size);
    return { target, changes: changes.length, ...costOf(logits, answers.subarray(0, size), asked) };
  });
  const left = all.length - parts.length;
  return {
    against: step.before,
    items: asked.items.length,
    distance: kindOf(classMetrics.kl),
    ...(costs.some(({ difference }) => difference) && { metric: kindOf(classMetrics.accuracy) }),
    parts: costs.sort((a, b) => b.distance.value - a.distance.value),
    ...(left > 0 && { left }),
  };
}

/** Changes of a step that are tried together, and what they are called. */
interface Part {
  readonly target: string;
  readonly changes: readonly Change[];
}

/** Each change by itself; more than can be tried are joined by the family's layers. */
function partsOf({ base: { family }, result: { changes, refused } }: DoneStep): readonly Part[] {
  const untouched = new Set(refused.map(({ target }) => target));
  const done = changes.filter(({ target }) => !untouched.has(target));
  const joined = new Map<string, Change[]>();
  for (const change of done) {
    const layer = done.length > MOST ? family?.layerOf(change.target) : undefined;
    const target = layer === undefined ? change.target : `layer ${layer.index}`;
    joined.set(target, [...(joined.get(target) ?? []), change]);
  }
  return [...joined].map(([target, changes]) => ({ target, changes }));
}

/** Items spread over the data set; which they are follows from how many it has. */
const sampleOf = (test: Dataset, count: number): Dataset => ({
  ...test,
  items: spread(test.items, count),
  hash: hash({ sample: test.hash, of: test.items.length }),
});

/** Logits of the items from each graph, [graphs, items, classes]; one graph is held at a time. */
async function answersOf(
  graphs: readonly (() => Graph)[],
  task: Task,
  asked: Dataset,
  { id: step, base: { maxLength } }: DoneStep,
  { engine, threads, signal, emit }: SensitivityOptions,
): Promise<Float32Array> {
  const id = `parts of ${step}`;
  return told(emit, id, async () => {
    let all = new Float32Array();
    for (const [i, graph] of graphs.entries()) {
      signal.throwIfAborted();
      const session = await engine.compile(graph(), { threads });
      try {
        const logits = await logitsOf(session, task, asked, { rows: ROWS, maxLength, signal });
        if (i === 0) all = new Float32Array(graphs.length * logits.length);
        all.set(logits, i * logits.length);
      } finally {
        await session.dispose();
      }
      emit({ kind: "progress", id, done: i + 1, total: graphs.length, unit: "models" });
    }
    return all;
  });
}

/** KL of what is answered before from what is answered after one part, and the difference of their accuracies. */
function costOf(
  after: Float32Array,
  before: Float32Array,
  { items }: Dataset,
): Pick<Sensitivity["parts"][number], "distance" | "difference"> {
  const labels = items.map(({ label }) => label);
  const [own, base] = [score(after, labels, before), score(before, labels)];
  return {
    distance: skewedMean(must(own.kl, "divergence")),
    ...(own.correct &&
      base.correct && {
        difference: pairedDifference(own.correct.map(Boolean), base.correct.map(Boolean)),
      }),
  };
}

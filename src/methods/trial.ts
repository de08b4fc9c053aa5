// A trial of training: a few batches of real data through a model, to see what all of them will take.
import { must, rng } from "../base/index.ts";
import type { LoadedModel } from "../families/index.ts";
import { batchesOf, bucketOf, type Dataset, fewLengths, secondsOfAll, type Task } from "../tasks/index.ts";
import { distillation, fit } from "../train/index.ts";
import type { MethodContext } from "./define.ts";
import { trainableGraph, trainingBatch } from "./training.ts";

/** What was measured, in seconds. */
export interface Trial {
  /** Of a batch, as the lengths of this data come. */
  readonly batch: number;
  /** Before the first batches: a graph is compiled for each length. */
  readonly start: number;
}

/** Runs of each length, the first of which compiles. */
const RUNS = 3;

/**
 * Trains on the shortest, the middle and the longest batch of an epoch, and takes other lengths to lie between them in
 * a straight line. Nothing is learnt: the learning rate is 0, and the teacher's answers are zeros.
 */
export async function tryTraining(
  model: LoadedModel,
  rows: number,
  { task, train }: { readonly task: Task; readonly train: Dataset },
  context: Pick<MethodContext, "engine" | "threads" | "signal">,
): Promise<Trial> {
  const graph = trainableGraph(model, true);
  const random = rng(0, "trial");
  const all = batchesOf(train, rows, { rng: random, maxLength: model.maxLength, lengths: bucketOf });
  const chosen = fewLengths(all);
  const logits = must(graph.outputs[0], "output").value.type.shape.at(-1);
  const teacherLogits = new Float32Array(train.items.length * (typeof logits === "number" ? logits : 2));
  const data = { task, dataset: train, teacherLogits };
  const times: number[] = [];
  let before = performance.now();
  await fit({
    ...context,
    graph,
    loss: distillation({ temperature: 4, alpha: 0.9 }),
    batches: () =>
      chosen.flatMap((batch) =>
        Array.from({ length: RUNS }, () => () => trainingBatch(data, graph, batch, rows)),
      ),
    epochs: 1,
    learningRate: 0,
    warmup: 0,
    weightDecay: 0,
    clip: 1,
    seed: 0,
    beforeStep: () => {
      before = performance.now();
    },
    onStep: () => void times.push((performance.now() - before) / 1000),
  });
  const points = chosen.map(({ length }, i) => {
    const [first = 0, ...later] = times.slice(i * RUNS, (i + 1) * RUNS);
    const seconds = Math.min(...later);
    return { length, seconds, start: first - seconds };
  });
  const starts = points.reduce((sum, { start }) => sum + start, 0) / points.length;
  return {
    batch: secondsOfAll(all, points) / all.length,
    start: starts * new Set(all.map(({ length }) => length)).size,
  };
}

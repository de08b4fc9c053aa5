// A rehearsal of training: a few batches of real data through a model, to see what all of them will take.
import { rng } from "../base/index.ts";
import { classOutput, portsOf } from "../engine/index.ts";
import type { Bundle } from "../families/index.ts";
import {
  batchesOf,
  type Dataset,
  paddedLengths,
  secondsOfAll,
  type Task,
  tryLengths,
} from "../tasks/index.ts";
import { distillation, MOMENTS, Stepper } from "../train/index.ts";
import type { MethodContext } from "./define.ts";
import { trainableGraph, trainingBatch } from "./training.ts";

/** What was measured, in seconds. */
export interface Rehearsed {
  /** Of a batch, as the lengths of this data come. */
  readonly batch: number;
  /** Before the first batches: a graph is compiled for each length. */
  readonly start: number;
}

/**
 * Trains on the shortest, the middle and the longest batch of an epoch, and takes other lengths to lie between them in
 * a straight line. Nothing is learnt: the learning rate is 0, and the teacher's answers are zeros.
 */
export async function rehearseTraining(
  model: Bundle,
  rows: number,
  { task, train }: { readonly task: Task; readonly train: Dataset },
  context: Pick<MethodContext, "engine" | "threads" | "signal">,
): Promise<Rehearsed> {
  const graph = trainableGraph(model, true);
  const random = rng(0, "rehearsal");
  const { inputs, outputs } = portsOf(graph);
  const lengths = paddedLengths(task, inputs);
  const all = batchesOf(train, rows, { rng: random, maxLength: model.maxLength, lengths });
  const logits = outputs.find(({ name }) => name === classOutput(outputs))?.shape[1];
  const teacherLogits = new Float32Array(train.items.length * (typeof logits === "number" ? logits : 2));
  const data = { task, dataset: train, teacherLogits };
  const stepper = new Stepper({
    ...context,
    graph,
    loss: distillation({ temperature: 4, alpha: 0.9 }),
    seed: 0,
  });
  try {
    const tried = await tryLengths(all, async (batch) => {
      context.signal.throwIfAborted();
      await stepper.gradients(trainingBatch(data, graph, batch, rows), 0);
      stepper.parameters.gradientNorm();
      stepper.parameters.step({ ...MOMENTS, learningRate: 0, weightDecay: 0 }, 1);
    });
    const starts = tried.reduce((sum, { first, seconds }) => sum + first - seconds, 0) / tried.length;
    return {
      batch: secondsOfAll(all, tried) / all.length,
      start: starts * new Set(all.map(({ length }) => length)).size,
    };
  } finally {
    await stepper.dispose();
  }
}

// What methods that learn share: parameters, batches of a data set with the teacher's answers, and the run itself.
import { z } from "zod";
import { AppError, must, type Refusal, type Rng, rng } from "../base/index.ts";
import { portsOf } from "../engine/index.ts";
import { type Bundle, instantiate } from "../families/index.ts";
import { type Graph, namedWeights, withWeights } from "../ir/index.ts";
import { opTable } from "../ops/index.ts";
import { isLearnt, rolesOf } from "../passes/index.ts";
import {
  type Batch,
  batchesOf,
  type Dataset,
  feedsFor,
  fixedText,
  paddedLengths,
  type Task,
} from "../tasks/index.ts";
import { Tensor } from "../tensor/index.ts";
import {
  type DistillationOptions,
  distillation,
  fit,
  lossInputs,
  type Parameters,
  type TrainingBatch,
} from "../train/index.ts";
import type { MethodContext, Pass } from "./define.ts";
import { maskTokens } from "./masking.ts";

/** Parameters of every training run; each method sets its own defaults for epochs and learning rate. */
export const trainingParams = (defaults: { readonly epochs: number; readonly learningRate: number }) =>
  z.strictObject({
    epochs: z
      .number()
      .int()
      .min(0)
      .max(10000)
      .default(defaults.epochs)
      .describe("passes over the training data"),
    learningRate: z
      .number()
      .positive()
      .max(1)
      .default(defaults.learningRate)
      .describe("peak learning rate of AdamW"),
    batch: z.number().int().min(1).max(4096).default(32).describe("items per step"),
    temperature: z
      .number()
      .positive()
      .max(100)
      .default(4)
      .describe("softens teacher and student before they are compared"),
    alpha: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe("weight of the teacher's answers against the labels; 1 needs no labels"),
    warmup: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe("share of the steps in which the learning rate rises"),
    weightDecay: z.number().min(0).max(1).default(0.01).describe("decoupled weight decay of matrices"),
    clip: z.number().positive().default(1).describe("bound of the gradients' global norm"),
    dropout: z.boolean().default(true).describe("whether the model's own dropout is active"),
    labelSmoothing: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe("share of a label's weight that is spread over all classes"),
    tokenMasking: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe("chance that a token is replaced by the mask token; the teacher answers for the whole text"),
  });
export type TrainingParams = z.infer<ReturnType<typeof trainingParams>>;

export interface TrainingData {
  readonly task: Task;
  readonly dataset: Dataset;
  readonly teacherLogits: Float32Array;
}

/** The data and the teacher's answers, or an AppError `usage` that says what is missing. */
export async function trainingData(context: MethodContext): Promise<TrainingData> {
  const { task, train } = context;
  if (!task || !train) {
    throw new AppError("usage", "this step learns from data, and there is none", {
      path: context.id,
      hint: "give the recipe a task with `train:`, or the command `--task` and `--train`",
    });
  }
  return { task, dataset: train, teacherLogits: await context.teacherLogits() };
}

/** Refused where the model's inputs take another number of items at a time than a step of the training has. */
export function batchRefusals(
  { model }: Bundle,
  training: Pick<TrainingParams, "batch"> | undefined,
): readonly Refusal[] {
  const { rows } = fixedText(portsOf(model.graph).inputs);
  if (!training || rows === undefined || rows === training.batch) return [];
  const why = `the model's inputs take ${rows} at a time, a step of its training ${training.batch}`;
  return [{ target: "finetune.batch", why }];
}

/** The graph that is trained: with dropout where the family has it, the weights those of the model. */
export function trainableGraph(model: Bundle, dropout: boolean): Graph {
  if (!model.family || !dropout) return model.model.graph;
  const weights = namedWeights(model.model.graph);
  return instantiate(model.family, model.config, (name) => must(weights.get(name), name), opTable, {
    dropout: true,
    assets: model.assets,
  });
}

/**
 * A batch as the trainer takes it: inputs, teacher logits, targets, and weights that leave the padding rows out.
 * Targets are one-hot, or smoothed: 1 - s for the label and s / classes for every class (Szegedy et al. 2016).
 */
export function trainingBatch(
  data: TrainingData,
  graph: Graph,
  batch: Batch,
  rows: number,
  smoothing = 0,
): TrainingBatch {
  const { task, dataset, teacherLogits } = data;
  const items = batch.indices.map((index) => must(dataset.items[index], "item"));
  const feeds = feedsFor(task, items, { rows, length: batch.length }, portsOf(graph).inputs);
  const classes = teacherLogits.length / dataset.items.length;
  const teacher = new Float32Array(rows * classes);
  const target = new Float32Array(rows * classes).fill(smoothing / classes);
  const weight = new Float32Array(rows);
  batch.indices.forEach((index, row) => {
    teacher.set(teacherLogits.subarray(index * classes, (index + 1) * classes), row * classes);
    const label = items[row]?.label;
    if (label !== undefined) target[row * classes + label] = 1 - smoothing + smoothing / classes;
    weight[row] = 1 / items.length;
  });
  const dims: Record<string, number> = {};
  for (const { name, type } of graph.inputs) {
    type.shape.forEach((dim, axis) => {
      const size = feeds[name ?? ""]?.shape[axis];
      if (typeof dim === "string" && size !== undefined) dims[dim] = size;
    });
  }
  return {
    dims,
    feeds: {
      ...feeds,
      [lossInputs.teacher]: Tensor.floats([rows, classes], teacher),
      [lossInputs.target]: Tensor.floats([rows, classes], target),
      [lossInputs.rowWeight]: Tensor.floats([rows], weight),
    },
  };
}

/** Checks that the labels suffice for the loss: items without one are only for alpha = 1. */
export function lossOf(params: DistillationOptions, dataset: Dataset) {
  if (params.alpha < 1 && dataset.items.some(({ label }) => label === undefined)) {
    throw new AppError("usage", "the training data has items without a label", {
      path: dataset.path,
      hint: "alpha: 1 learns from the teacher alone",
    });
  }
  return distillation(params);
}

/** What `train` does with so many items. */
export const trainingPasses = (params: TrainingParams | undefined, items: number): readonly Pass[] =>
  params
    ? [{ through: "result", batch: params.batch, batches: params.epochs * Math.ceil(items / params.batch) }]
    : [];

export interface TrainHooks {
  readonly beforeStep?: (progress: number, parameters: Parameters, before: number | undefined) => void;
}

/**
 * Trains the model on the teacher's answers; matrices that were pruned keep their zeros.
 * Reports progress under the step's id.
 */
export async function train(
  model: Bundle,
  params: TrainingParams,
  context: MethodContext,
  hooks: TrainHooks = {},
): Promise<Bundle> {
  if (params.epochs === 0) return model;
  const data = await trainingData(context);
  const graph = trainableGraph(model, params.dropout);
  const masks = zeroMasks(graph);
  const batches = (epoch: number) => {
    const random = (index: number): Rng => rng(context.seed, context.id, "masking", epoch, index);
    const seen = { ...data, dataset: maskTokens(data.dataset, model.tokenizer, params.tokenMasking, random) };
    return batchesOf(data.dataset, params.batch, {
      rng: rng(context.seed, context.id, "batches", epoch),
      maxLength: model.maxLength,
      lengths: paddedLengths(data.task, portsOf(graph).inputs),
    }).map((batch) => () => trainingBatch(seen, graph, batch, params.batch, params.labelSmoothing));
  };
  const { weights } = await fit({
    engine: context.engine,
    threads: context.threads,
    graph,
    loss: lossOf(params, data.dataset),
    batches,
    epochs: params.epochs,
    learningRate: params.learningRate,
    warmup: params.warmup,
    weightDecay: params.weightDecay,
    clip: params.clip,
    seed: context.seed,
    signal: context.signal,
    beforeStep(progress, parameters, before) {
      if (before === undefined) for (const [name, mask] of masks) parameters.setMask(name, mask);
      hooks.beforeStep?.(progress, parameters, before);
    },
    ...(context.checkpoints && { checkpoints: context.checkpoints }),
    onStep: (done, total, loss) =>
      context.emit({ kind: "progress", id: context.id, done, total, unit: "steps", loss }),
  });
  return { ...model, model: { ...model.model, graph: withWeights(model.model.graph, weights) } };
}

/** Share of exact zeros from which a matrix counts as pruned: trained weights are never exactly zero by chance. */
const PRUNED = 0.01;

/** Masks of the matrices that magnitude pruning has left zeros in. */
function zeroMasks(graph: Graph): ReadonlyMap<string, Float32Array> {
  const masks = new Map<string, Float32Array>();
  const roles = rolesOf(graph);
  for (const [value, tensor] of graph.weights) {
    const { name } = value;
    if (name === undefined || !isLearnt(roles.get(value))) continue;
    if (tensor.dtype !== "f32" || tensor.shape.length < 2) continue;
    const values = tensor.floats;
    let zeros = 0;
    for (const value of values) if (value === 0) zeros++;
    if (zeros > PRUNED * values.length && zeros < values.length)
      masks.set(
        name,
        values.map((value) => (value === 0 ? 0 : 1)),
      );
  }
  return masks;
}

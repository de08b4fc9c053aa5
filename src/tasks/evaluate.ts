// Evaluation: the logits of a data set from a session, and what they say item by item.
import { setImmediate } from "node:timers/promises";
import { AppError, defect, must } from "../base/index.ts";
import { classOutput, type Session } from "../engine/index.ts";
import { batchesOf } from "./batches.ts";
import type { Dataset, Task } from "./define.ts";
import { argmax } from "./metrics.ts";
import { feedsFor, fixedSizes, takesMask } from "./ports.ts";

export interface EvaluateOptions {
  /** Rows of a batch. */
  readonly rows: number;
  readonly maxLength?: number;
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of items done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Logits of all items in the data set's order, [items, classes]; throws the signal's reason when aborted. */
export async function logitsOf(
  session: Session,
  task: Task,
  dataset: Dataset,
  options: EvaluateOptions,
): Promise<Float32Array> {
  const { maxLength, signal, onProgress } = options;
  const output = classOutput(session.outputs, dataset.labels.length || undefined);
  const fixed = fixedSizes(task, session.inputs);
  const rows = fixed.rows ?? options.rows;
  let result: Float32Array | undefined;
  let done = 0;
  for (const { indices, length } of batchesOf(dataset, rows, {
    ...(maxLength !== undefined && { maxLength }),
    alike: !takesMask(task, session.inputs),
  })) {
    signal?.throwIfAborted();
    const items = indices.map((index) => must(dataset.items[index], "item"));
    const fetched = await session.run(feedsFor(task, items, { rows, length }, session.inputs));
    const { floats: logits, shape } = must(fetched[output], `output ${output}`);
    if (shape.length !== 2 || shape[0] !== rows) {
      throw new AppError(
        "input",
        `its output ${output} is [${shape}] for ${rows} items, not [${rows}, classes]`,
      );
    }
    const classes = logits.length / rows;
    result ??= new Float32Array(dataset.items.length * classes);
    for (const [row, index] of indices.entries()) {
      result.set(logits.subarray(row * classes, (row + 1) * classes), index * classes);
    }
    done += indices.length;
    onProgress?.(done, dataset.items.length);
    await setImmediate();
  }
  return result ?? new Float32Array(0);
}

/** The task's metrics over labelled items, by name; `item` says which item stands in each place (a resample). */
export function measure(
  task: Task,
  logits: Float32Array,
  labels: readonly (number | undefined)[],
  item: (place: number) => number = (place) => place,
): Record<string, number> {
  const classes = classesOf(logits, labels.length);
  return Object.fromEntries(
    task.metrics.map((metric) => {
      let state = metric.init();
      for (let place = 0; place < labels.length; place++) {
        const i = item(place);
        const label = labels[i];
        if (label !== undefined)
          state = metric.step(state, logits.subarray(i * classes, (i + 1) * classes), label);
      }
      return [metric.name, metric.finish(state)];
    }),
  );
}

export interface Scores {
  /** 1 where the largest logit is the label's, else 0; undefined unless every item has a label. */
  readonly correct: number[] | undefined;
  /** KL(teacher || student) in nats; undefined without a teacher. */
  readonly kl: number[] | undefined;
  /** 1 where student and teacher choose the same class, else 0; undefined without a teacher. */
  readonly agreement: number[] | undefined;
}

/** What the logits say of each item, in order; both logits are [items, classes]. */
export function score(
  logits: Float32Array,
  labels: readonly (number | undefined)[],
  teacherLogits?: Float32Array,
): Scores {
  const classes = classesOf(logits, labels.length);
  if (teacherLogits && teacherLogits.length !== logits.length) {
    const theirs = teacherLogits.length / labels.length;
    throw new AppError(
      "input",
      `the models have ${classes} and ${theirs} classes, so they cannot be compared`,
    );
  }
  const beyond = labels.findIndex((label) => label !== undefined && label >= classes);
  if (beyond >= 0)
    throw new AppError(
      "input",
      `item ${beyond + 1} of the data has the class with index ${labels[beyond]}, and the model answers with ${classes} classes`,
      { hint: "write the names of all classes into id2label of its config.json" },
    );
  const of = (all: Float32Array, i: number): Float32Array => all.subarray(i * classes, (i + 1) * classes);
  const labelled = labels.every((label) => label !== undefined);
  const each = <T>(value: (i: number) => T): T[] => labels.map((_, i) => value(i));
  return {
    correct: labelled ? each((i) => Number(argmax(of(logits, i)) === labels[i])) : undefined,
    kl: teacherLogits && each((i) => divergence(of(teacherLogits, i), of(logits, i))),
    agreement: teacherLogits && each((i) => Number(argmax(of(teacherLogits, i)) === argmax(of(logits, i)))),
  };
}

function classesOf(logits: Float32Array, items: number): number {
  const classes = logits.length / items;
  if (!Number.isInteger(classes))
    throw defect("logits do not divide into items", { logits: logits.length, items });
  return classes;
}

/** sum_k p_k (log p_k - log q_k), with p and q the softmax of the logits; never below 0. */
function divergence(teacher: Float32Array, student: Float32Array): number {
  const p = logSoftmax(teacher);
  const q = logSoftmax(student);
  return Math.max(
    0,
    p.reduce((sum, logP, k) => sum + Math.exp(logP) * (logP - (q[k] ?? 0)), 0),
  );
}

function logSoftmax(logits: Float32Array): Float64Array {
  const top = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const norm = top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
  return Float64Array.from(logits, (logit) => logit - norm);
}

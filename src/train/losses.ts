// Losses as graph nodes. Each is a weighted sum over rows: a row's weight is 1 / batch size, or 0 for padding.
import type { Builder, Value } from "../ir/index.ts";

/** Adds a scalar loss to a graph; may add inputs of its own. `rows` is the batch dimension, `classes` the width. */
export type Loss = (b: Builder, logits: Value) => Value;

export const lossInputs = { target: "target", teacher: "teacher", rowWeight: "row weight" } as const;

const weighted = (b: Builder, perRow: Value): Value => {
  const weight = b.input(lossInputs.rowWeight, "f32", perRow.type.shape);
  return b.sum(b.mul(perRow, weight), 0);
};

/** -sum_c target_c log softmax(logits)_c per row; targets are probabilities (one-hot for labels). */
function crossEntropyRows(b: Builder, logits: Value, target: Value): Value {
  return b.neg(b.sum(b.mul(target, b.op("LogSoftmax", [logits])), 1));
}

/** Cross entropy against the input "target" [rows, classes], in nats. */
export const crossEntropy: Loss = (b, logits) =>
  weighted(b, crossEntropyRows(b, logits, b.input(lossInputs.target, "f32", logits.type.shape)));

export interface DistillationOptions {
  /** T: both distributions are softened by it. */
  readonly temperature: number;
  /** Weight of the teacher's term; 1 needs no labels. */
  readonly alpha: number;
}

/**
 * alpha T^2 KL(softmax(teacher / T) || softmax(logits / T)) + (1 - alpha) CE(target), in nats
 * (Hinton, Vinyals & Dean 2015). The input "teacher" holds the teacher's logits [rows, classes].
 */
export const distillation =
  ({ temperature, alpha }: DistillationOptions): Loss =>
  (b, logits) => {
    const teacher = b.scale(b.input(lossInputs.teacher, "f32", logits.type.shape), 1 / temperature);
    const soft = b.op("Softmax", [teacher]);
    const student = b.op("LogSoftmax", [b.scale(logits, 1 / temperature)]);
    const divergence = b.sum(b.mul(soft, b.sub(b.op("LogSoftmax", [teacher]), student)), 1);
    const softTerm = b.scale(divergence, alpha * temperature ** 2);
    if (alpha === 1) return weighted(b, softTerm);
    const hard = crossEntropyRows(b, logits, b.input(lossInputs.target, "f32", logits.type.shape));
    return weighted(b, b.add(softTerm, b.scale(hard, 1 - alpha)));
  };

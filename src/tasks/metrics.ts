// Metrics of classification, as folds over a table of counts by class.
import type { Metric } from "./define.ts";

/** Counts by class: items that are in it, that were put in it, and both. */
export interface Confusion {
  readonly actual: number[];
  readonly predicted: number[];
  readonly hits: number[];
}

/** Index of the largest logit; the first of equal ones. */
export function argmax(logits: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] ?? 0) > (logits[best] ?? 0)) best = i;
  return best;
}

const counting = {
  init: (): Confusion => ({ actual: [], predicted: [], hits: [] }),
  step(state: Confusion, logits: Float32Array, label: number): Confusion {
    const chosen = argmax(logits);
    count(state.actual, label);
    count(state.predicted, chosen);
    if (chosen === label) count(state.hits, label);
    return state;
  },
};

function count(table: number[], at: number): void {
  table[at] = (table[at] ?? 0) + 1;
}

const total = (table: readonly number[]): number => table.reduce((sum, value) => sum + (value ?? 0), 0);

/** Share of items whose largest logit is their label's. */
export const accuracy: Metric<Confusion> = {
  ...counting,
  name: "accuracy",
  unit: "",
  better: "higher",
  finish: ({ hits, actual }) => total(hits) / total(actual),
};

/** Mean over classes of F1 = 2 hits / (actual + predicted), over the classes that occur in either. */
export const macroF1: Metric<Confusion> = {
  ...counting,
  name: "macroF1",
  unit: "",
  better: "higher",
  finish({ actual, predicted, hits }) {
    const scores: number[] = [];
    for (let k = 0; k < Math.max(actual.length, predicted.length); k++) {
      const seen = (actual[k] ?? 0) + (predicted[k] ?? 0);
      if (seen > 0) scores.push((2 * (hits[k] ?? 0)) / seen);
    }
    return total(scores) / scores.length;
  },
};

// Metrics of classification, as folds over a table of counts by class.
import type { MetricInfo } from "../record/index.ts";
import type { Metric } from "./define.ts";

/** What a run measures of a model that answers with classes. */
export const classMetrics = {
  accuracy: {
    name: "accuracy",
    unit: "share",
    better: "higher",
    role: "quality",
    primary: true,
    about:
      "Share of test items that are right, with the 95 % score interval of Wilson; differences are paired on the same " +
      "items (score interval, Tango 1998). Lost are items that the teacher gets right and the stage wrong; gained the " +
      "reverse.",
  },
  ece: {
    name: "ece",
    unit: "share",
    better: "lower",
    role: "calibration",
    about:
      "Expected calibration error: how far the probability of the answers is from the share of right ones, in the mean " +
      "over 15 bins of equal width (Guo et al. 2017), less what chance adds.",
  },
  agreement: {
    name: "agreement",
    unit: "share",
    better: "higher",
    role: "fidelity",
    about: "Share of test items with the teacher's class.",
  },
  kl: {
    name: "kl",
    unit: "nats",
    better: "lower",
    role: "fidelity",
    about:
      "Kullback-Leibler divergence of the teacher's probabilities from the stage's, in the mean over the test items " +
      "(interval: Hall 1992).",
  },
} as const satisfies Readonly<Record<string, MetricInfo>>;

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
  unit: "share",
  better: "higher",
  finish: ({ hits, actual }) => total(hits) / total(actual),
};

/** Mean over classes of F1 = 2 hits / (actual + predicted), over the classes that occur in either. */
export const macroF1: Metric<Confusion> = {
  ...counting,
  name: "macroF1",
  unit: "share",
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

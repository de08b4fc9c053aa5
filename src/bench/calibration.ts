// Calibration: how far the probability that a model gives its answers is from the share of right ones.
import { defect, type Rng } from "../base/index.ts";
import type { Measured } from "../record/index.ts";
import { bootstrap } from "./statistics.ts";

/** Bins of equal width, as in the paper. */
const BINS = 15;
/** Resamples of the interval: a line of the report, not a verdict. */
const RESAMPLES = 200;

/**
 * Expected calibration error: sum over bins of the share of items times |share right - mean confidence|, as
 * a fraction; zeros for no items. `confidence` is the probability in [0, 1] of each item's answer. Bin k holds
 * (k / 15, (k + 1) / 15]. C. Guo et al., "On calibration of modern neural networks", ICML 2017,
 * arXiv:1706.04599. Noise within bins adds to the error, in a resample once more; where the interval then
 * leaves the value out, it is widened to it.
 */
export function calibrationError(
  confidence: ArrayLike<number>,
  correct: ArrayLike<boolean>,
  rng: Rng,
): Measured {
  const n = confidence.length;
  if (correct.length !== n) throw defect("confidences and answers differ in number");
  if (n === 0) return { value: 0, low: 0, high: 0, n };
  const bins = Uint8Array.from(confidence, binOf);
  const gaps = Float64Array.from(confidence, (sure, i) => Number(correct[i]) - sure);
  const errorOf = (item: (place: number) => number): number => {
    const sums = new Float64Array(BINS);
    for (let place = 0; place < n; place++) {
      const i = item(place);
      const bin = bins[i] ?? 0;
      sums[bin] = (sums[bin] ?? 0) + (gaps[i] ?? 0);
    }
    return sums.reduce((total, sum) => total + Math.abs(sum), 0) / n;
  };
  const value = errorOf((place) => place);
  const { low, high } = bootstrap(n, errorOf, rng, RESAMPLES);
  return { value, low: Math.min(low, value), high: Math.max(high, value), n };
}

const binOf = (confidence: number): number =>
  Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1));

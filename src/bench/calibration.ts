// Calibration: how far the probability that a model gives its answers is from the share of right ones.
import { defect, type Rng } from "../base/index.ts";
import type { Measured } from "../record/index.ts";
import { corrected, z } from "./statistics.ts";

/** Bins of equal width, as in the paper. */
const BINS = 15;
/** Resamples for the bias and the standard error: a line of the report, not a verdict. */
const RESAMPLES = 200;

/**
 * Expected calibration error: sum over bins of the share of items times |share right - mean confidence|, as
 * a fraction; zeros for no items. `confidence` is the probability in [0, 1] of each item's answer. Bin k holds
 * (k / 15, (k + 1) / 15]. C. Guo et al., "On calibration of modern neural networks", ICML 2017,
 * arXiv:1706.04599. Chance within bins can only add to it (R. Roelofs et al., "Mitigating bias in calibration error
 * estimation", AISTATS 2022), so what resampling adds once more is taken off. The sum of absolute values hides a part of the
 * standard error of resamples, so below it is the larger of theirs and of that of the items' signed gaps, above their
 * mean; and where bins are well calibrated resampling sees less than half of the bias, so the lower limit takes it off
 * twice. Chosen for coverage (test/bench/coverage.test.ts).
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
  const { plain, value: estimate, error } = corrected(n, errorOf, rng, RESAMPLES);
  const squares = gaps.reduce((sum, gap) => sum + gap ** 2, 0) / n;
  const ofGaps = Math.sqrt(Math.max(0, squares - estimate ** 2) / n);
  const larger = Math.max(error, ofGaps);
  const low = estimate - (plain - estimate) - z * larger;
  const within = (end: number): number => Math.min(1, Math.max(0, end));
  return {
    value: within(estimate),
    low: within(low),
    high: within(estimate + (z * (larger + error)) / 2),
    n,
  };
}

const binOf = (confidence: number): number =>
  Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1));

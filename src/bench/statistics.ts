// Statistics of measured figures: quantiles, and 95 % intervals of proportions, paired differences and means.
import { defect, type Rng } from "../base/index.ts";
import type { Measured, Paired } from "../record/index.ts";

/** The 97.5 % point of the standard normal distribution: intervals are two-sided at 95 %. */
const z = 1.959963984540054;
/** Resamples of a bootstrap; the 2.5 % points then rest on 50 values each. */
const resamples = 2000;

/**
 * The quantile `p` in [0, 1] of the values, interpolated between order statistics; NaN for none.
 * Definition 7 of R. J. Hyndman, Y. Fan, "Sample quantiles in statistical packages", Am. Stat. 50 (1996).
 */
export function quantile(values: ArrayLike<number>, p: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), p);
}

/** As `quantile`, of values in ascending order. */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  const at = (sorted.length - 1) * Math.min(1, Math.max(0, p));
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below === above ? below : below + (at - Math.floor(at)) * (above - below);
}

/** The arithmetic mean; NaN for no values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
}

/**
 * A proportion with its score interval; [0, 1] for n = 0.
 * E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
 */
export function proportion(successes: number, n: number): Measured {
  if (n === 0) return { value: 0, low: 0, high: 1, n };
  const value = successes / n;
  const centre = value + (z * z) / (2 * n);
  const half = z * Math.sqrt((value * (1 - value)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return {
    value,
    low: successes === 0 ? 0 : (centre - half) / scale,
    high: successes === n ? 1 : (centre + half) / scale,
    n,
  };
}

/**
 * Accuracy of `model` less that of `other` on the same items, from what each got right, item by item.
 * Method 10 (square and add, Wilson limits of the margins, corrected phi) of R. G. Newcombe, "Improved
 * confidence intervals for the difference between binomial proportions based on paired data", Statist. Med.
 * 17 (1998).
 */
export function pairedDifference(model: ArrayLike<boolean>, other: ArrayLike<boolean>): Paired {
  if (model.length !== other.length) throw defect("paired items differ in number");
  const n = model.length;
  let both = 0;
  let gained = 0;
  let lost = 0;
  for (let i = 0; i < n; i++) {
    if (model[i] && other[i]) both++;
    else if (model[i]) gained++;
    else if (other[i]) lost++;
  }
  if (n === 0) return { value: 0, low: -1, high: 1, n, lost, gained };
  const first = proportion(both + gained, n);
  const second = proportion(both + lost, n);
  const phi = correctedPhi(both, gained, lost, n - both - gained - lost);
  const value = (gained - lost) / n;
  const low = value - reach(first.value - first.low, second.high - second.value, phi);
  const high = value + reach(first.high - first.value, second.value - second.low, phi);
  return { value, low: Math.max(-1, low), high: Math.min(1, high), n, lost, gained };
}

const reach = (a: number, b: number, phi: number): number =>
  Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));

function correctedPhi(both: number, gained: number, lost: number, neither: number): number {
  const margins = (both + gained) * (lost + neither) * (both + lost) * (gained + neither);
  if (margins === 0) return 0;
  const product = both * neither - gained * lost;
  const n = both + gained + lost + neither;
  return (product > 0 ? Math.max(0, product - n / 2) : product) / Math.sqrt(margins);
}

/**
 * The mean with its percentile bootstrap interval; the items are taken as independent. Zeros for no values.
 * B. Efron, R. J. Tibshirani, "An introduction to the bootstrap" (1993), chapter 13.
 */
export function bootstrapMean(values: ArrayLike<number>, rng: Rng): Measured {
  const n = values.length;
  if (n === 0) return { value: 0, low: 0, high: 0, n };
  const meanOf = (item: (i: number) => number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[item(i)] ?? 0;
    return sum / n;
  };
  return { value: mean(values), ...bootstrap(n, meanOf, rng), n };
}

/**
 * The 95 % interval of a statistic of n items, from resamples with replacement (B. Efron, 1979; percentile method).
 * `statistic` is given which item stands in each of n places.
 */
export function bootstrap(
  n: number,
  statistic: (item: (place: number) => number) => number,
  rng: Rng,
  times = resamples,
): Bounds {
  const values = new Float64Array(times);
  for (let r = 0; r < times; r++) values[r] = statistic(() => rng.below(n));
  return middle(values);
}

type Bounds = Pick<Measured, "low" | "high">;

function middle(samples: Float64Array): Bounds {
  samples.sort();
  return { low: quantileOfSorted(samples, 0.025), high: quantileOfSorted(samples, 0.975) };
}

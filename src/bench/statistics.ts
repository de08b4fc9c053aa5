// Statistics of measured figures: quantiles, and 95 % intervals of proportions, paired differences and means.
import { defect, type Rng } from "../base/index.ts";
import type { Measured, Paired } from "../record/index.ts";

/** The 97.5 % point of the standard normal distribution: intervals are two-sided at 95 %. */
export const z = 1.959963984540054;
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

/** Half the 5 % points of chi-squared with 2, 4 and 6 degrees of freedom. */
const RARE = [0.05129329438755, 0.355361510698, 0.817691447226];

/**
 * A proportion with its score interval; [0, 1] for n = 0.
 * E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927); for one to three
 * (two up to n = 50) successes or failures with the limit of Poisson on that side, where Wilson's leaves the truth out too
 * often: L. D. Brown, T. T. Cai, A. DasGupta, "Interval estimation for a binomial proportion", Stat. Science 16 (2001).
 */
export function proportion(successes: number, n: number): Measured {
  if (n === 0) return { value: 0, low: 0, high: 1, n };
  const value = successes / n;
  const centre = value + (z * z) / (2 * n);
  const half = z * Math.sqrt((value * (1 - value)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  const rare = (count: number): number | undefined => (n > 50 || count < 3 ? RARE[count - 1] : undefined);
  const [few, fewFail] = [rare(successes), rare(n - successes)];
  return {
    value,
    low: successes === 0 ? 0 : few === undefined ? (centre - half) / scale : few / n,
    high: successes === n ? 1 : fewFail === undefined ? (centre + half) / scale : 1 - fewFail / n,
    n,
  };
}

/**
 * Accuracy of `model` less that of `other` on the same items, from what each got right, item by item, with the score
 * interval of T. Tango, "Equivalence test and confidence interval for the difference in proportions for the
 * paired-sample design", Statist. Med. 17 (1998). It holds the truth more often than it says where few items differ.
 */
export function pairedDifference(model: ArrayLike<boolean>, other: ArrayLike<boolean>): Paired {
  if (model.length !== other.length) throw defect("paired items differ in number");
  const n = model.length;
  let [gained, lost] = [0, 0];
  for (let i = 0; i < n; i++) {
    if (model[i] && !other[i]) gained++;
    else if (other[i] && !model[i]) lost++;
  }
  if (n === 0) return { value: 0, low: -1, high: 1, n, lost, gained };
  const value = (gained - lost) / n;
  const score = (difference: number): number => tangoScore(gained, lost, n, difference);
  const low = crossing((at) => score(at) > z, -1, value);
  return { value, low, high: crossing((at) => score(at) > -z, value, 1), n, lost, gained };
}

/**
 * How many standard errors the observed difference lies above `difference`, with the standard error of the shares that are
 * likeliest if that were true: the larger root of 2n q^2 + (...) q - lost D (1 - D) for the share that only the other has.
 */
function tangoScore(gained: number, lost: number, n: number, difference: number): number {
  const linear = (2 * n - gained + lost) * difference - gained - lost;
  const constant = -lost * difference * (1 - difference);
  const share = (Math.sqrt(Math.max(0, linear ** 2 - 8 * n * constant)) - linear) / (4 * n);
  const variance = n * (2 * share + difference * (1 - difference));
  const above = gained - lost - n * difference;
  return variance <= 0 ? Math.sign(above) * Number.MAX_VALUE : above / Math.sqrt(variance);
}

/** Where `holds` turns from true at `from` to false at `to`, by bisection; the end that does not turn, else. */
function crossing(holds: (at: number) => boolean, from: number, to: number): number {
  if (holds(to)) return to;
  if (!holds(from)) return from;
  let [low, high] = [from, to];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The mean with the interval of P. Hall, "On the removal of skewness by transformation", JRSS B 54 (1992): Student's t
 * of the mean, transformed so that skewness drops out of its distribution, and back. Values such as divergences are
 * mostly small and now and then large: a plain or a percentile interval then lies too low. What is never negative has no
 * mean below 0. Zeros for no values.
 */
export function skewedMean(values: ArrayLike<number>): Measured {
  const n = values.length;
  if (n === 0) return { value: 0, low: 0, high: 0, n };
  const value = mean(values);
  let [squares, cubes] = [0, 0];
  for (let i = 0; i < n; i++) {
    const off = (values[i] ?? 0) - value;
    squares += off ** 2;
    cubes += off ** 3;
  }
  if (n < 3 || squares === 0) return { value, low: value, high: value, n };
  const deviation = Math.sqrt(squares / (n - 1));
  const skewness = ((cubes / n / (squares / n) ** 1.5) * Math.sqrt(n * (n - 1))) / (n - 2);
  const t = studentT(n - 1) / Math.sqrt(n);
  // g(T) = T + s T^2 / 3 + s^2 T^3 / 27 + s / 6n, of T = (mean - truth) / deviation, solved for T
  const back = (g: number): number =>
    Math.abs(skewness) < 1e-9 ? g : (3 / skewness) * (Math.cbrt(1 + skewness * (g - skewness / (6 * n))) - 1);
  const low = value - deviation * back(t);
  const least = Float64Array.from(values).reduce((min, one) => Math.min(min, one), 0);
  return { value, low: least < 0 ? low : Math.max(0, low), high: value - deviation * back(-t), n };
}

/**
 * A statistic of n items that small samples bias, corrected for that bias (B. Efron, R. J. Tibshirani, "An introduction to
 * the bootstrap" (1993), chapter 10), and its standard error. `statistic` is given which item stands in each of n places.
 */
export function corrected(
  n: number,
  statistic: (item: (place: number) => number) => number,
  rng: Rng,
  times: number,
): { readonly plain: number; readonly value: number; readonly error: number } {
  const plain = statistic((place) => place);
  const drawn = Array.from({ length: times }, () => statistic(() => rng.below(n)));
  const centre = mean(drawn);
  const error = Math.sqrt(drawn.reduce((sum, one) => sum + (one - centre) ** 2, 0) / (times - 1));
  return { plain, value: 2 * plain - centre, error };
}

/** Items of a class, in the mean, below which a mean over classes says nothing of how sure it is. */
const FEWEST_OF_A_CLASS = 5;
/** Resamples for a metric, which is computed anew for each. */
const METRIC_RESAMPLES = 400;

/**
 * The interval of a metric in [0, 1] that is no mean over items, such as the mean of F1 over classes: what is left after the
 * correction for bias, widened to hold the metric itself. With fewer than five items of a class in the mean, the bias is
 * larger than what resampling sees of it, and nothing is claimed: 0 to 1.
 */
export function metricInterval(
  n: number,
  classes: number,
  statistic: (item: (place: number) => number) => number,
  rng: Rng,
): Bounds {
  if (n < FEWEST_OF_A_CLASS * classes) return { low: 0, high: 1 };
  const { plain, value, error } = corrected(n, statistic, rng, METRIC_RESAMPLES);
  return {
    low: Math.min(plain, Math.max(0, value - z * error)),
    high: Math.max(plain, Math.min(1, value + z * error)),
  };
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

/** Student's points for 1 to 4 degrees of freedom. */
const few = [12.706205, 4.302653, 3.182446, 2.776445];

/** The 97.5 % point of Student's distribution: Cornish-Fisher (Abramowitz & Stegun 26.7.5), within 0.004 from 5 on. */
export function studentT(freedom: number): number {
  const listed = few[freedom - 1];
  if (listed !== undefined) return listed;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / freedom + g2 / freedom ** 2 + g3 / freedom ** 3;
}

type Bounds = Pick<Measured, "low" | "high">;

function middle(samples: Float64Array): Bounds {
  samples.sort();
  return { low: quantileOfSorted(samples, 0.025), high: quantileOfSorted(samples, 0.975) };
}

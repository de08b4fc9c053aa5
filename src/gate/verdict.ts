// Verdicts: whether an interval lies on the right side of a bound, and how many items would decide it.
import type { Interval } from "../record/index.ts";
import { type Operator, operators } from "./grammar.ts";
import type { Estimate } from "./quantities.ts";

/** All verdicts. */
export const verdicts = ["pass", "fail", "inconclusive"] as const;
/** What an interval says about a bound. */
export type Verdict = (typeof verdicts)[number];

/**
 * What a 95 % interval is widened by before it can fail: to 99 %, the quotient of the normal distribution's
 * points. A bound at the true value then fails once in 200 comparisons, not once in 40.
 */
export const widening = 2.5758293035489004 / 1.959963984540054;

/** The margin so that more is better, whatever the comparison. */
function inFavour(operator: Operator, { value, low, high }: Interval): Interval {
  return operators[operator].sign > 0 ? { value, low, high } : { value: -value, low: -high, high: -low };
}

/**
 * Of the quantity less its bound: `pass` if the whole 95 % interval satisfies the comparison, `fail` if the
 * whole 99 % interval violates it. An exact margin is never inconclusive.
 */
export function verdictOf(operator: Operator, margin: Interval): Verdict {
  const { strict } = operators[operator];
  const { value, low, high } = inFavour(operator, margin);
  if (strict ? low > 0 : low >= 0) return "pass";
  const end = value + widening * (high - value);
  return (strict ? end <= 0 : end < 0) ? "fail" : "inconclusive";
}

/**
 * How many times the present items would decide an inconclusive margin if the estimate stayed: half an
 * interval shrinks with the square root of the items. Undefined where the estimate lies on the bound.
 */
export function itemsFactor(operator: Operator, margin: Interval): number | undefined {
  const { value, low, high } = inFavour(operator, margin);
  if (value === 0) return undefined;
  const half = value > 0 ? value - low : widening * (high - value);
  return (half / Math.abs(value)) ** 2;
}

/**
 * Own less `factor` times the other, of independent estimates: square and add of the distances to the limits.
 * G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures", Statist. Med. 27 (2008);
 * with Wilson's limits it is method 10 of R. G. Newcombe, "Interval estimation for the difference between
 * independent proportions", Statist. Med. 17 (1998).
 */
export function independentDifference(own: Estimate, other: Estimate, factor: number): Estimate {
  const value = own.value - factor * other.value;
  return {
    value,
    low: value - Math.hypot(own.value - own.low, factor * (other.high - other.value)),
    high: value + Math.hypot(own.high - own.value, factor * (other.value - other.low)),
    ...(own.n !== undefined && { n: own.n }),
  };
}

// Which of several models is worth having at its cost: dominance on the estimates, ties by their intervals.

/** A model as a point: its quality (more is better) with its 95 % interval, and a cost in bytes or milliseconds. */
export interface Point {
  readonly name: string;
  readonly quality: { readonly value: number; readonly low: number; readonly high: number };
  readonly cost: number;
}

/**
 * Where a point stands among the others: in the Pareto set, dominated, or dominated only by points whose
 * quality cannot be told from its own.
 */
export type Verdict = "best" | "dominated" | "tie";

/** The verdict on one point, and why in words. */
export interface Standing {
  readonly verdict: Verdict;
  /** Names of all that dominate it, the cheapest first. */
  readonly by: readonly string[];
  /** Nothing where there is nothing to say. */
  readonly words: string;
}

/** What quality is called, what has a smaller cost, and what an equal one: "accuracy", "has fewer bytes", "has as many bytes". */
export interface Words {
  readonly quality: string;
  readonly less: string;
  readonly same: string;
}

/** Whether `a` is at least as good and as cheap as `b`, and better in one of the two. */
export const dominates = (a: Point, b: Point): boolean =>
  a.quality.value >= b.quality.value &&
  a.cost <= b.cost &&
  (a.quality.value > b.quality.value || a.cost < b.cost);

/** Whether the intervals of two qualities overlap. */
export const tied = ({ quality: a }: Point, { quality: b }: Point): boolean =>
  a.low <= b.high && b.low <= a.high;

/** The points that no other dominates, the cheapest first. */
export const paretoSet = (points: readonly Point[]): readonly Point[] =>
  points.filter((point) => !points.some((other) => dominates(other, point))).toSorted(byCost);

const byCost = (a: Point, b: Point): number => a.cost - b.cost || b.quality.value - a.quality.value;

/** Where `point`, which is one of `points`, stands among them. */
export function standing(point: Point, points: readonly Point[], words: Words): Standing {
  const above = points.filter((other) => dominates(other, point)).toSorted(byCost);
  const by = above.map(({ name }) => name);
  const clear = above.find((other) => !tied(other, point));
  if (clear) {
    return { verdict: "dominated", by, words: `dominated by ${told(clear, point, words)}` };
  }
  const [cheapest] = above;
  if (cheapest) {
    return {
      verdict: "tie",
      by,
      words: `dominated, but a tie: ${intervalOf(cheapest, point, words)}`,
    };
  }
  const near = paretoSet(points).find((other) => other.cost < point.cost && tied(other, point));
  return { verdict: "best", by, words: near ? intervalOf(near, point, words) : "" };
}

const costOf = (other: Point, point: Point, { less, same }: Words): string =>
  other.cost < point.cost ? less : same;

const told = (other: Point, point: Point, words: Words): string =>
  `${other.name}, which is better in ${words.quality} and ${costOf(other, point, words)}`;

const intervalOf = (other: Point, point: Point, words: Words): string =>
  `its ${words.quality} is within the interval of ${other.name}, which ${costOf(other, point, words)}`;

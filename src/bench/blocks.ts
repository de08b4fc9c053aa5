// Intervals of times from blocks of runs: noise of a machine outlasts single runs, and a later occasion is another one.
import { defect } from "../base/index.ts";
import type { Interval } from "../record/index.ts";
import { mean, quantile, studentT } from "./statistics.ts";

/** Times of calls in the order in which they were made; block i begins at `starts[i]`. */
export interface Timed {
  readonly samplesMs: readonly number[];
  readonly starts: readonly number[];
}

/** A figure of a set of times, in milliseconds. */
export type Statistic = (times: ArrayLike<number>) => number;

/** The statistic `quantile(times, p)`. */
export const quantileAt =
  (p: number): Statistic =>
  (times) =>
    quantile(times, p);

/**
 * What differs between occasions that one occasion cannot see: which core a thread wakes on and how long that takes,
 * the place of the weights in memory, the clock of the processor. Of a time t, by `share` * t + `ms`: measured on a
 * virtual machine with two processors (docs/decisions/019-busy-machine.md).
 */
export const occasion = { share: 0.03, ms: 0.015 } as const;

const occasionOf = (timeMs: number): number => occasion.share + occasion.ms / Math.max(timeMs, 1e-6);

/** Blocks in a row that are taken together; the widest interval counts. */
const TOGETHER = [1, 2, 4];

/**
 * Half the 95 % interval of the mean of values of blocks, in the order of time: Student's t over batch means (A. M. Law,
 * "Simulation modeling and analysis", chapter 9), for blocks alone, in pairs and in fours, of which the widest counts,
 * since what disturbs a machine can outlast a block. Infinite for one value.
 */
export function halfWidth(values: readonly number[]): number {
  if (values.length < 2) return Number.POSITIVE_INFINITY;
  const widths = TOGETHER.flatMap((size) => {
    const count = Math.floor(values.length / size);
    if (count < (size === 1 ? 2 : 4)) return [];
    const means = Array.from({ length: count }, (_, i) => mean(values.slice(i * size, (i + 1) * size)));
    return [studentT(count - 1) * Math.sqrt(variance(means) / count)];
  });
  return Math.max(...widths);
}

/** Of one model: the statistic of all runs, with the interval of blocks and occasions. */
export function timeOf(times: Timed, statistic: Statistic): Interval {
  const value = statistic(times.samplesMs);
  const logs = perBlock(times, statistic).map(Math.log);
  return around(value, Math.hypot(halfWidth(logs), occasionOf(value)));
}

/**
 * The median of `times` over that of `others`, which ran in the same blocks: > 1 where `others` are faster. By block, so
 * that what slows both is not in it (T. Kalibera, R. Jones, "Rigorous benchmarking in reasonable time", ISMM 2013).
 */
export function ratioOfMedians(times: Timed, others: Timed): Interval {
  const [first, second] = [medianOf(times), medianOf(others)];
  const logs = pairs(times, others).map(([one, other]) => Math.log(one / other));
  return around(first / second, Math.hypot(halfWidth(logs), occasionOf(first), occasionOf(second)));
}

/** The median of `times` less that of `others`, with an interval as `ratioOfMedians` has it: < 0 where `times` are faster. */
export function differenceOfMedians(times: Timed, others: Timed): Interval {
  const [first, second] = [medianOf(times), medianOf(others)];
  const value = first - second;
  const half = Math.hypot(
    halfWidth(pairs(times, others).map(([one, other]) => one - other)),
    first * occasionOf(first),
    second * occasionOf(second),
  );
  return { value, low: value - half, high: value + half };
}

/** `value` times and over e^half; the ends stay numbers that JSON can hold. */
function around(value: number, half: number): Interval {
  const factor = Math.exp(Math.min(half, 50));
  return { value, low: value / factor, high: value * factor };
}

const medianOf = ({ samplesMs }: Timed): number => quantile(samplesMs, 0.5);

function perBlock({ samplesMs, starts }: Timed, statistic: Statistic): readonly number[] {
  return starts.map((start, i) => statistic(samplesMs.slice(start, starts[i + 1])));
}

function pairs(times: Timed, others: Timed): readonly (readonly [number, number])[] {
  if (times.starts.join() !== others.starts.join() || times.samplesMs.length !== others.samplesMs.length)
    throw defect("the models were not timed in the same blocks");
  const theirs = perBlock(others, quantileAt(0.5));
  return perBlock(times, quantileAt(0.5)).map((own, i) => [own, theirs[i] ?? Number.NaN]);
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

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
 * What differs between occasions that one occasion cannot see: how much of a core the host of a virtual machine gives,
 * which core a thread wakes on and how long that takes, the clock of the processor. A time alone differs by `time` of
 * itself; most of that is common to models that take turns, and each of them differs by `ratio` of itself. `ms`, in
 * milliseconds, comes on top (docs/decisions/019-busy-machine.md).
 */
export const occasion = { time: 0.3, ratio: 0.065, ms: 0.015 } as const;

/** As a share of a time: what it differs by alone, or beside another in turns. */
const occasionOf = (timeMs: number, share: number): number => share + occasion.ms / Math.max(timeMs, 1e-6);

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
  return around(value, Math.hypot(halfWidth(logs), occasionOf(value, occasion.time)));
}

/**
 * The median of `times` over that of `others`, which ran in the same blocks: > 1 where `others` are faster. By block, so
 * that what slows both is not in it (T. Kalibera, R. Jones, "Rigorous benchmarking in reasonable time", ISMM 2013).
 */
export function ratioOfMedians(times: Timed, others: Timed): Interval {
  const [first, second] = [medianOf(times), medianOf(others)];
  const logs = pairs(times, others).map(([one, other]) => Math.log(one / other));
  const [one, other] = [first, second].map((time) => occasionOf(time, occasion.ratio));
  return around(first / second, Math.hypot(halfWidth(logs), one ?? 0, other ?? 0));
}

/** The median of `times` less that of `others`, with an interval as `ratioOfMedians` has it: < 0 where `times` are faster. */
export function differenceOfMedians(times: Timed, others: Timed): Interval {
  const [first, second] = [medianOf(times), medianOf(others)];
  const value = first - second;
  const half = Math.hypot(
    halfWidth(pairs(times, others).map(([one, other]) => one - other)),
    value * occasion.time,
    first * occasionOf(first, occasion.ratio),
    second * occasionOf(second, occasion.ratio),
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

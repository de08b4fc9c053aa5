// Cost: what a million items cost on a machine that is paid by the hour and does nothing else.
import { defect, type Rng } from "../base/index.ts";
import type { Interval } from "../record/index.ts";
import { bootstrap, mean } from "./statistics.ts";

/** Parts that the runs are cut into for the interval. */
const PARTS = 30;

/**
 * Price of a million items, from the times of calls of `batch` items in the order in which they were made: the price of
 * an hour over the items of an hour, 3600 x throughput. The interval is a percentile bootstrap over up to 30 parts of
 * runs in a row, because noise of a machine lasts over many runs (batch means; A. M. Law, "Simulation modeling and
 * analysis", chapter 9).
 */
export function costPerMillion(
  samplesMs: readonly number[],
  batch: number,
  perHour: number,
  rng: Rng,
): Interval {
  if (samplesMs.length === 0) throw defect("nothing was measured");
  const count = Math.min(PARTS, samplesMs.length);
  const border = (i: number): number => Math.floor((i * samplesMs.length) / count);
  const parts = Array.from({ length: count }, (_, i) => {
    const runs = samplesMs.slice(border(i), border(i + 1));
    return { runs: runs.length, ms: runs.reduce((sum, ms) => sum + ms, 0) };
  });
  const priceOf = (meanMs: number): number => (perHour * 1e6 * meanMs) / (3_600_000 * batch);
  const drawn = (part: (place: number) => number): number => {
    let [runs, ms] = [0, 0];
    for (let place = 0; place < count; place++) {
      const own = parts[part(place)];
      runs += own?.runs ?? 0;
      ms += own?.ms ?? 0;
    }
    return priceOf(ms / runs);
  };
  return { value: priceOf(mean(samplesMs)), ...bootstrap(count, drawn, rng) };
}

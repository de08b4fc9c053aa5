// Cost: what a million items cost on a machine that is paid by the hour and does nothing else.
import type { Interval, Latency } from "../record/index.ts";

/**
 * Price of a million items: the price of an hour over the items of an hour, 3600 x throughput, with its interval;
 * undefined where the machine was busy.
 */
export function costPerMillion({ throughput, intervals }: Latency, perHour: number): Interval | undefined {
  if (!intervals) return undefined;
  const priceOf = (perSecond: number): number => (perHour * 1e6) / (3600 * perSecond);
  const { low, high } = intervals.throughput;
  return { value: priceOf(throughput), low: priceOf(high), high: priceOf(low) };
}

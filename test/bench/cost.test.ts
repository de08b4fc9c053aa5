// Cost of a million items: the price of an hour over what an hour does.
import { describe, expect, test } from "vitest";
import { costPerMillion } from "../../src/bench/cost.ts";
import type { Latency } from "../../src/record/index.ts";

const row: Latency = {
  batch: 1,
  sequence: { mean: 9, p50: 9, p95: 14, max: 20 },
  runs: 100,
  settled: true,
  p50Ms: 9,
  p90Ms: 11,
  p95Ms: 12,
  throughput: 100,
  intervals: {
    p50Ms: { low: 8, high: 10 },
    p90Ms: { low: 10, high: 12 },
    p95Ms: { low: 11, high: 13 },
    throughput: { low: 80, high: 125 },
  },
};

describe("costPerMillion", () => {
  test("of 100 items a second at 0.36 an hour is 1: an hour has 360,000 of them", () => {
    expect(costPerMillion(row, 0.36)?.value).toBeCloseTo(1, 12);
    expect(costPerMillion({ ...row, throughput: 1600 }, 0.36)?.value).toBeCloseTo(1 / 16, 12);
  });

  test("is the dearer the fewer items a second, so the ends of the interval change places", () => {
    const { low = 0, high = 0 } = costPerMillion(row, 0.36) ?? {};
    expect([low, high]).toEqual([expect.closeTo(100 / 125, 12), expect.closeTo(100 / 80, 12)]);
  });

  test("is not given where the machine was busy and the row has no intervals", () => {
    const { intervals: _, ...busy } = row;
    expect(costPerMillion(busy, 0.36)).toBeUndefined();
  });
});

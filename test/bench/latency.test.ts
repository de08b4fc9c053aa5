// Latency on an injected clock: order, pairing, warm-up, budget and the figures.
import { describe, expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import { type LatencyOptions, measureLatency, type Variant } from "../../src/bench/latency.ts";

/** A clock that variants move by what they take; `log` holds every call. */
function stage(costs: Readonly<Record<string, (index: number, call: number) => number>>) {
  let time = 0;
  const log: string[] = [];
  const variants: Variant[] = Object.entries(costs).map(([name, cost]) => {
    let call = 0;
    return {
      name,
      async run(index) {
        log.push(`${name}${index}`);
        time += cost(index, call++);
      },
    };
  });
  return { variants, log, now: () => time };
}

const options = (over: Partial<LatencyOptions>): LatencyOptions => ({
  batch: 1,
  lengths: [[3], [5], [8]],
  budgetMs: 1000,
  warmupMs: 0,
  seed: 7,
  ...over,
});

describe("measureLatency", () => {
  test("takes turns A B B A on the same items, each turn opened by a call that is not counted", async () => {
    const { variants, log, now } = stage({ a: () => 100, b: () => 100 });
    const [a, b] = await measureLatency(variants, options({ now, budgetMs: 1600, maxRuns: 4 }));
    const warm = ["a0", "b0"];
    expect(log).toEqual([...warm, ..."a0 a0 a1 b0 b0 b1 b2 b2 b0 a2 a2 a0".split(" ")]);
    expect(a?.samplesMs).toHaveLength(4);
    expect(b?.samplesMs).toHaveLength(4);
  });

  test("pairs the samples by item", async () => {
    const cost = (index: number): number => 10 + index;
    const { variants, now } = stage({
      a: cost,
      b: (index) => cost(index) / 2,
      c: (index) => cost(index) * 2,
    });
    const [a, b, c] = await measureLatency(variants, options({ now, maxRuns: 50 }));
    a?.samplesMs.forEach((sample, i) => {
      expect(sample).toBeCloseTo(10 + (i % 3), 9);
      expect(b?.samplesMs[i]).toBeCloseTo(sample / 2, 9);
    });
    expect(a?.latency.speedup).toBeUndefined();
    expect(b?.latency.speedup?.low).toBeCloseTo(2, 9);
    expect(c?.latency.speedup?.value).toBeCloseTo(0.5, 9);
    expect(c?.latency.speedupOverBefore?.value).toBeCloseTo(0.25, 9);
  });

  test("gives the figures of what ran", async () => {
    const { variants, now } = stage({ a: (index) => 10 * (index + 1) });
    const [a] = await measureLatency(
      variants,
      options({
        now,
        batch: 2,
        lengths: [
          [3, 4],
          [5, 6],
          [8, 10],
        ],
        maxRuns: 30,
      }),
    );
    expect(a?.latency).toMatchObject({ batch: 2, runs: 30, p50Ms: 20, p90Ms: 30, throughput: 100 });
    expect(a?.latency.sequence).toMatchObject({ mean: 6, p50: 5.5, max: 10 });
    expect(a?.latency.p99Ms).toBeUndefined();
  });

  test("gives p99 from 1,000 runs on", async () => {
    const { variants, now } = stage({ a: () => 1 });
    const [a] = await measureLatency(variants, options({ now, budgetMs: 5000, maxRuns: 1000 }));
    expect(a?.latency.p99Ms).toBe(1);
  });

  test("warms up until the median of ten runs has settled, and says when it did not", async () => {
    const { variants, log, now } = stage({
      falling: (_, call) => (call < 25 ? 50 - call : 20),
      noisy: (_, call) => 1.1 ** call,
    });
    const [falling, noisy] = await measureLatency(variants, options({ now, warmupMs: 2000, maxRuns: 2 }));
    expect(falling?.latency.settled).toBe(true);
    expect(log.filter((call) => call.startsWith("falling"))).toHaveLength(50 + 4);
    expect(noisy?.latency.settled).toBe(false);
  });

  test("keeps to its budget", async () => {
    const draw = rng(1);
    const { variants, now } = stage({ slow: () => 40 + draw.next(), fast: () => 4 + draw.next() });
    await measureLatency(variants, options({ now, budgetMs: 2000, warmupMs: 500 }));
    expect(now()).toBeGreaterThan(2 * 2000);
    expect(now()).toBeLessThan(2 * (2000 + 500) + 1000);
  });

  test("ends when it is told to", async () => {
    const { variants, now } = stage({ a: () => 1 });
    const signal = AbortSignal.abort();
    await expect(measureLatency(variants, options({ now, signal }))).rejects.toMatchObject({
      kind: "interrupted",
    });
  });
});

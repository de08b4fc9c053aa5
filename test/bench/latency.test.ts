// Latency on an injected clock: order, pairing, warm-up, budget and the figures.
import { describe, expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import { type LatencyOptions, measureLatency, type Variant } from "../../src/bench/latency.ts";
import type { Look, Watch } from "../../src/bench/watch.ts";

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

/** A watch on that clock: others use `others` of two processors, and a probe takes `probe` times as long as it should. */
function watchAt(now: () => number, others: (ms: number) => number, probe = (_: number): number => 1): Watch {
  let [last, all] = [now(), 0];
  return {
    processors: 2,
    threads: 2,
    async look(): Promise<Look> {
      const wall = now();
      // others do at each moment what they do in the middle of the block
      all += (wall - last) * (2 + others((last + wall) / 2));
      last = wall;
      const times = probe(wall);
      return {
        reading: { wall, own: 2 * wall, all, stolen: 0 },
        probed: { oneThread: 4 * times, allThreads: 2 * times },
      };
    },
    dispose: async () => undefined,
  };
}
const quiet: Watch = watchAt(
  () => 0,
  () => 0,
);

const options = (over: Partial<LatencyOptions>): LatencyOptions => ({
  batch: 1,
  lengths: [[3], [5], [8]],
  budgetMs: 1000,
  warmupMs: 0,
  watch: quiet,
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
    expect(b?.latency.speedup?.value).toBeCloseTo(2, 9);
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

  test("makes a block of a twentieth of the time, with a look before and after each", async () => {
    const { variants, now } = stage({ a: () => 10, b: () => 10 });
    const watch = watchAt(now, () => 0);
    let looks = 0;
    const counted = {
      ...watch,
      look() {
        looks++;
        return watch.look();
      },
    };
    const [a] = await measureLatency(variants, options({ now, budgetMs: 10_000, watch: counted }));
    expect(a?.starts.length).toBeGreaterThan(15);
    expect(looks).toBe((a?.starts.length ?? 0) + 1);
    expect(a?.starts[0]).toBe(0);
  });

  test("an interval holds the value, and is wider than single runs say where noise lasts", async () => {
    const draw = rng(3, "noise");
    let level = 1;
    const { variants, now } = stage({
      a: (_, call) => {
        if (call % 100 === 0) level = 1 + 0.2 * draw.next();
        return 20 * level;
      },
      b: () => 10 * (1 + 0.01 * draw.next()),
    });
    const watch = watchAt(now, () => 0);
    const [a, b] = await measureLatency(variants, options({ now, budgetMs: 40_000, watch }));
    const { p50Ms = 0, intervals } = a?.latency ?? {};
    expect(intervals?.p50Ms.low).toBeLessThan(p50Ms / 1.03);
    expect(intervals?.p50Ms.high).toBeGreaterThan(p50Ms * 1.03);
    const { value = 0, low = 0, high = 0 } = b?.latency.speedup ?? {};
    expect([low < value, value < high]).toEqual([true, true]);
    expect([low < 2.2, high > 2.2]).toEqual([true, true]);
  });

  test("drops the blocks in which others had the processor, and gives what the quiet ones say", async () => {
    // from second 10 to second 20 a process spins, and calls take three times as long
    const spins = (ms: number): boolean => ms >= 10_000 && ms < 20_000;
    const made = stage({});
    const { now } = made;
    let time = 0;
    const variants: Variant[] = [20, 10].map((cost, i) => ({
      name: String(i),
      async run() {
        time += spins(time) ? 3 * cost : cost;
      },
    }));
    expect(now()).toBe(0);
    const clock = (): number => time;
    const watch = watchAt(clock, (ms) => (spins(ms) ? 1 : 0));
    const [a, b] = await measureLatency(variants, options({ now: clock, budgetMs: 20_000, watch }));
    expect(a?.latency.busy).toBeUndefined();
    expect(a?.latency.p95Ms).toBeCloseTo(20, 9);
    expect(b?.latency.p95Ms).toBeCloseTo(10, 9);
    expect(a?.samplesMs.length).toBe(b?.samplesMs.length);
    expect(a?.starts.every((start, i) => start > (a?.starts[i - 1] ?? -1))).toBe(true);
  });

  test("gives no speed-up and no interval where others had the processor, and says how much of it", async () => {
    const { variants, now } = stage({ a: () => 20, b: () => 10 });
    const watch = watchAt(
      now,
      () => 1,
      (ms) => 1 + (Math.floor(ms / 1500) % 2) * 3,
    );
    const [a, b] = await measureLatency(variants, options({ now, budgetMs: 10_000, watch }));
    for (const latency of [a?.latency, b?.latency]) {
      expect(latency).not.toHaveProperty("speedup");
      expect(latency).not.toHaveProperty("speedupOverBefore");
      expect(latency).not.toHaveProperty("intervals");
      expect(latency?.busy).toMatchObject({
        quiet: 0,
        processors: 2,
        others: expect.closeTo(1, 6),
        oneThread: { fastest: 4, slowest: 16 },
      });
    }
  });

  test("ends when it is told to", async () => {
    const { variants, now } = stage({ a: () => 1 });
    const signal = AbortSignal.abort();
    await expect(measureLatency(variants, options({ now, signal }))).rejects.toMatchObject({
      kind: "interrupted",
    });
  });
});

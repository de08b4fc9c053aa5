// Intervals from blocks of runs: Student's t against tables, coverage where noise lasts, and what occasions add.
import { describe, expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import {
  differenceOfMedians,
  halfWidth,
  occasion,
  quantileAt,
  ratioOfMedians,
  type Timed,
  timeOf,
} from "../../src/bench/blocks.ts";
import { studentT } from "../../src/bench/statistics.ts";

test.each([
  // Abramowitz & Stegun, table 26.10
  [1, 12.706],
  [4, 2.776],
  [5, 2.571],
  [9, 2.262],
  [19, 2.093],
  [120, 1.98],
])("Student's two-sided 5 per cent point of %i degrees of freedom is %f", (freedom, point) => {
  expect(Math.abs(studentT(freedom) - point)).toBeLessThan(0.004);
});

test("half the width of the mean of 1, 2, 3, by hand, and none for one value", () => {
  // variance 1, so 4.303 / sqrt(3)
  expect(halfWidth([1, 2, 3])).toBeCloseTo(4.302653 / Math.sqrt(3), 5);
  expect(halfWidth([1])).toBe(Number.POSITIVE_INFINITY);
});

/** Blocks of times that drift together; `slow` is twice as long as `fast`. */
function drifting(draw: ReturnType<typeof rng>): { readonly slow: Timed; readonly fast: Timed } {
  let drift = 0;
  const starts: number[] = [];
  const [slow, fast]: [number[], number[]] = [[], []];
  for (let block = 0; block < 20; block++) {
    drift = 0.5 * drift + 0.05 * draw.normal();
    starts.push(slow.length);
    for (let run = 0; run < 25; run++) {
      slow.push(200 * Math.exp(drift + 0.05 * draw.normal()));
      fast.push(100 * Math.exp(0.3 * drift + 0.05 * draw.normal()));
    }
  }
  return { slow: { samplesMs: slow, starts }, fast: { samplesMs: fast, starts } };
}

describe("over drifting blocks", () => {
  const covered = (
    of: (times: ReturnType<typeof drifting>) => { low: number; high: number },
    truth: number,
  ) => {
    let inside = 0;
    for (let trial = 0; trial < 400; trial++) {
      const { low, high } = of(drifting(rng(11, "drift", trial)));
      if (low <= truth && truth <= high) inside++;
    }
    return inside / 400;
  };

  test.each([
    ["a median", ({ slow }: ReturnType<typeof drifting>) => timeOf(slow, quantileAt(0.5)), 200],
    ["a ratio", ({ slow, fast }: ReturnType<typeof drifting>) => ratioOfMedians(slow, fast), 2],
    ["a difference", ({ slow, fast }: ReturnType<typeof drifting>) => differenceOfMedians(slow, fast), 100],
  ] as const)("%s holds its true value at least as often as it says", (_, of, truth) => {
    expect(covered(of, truth)).toBeGreaterThan(0.945);
  });

  test("runs taken one by one would hold it far less often", () => {
    const alone = covered(({ slow }) => {
      const logs = slow.samplesMs.map(Math.log);
      const centre = logs.reduce((sum, log) => sum + log, 0) / logs.length;
      const variance = logs.reduce((sum, log) => sum + (log - centre) ** 2, 0) / (logs.length - 1);
      const half = 1.96 * Math.sqrt(variance / logs.length);
      return { low: Math.exp(centre - half), high: Math.exp(centre + half) };
    }, 200);
    expect(alone).toBeLessThan(0.7);
  });
});

describe("between occasions", () => {
  const steady = (ms: number): Timed => ({
    samplesMs: Array.from({ length: 40 }, () => ms),
    starts: [0, 10, 20, 30],
  });

  test("times differ by a share and by a part of a millisecond, however steady one occasion is", () => {
    const { low, high } = timeOf(steady(10), quantileAt(0.5));
    const half = occasion.time + occasion.ms / 10;
    expect([low, high]).toEqual([
      expect.closeTo(10 / Math.exp(half), 9),
      expect.closeTo(10 * Math.exp(half), 9),
    ]);
  });

  test("a speed-up of models of a tenth of a millisecond is known far less well than one of slow models", () => {
    const widthAt = (ms: number): number => {
      const { low, high } = ratioOfMedians(steady(2 * ms), steady(ms));
      return high / low;
    };
    expect(widthAt(0.12)).toBeGreaterThan(1.4);
    expect(widthAt(50)).toBeLessThan(1.25);
  });

  test("a speed-up is known better than the times that it is of", () => {
    const [own, ratio] = [timeOf(steady(20), quantileAt(0.5)), ratioOfMedians(steady(20), steady(10))];
    expect(ratio.high / ratio.low).toBeLessThan(Math.sqrt(own.high / own.low));
  });

  test("a difference has both models' parts, in milliseconds", () => {
    const { value, low, high } = differenceOfMedians(steady(20), steady(10));
    expect(value).toBe(10);
    const half = Math.hypot(
      10 * occasion.time,
      20 * occasion.ratio + occasion.ms,
      10 * occasion.ratio + occasion.ms,
    );
    expect([low, high]).toEqual([expect.closeTo(10 - half, 9), expect.closeTo(10 + half, 9)]);
  });
});

test("models that were not timed in the same blocks are refused", () => {
  const times = { samplesMs: [1, 2, 3, 4], starts: [0, 2] };
  expect(() => ratioOfMedians(times, { ...times, starts: [0, 3] })).toThrow("same blocks");
});

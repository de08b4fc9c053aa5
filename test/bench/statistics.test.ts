// Statistics: against published numbers, and coverage of the intervals by simulation.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import { bootstrapMean, pairedDifference, proportion, quantile } from "../../src/bench/statistics.ts";

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const sample = fc.array(finite, { minLength: 1, maxLength: 60 });

describe("quantile", () => {
  test("is R's type 7", () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([4, 1, 3, 2], 0.9)).toBeCloseTo(3.7, 12);
    expect(quantile([10], 0.95)).toBe(10);
    expect(quantile([], 0.5)).toBeNaN();
  });

  test("rises with p and stays within the values", () => {
    fc.assert(
      fc.property(
        sample,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, p, q) => {
          const [low, high] = [quantile(values, Math.min(p, q)), quantile(values, Math.max(p, q))];
          return low <= high + 1e-9 && low >= Math.min(...values) && high <= Math.max(...values) + 1e-9;
        },
      ),
    );
  });
});

describe("proportion", () => {
  test.each([
    // Newcombe, "Two-sided confidence intervals for the single proportion", Statist. Med. 17 (1998), table I, method 3.
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("%i of %i", (successes, n, low, high) => {
    const interval = proportion(successes, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test("holds its value, and rises with the successes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(), (n, k) => {
        const [now, next] = [proportion(k % n, n), proportion((k % n) + 1, n)];
        return (
          now.low <= now.value && now.value <= now.high && now.low < next.low && now.high < next.high + 1e-12
        );
      }),
    );
  });

  test.each([0.5, 0.9, 0.96])("covers p = %f in about 95 %% of samples", (p) => {
    const draw = rng(1, "wilson", p);
    const covered = repeat(2000, () => {
      const { low, high } = proportion(
        repeat(300, () => draw.next() < p),
        300,
      );
      return low <= p && p <= high;
    });
    expect(covered / 2000).toBeGreaterThan(0.93);
    expect(covered / 2000).toBeLessThan(0.97);
  });
});

describe("pairedDifference", () => {
  const cells = (both: number, gained: number, lost: number, neither: number): [boolean[], boolean[]] => [
    [...Array(both + gained).fill(true), ...Array(lost + neither).fill(false)],
    [
      ...Array(both).fill(true),
      ...Array(gained).fill(false),
      ...Array(lost).fill(true),
      ...Array(neither).fill(false),
    ],
  ];

  test.each([
    // Newcombe 1998, table II, method 10.
    [36, 12, 2, 0, 0.0569, 0.3404],
  ])("(%i, %i, %i, %i)", (both, gained, lost, neither, low, high) => {
    const interval = pairedDifference(...cells(both, gained, lost, neither));
    expect(interval).toMatchObject({ n: 50, lost, gained });
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test("changes sign with the order of the models", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(20), fc.nat(20), fc.integer({ min: 1, max: 60 }), (a, b, c, d) => {
        const [one, two] = cells(a, b, c, d);
        const [there, back] = [pairedDifference(one, two), pairedDifference(two, one)];
        return Math.abs(there.value + back.value) < 1e-12 && Math.abs(there.low + back.high) < 1e-12;
      }),
    );
  });

  test("covers the true difference in about 95 % of samples", () => {
    const draw = rng(2, "paired");
    const covered = repeat(1500, () => {
      const one: boolean[] = [];
      const two: boolean[] = [];
      for (let i = 0; i < 250; i++) {
        const u = draw.next();
        one.push(u < 0.92);
        two.push(u < 0.88 || u > 0.98);
      }
      const { low, high } = pairedDifference(one, two);
      return low <= 0.02 && 0.02 <= high;
    });
    expect(covered / 1500).toBeGreaterThan(0.93);
    expect(covered / 1500).toBeLessThan(0.985);
  });
});

describe("bootstrap", () => {
  test("is the same for the same seed, and holds the mean", () => {
    const values = Array.from({ length: 80 }, (_, i) => (i * 37) % 11);
    const once = bootstrapMean(values, rng(3));
    expect(bootstrapMean(values, rng(3))).toEqual(once);
    expect(once.low).toBeLessThan(once.value);
    expect(once.high).toBeGreaterThan(once.value);
    expect(bootstrapMean([], rng(3))).toEqual({ value: 0, low: 0, high: 0, n: 0 });
  });

  test("covers the mean of a skewed distribution", () => {
    const draw = rng(4, "exponential");
    const covered = repeat(200, (trial) => {
      const { low, high } = bootstrapMean(
        Array.from({ length: 120 }, () => -Math.log(1 - draw.next())),
        rng(4, trial),
      );
      return low <= 1 && 1 <= high;
    });
    expect(covered / 200).toBeGreaterThan(0.88);
  });
});

function repeat(times: number, hit: (trial: number) => boolean): number {
  let hits = 0;
  for (let trial = 0; trial < times; trial++) if (hit(trial)) hits++;
  return hits;
}

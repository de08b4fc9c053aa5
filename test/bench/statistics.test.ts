// Statistics: against published numbers, and coverage of the intervals by simulation.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import {
  metricInterval,
  pairedDifference,
  proportion,
  quantile,
  skewedMean,
} from "../../src/bench/statistics.ts";

interface Ends {
  readonly low: number;
  readonly high: number;
}
/** Numbers of scipy, with the script that made them beside. */
const reference: {
  readonly paired: readonly (Ends & Record<"gained" | "lost" | "n", number>)[];
  readonly skewed: readonly (Ends & { readonly values: readonly number[] })[];
  readonly wilson: readonly (Ends & Record<"successes" | "n", number>)[];
} = JSON.parse(readFileSync(new URL("../../fixtures/reference/intervals.json", import.meta.url), "utf8"));

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
    // Brown, Cai and DasGupta 2001: with few on one side that limit is Poisson's, chi-squared at 5 % over 2n
    [1, 29, 0.0017687, 0.1718],
    [198, 200, 0.964303, 1 - 0.3553615 / 200],
  ])("%i of %i", (successes, n, low, high) => {
    const interval = proportion(successes, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test.each(reference.wilson)("$successes of $n is scipy's", ({ successes, n, low, high }) => {
    const interval = proportion(successes, n);
    expect([interval.low, interval.high]).toEqual([expect.closeTo(low, 10), expect.closeTo(high, 10)]);
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

  test.each(reference.paired)(
    "$gained gained and $lost lost of $n is what scipy finds by likelihood",
    ({ gained, lost, n, low, high }) => {
      const interval = pairedDifference(...cells(n - gained - lost, gained, lost, 0));
      expect(interval).toMatchObject({ n, lost, gained, value: (gained - lost) / n });
      expect([interval.low, interval.high]).toEqual([expect.closeTo(low, 7), expect.closeTo(high, 7)]);
    },
  );

  test("holds 0 and has a width where no answer changed, and ends within -1 and 1", () => {
    const same = pairedDifference(...cells(90, 0, 0, 10));
    expect(same.low).toBeLessThan(0);
    expect(same.high).toBeGreaterThan(0);
    // z^2 / (n + z^2), as Wilson's interval of none of n
    expect(same.high).toBeCloseTo(3.841458820694 / 103.841458820694, 6);
    const all = pairedDifference(...cells(0, 40, 0, 0));
    expect([all.low > 0.8, all.high]).toEqual([true, 1]);
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

describe("skewedMean", () => {
  test.each(reference.skewed)("is what scipy finds by root finding", ({ values, low, high }) => {
    const found = skewedMean(values);
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });

  test("is Student's t where nothing is skewed, is not negative for what is never negative, and scales", () => {
    const even = Array.from({ length: 101 }, (_, i) => i - 50);
    const { value, low, high } = skewedMean(even);
    expect([value, low + high]).toEqual([expect.closeTo(0, 12), expect.closeTo(0, 9)]);
    // variance 858.5, t of 100 degrees 1.98397
    expect(high).toBeCloseTo(1.98397 * Math.sqrt(858.5 / 101), 3);
    const rare = Array.from({ length: 60 }, (_, i) => (i === 7 ? 1 : 0));
    expect(skewedMean(rare).low).toBeGreaterThanOrEqual(0);
    const [one, ten] = [skewedMean(rare), skewedMean(rare.map((x) => 10 * x))];
    expect(ten.high).toBeCloseTo(10 * one.high, 9);
    expect(skewedMean([])).toEqual({ value: 0, low: 0, high: 0, n: 0 });
  });
});

describe("metricInterval", () => {
  /** The root of a share of 0.8. */
  const answers = Array.from({ length: 300 }, (_, i): number => (i % 5 === 0 ? 0 : 1));
  const root = (item: (place: number) => number): number =>
    Math.sqrt(answers.reduce((sum, _, place) => sum + (answers[item(place)] ?? 0), 0) / answers.length);

  test("holds the metric and has a width", () => {
    const { low, high } = metricInterval(300, 10, root, rng(1, "metric"));
    const plain = Math.sqrt(0.8);
    expect([low < plain, high > plain]).toEqual([true, true]);
    // the delta method: half of 0.4 / sqrt(300) / (2 sqrt(0.8)) times 1.96 on each side
    expect(high - low).toBeCloseTo((2 * 1.96 * 0.4) / Math.sqrt(300) / (2 * plain), 2);
  });

  test("claims nothing where there are too few items of a class", () => {
    expect(metricInterval(300, 61, root, rng(1, "metric"))).toEqual({ low: 0, high: 1 });
    expect(metricInterval(300, 60, root, rng(1, "metric")).high).toBeLessThan(1);
  });
});

function repeat(times: number, hit: (trial: number) => boolean): number {
  let hits = 0;
  for (let trial = 0; trial < times; trial++) if (hit(trial)) hits++;
  return hits;
}

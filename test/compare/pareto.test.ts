// The Pareto rules: what is in the set, what is dominated, and what is a tie.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Point, paretoSet, standing } from "../../src/compare/index.ts";

const words = { quality: "accuracy", less: "is cheaper", same: "is as cheap" };

/** Few different values, so that equal ones are common. */
const points = fc
  .array(fc.record({ value: fc.integer({ min: 0, max: 8 }), half: fc.nat(3), cost: fc.nat(8) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((rows) =>
    rows.map(
      ({ value, half, cost }, i): Point => ({
        name: `m${i}`,
        quality: { value: value / 10, low: (value - half) / 10, high: (value + half) / 10 },
        cost,
      }),
    ),
  );

/** The rule, written down apart from the code: better in one, worse in none. */
function beats(a: Point, b: Point): boolean {
  const gains = [a.quality.value - b.quality.value, b.cost - a.cost];
  return Math.min(...gains) >= 0 && Math.max(...gains) > 0;
}

const overlap = ({ quality: a }: Point, { quality: b }: Point): boolean =>
  Math.max(a.low, b.low) <= Math.min(a.high, b.high);

describe("for any points", () => {
  test("nothing beats a point of the set, and one of the set beats every other", () => {
    fc.assert(
      fc.property(points, (all) => {
        const set = paretoSet(all);
        expect(set.length).toBeGreaterThan(0);
        for (const point of all) {
          if (set.includes(point)) expect(all.filter((other) => beats(other, point))).toEqual([]);
          else expect(set.some((other) => beats(other, point))).toBe(true);
        }
      }),
    );
  });

  test("along the set quality grows with cost", () => {
    fc.assert(
      fc.property(points, (all) => {
        const set = paretoSet(all);
        for (const [i, point] of set.slice(1).entries()) {
          const before = set[i];
          expect(before && point.cost >= before.cost).toBe(true);
          expect(before && point.quality.value >= before.quality.value).toBe(true);
        }
      }),
    );
  });

  test("the verdict is best in the set, a tie where all that beat it overlap, else dominated", () => {
    fc.assert(
      fc.property(points, (all) => {
        for (const point of all) {
          const above = all.filter((other) => beats(other, point));
          const { verdict, by } = standing(point, all, words);
          expect(by.toSorted()).toEqual(above.map(({ name }) => name).toSorted());
          if (above.length === 0) expect(verdict).toBe("best");
          else expect(verdict).toBe(above.every((other) => overlap(other, point)) ? "tie" : "dominated");
        }
      }),
    );
  });

  test("the order in which they are given changes nothing", () => {
    fc.assert(
      fc.property(points, (all) => {
        const names = (of: readonly Point[]): readonly string[] => of.map(({ name }) => name).toSorted();
        expect(names(paretoSet(all.toReversed()))).toEqual(names(paretoSet(all)));
      }),
    );
  });
});

const point = (name: string, value: number, cost: number, half = 0.01): Point => ({
  name,
  quality: { value, low: value - half, high: value + half },
  cost,
});

describe("in words", () => {
  const large = point("large", 0.95, 10);

  test("what is clearly worse and dearer is dominated", () => {
    expect(standing(point("poor", 0.9, 12), [large, point("poor", 0.9, 12)], words)).toEqual({
      verdict: "dominated",
      by: ["large"],
      words: "dominated by large, which is better in accuracy and is cheaper",
    });
  });

  test("what is dominated by ties alone is called a tie", () => {
    const near = point("near", 0.945, 12);
    expect(standing(near, [large, near], words)).toEqual({
      verdict: "tie",
      by: ["large"],
      words: "dominated, but a tie: its accuracy is within the interval of large, which is cheaper",
    });
    const same = point("same", 0.945, 10);
    expect(standing(same, [large, same], words).words).toContain("large, which is as cheap");
  });

  test("one that is clearly better is enough to be dominated, and is the one that is named", () => {
    const near = point("near", 0.945, 12);
    const best = point("best", 0.99, 11);
    expect(standing(near, [large, best, near], words)).toMatchObject({
      verdict: "dominated",
      by: ["large", "best"],
      words: expect.stringContaining("by best"),
    });
  });

  test("one of the set that cannot be told from a cheaper one says so", () => {
    const small = point("small", 0.94, 5);
    expect(standing(large, [large, small], words)).toEqual({
      verdict: "best",
      by: [],
      words: "its accuracy is within the interval of small, which is cheaper",
    });
    expect(standing(small, [large, small], words).words).toBe("");
  });

  test("intervals that touch overlap", () => {
    const [upper, lower] = [point("upper", 0.75, 1, 0.125), point("lower", 0.5, 2, 0.125)];
    expect(standing(lower, [upper, lower], words).verdict).toBe("tie");
  });

  test("two of the same accuracy and cost are both in the set", () => {
    expect(paretoSet([point("a", 0.9, 1), point("b", 0.9, 1)]).map(({ name }) => name)).toEqual(["a", "b"]);
  });
});

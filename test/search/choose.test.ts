// The choice: within the budget the best in the goal, else the one that misses it by least.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRequirement } from "../../src/gate/index.ts";
import { bestOf, type Goal, type Scored, scoreOf, worstOf } from "../../src/search/index.ts";
import { classMetrics } from "../../src/tasks/index.ts";
import { measuredAs } from "../cli/record.ts";
import { madeRun } from "../compare/runs.ts";

const scored = (given: Parameters<typeof madeRun>[0], ...budget: readonly string[]) => {
  const { record, path } = madeRun(given);
  return {
    name: record.name,
    ...scoreOf(
      record,
      budget.map((text) => parseRequirement(text, { metrics: Object.values(classMetrics) })),
      path,
    ),
  };
};

describe("scoreOf", () => {
  test("gives the final stage's figures and how far each bound is", () => {
    const { figures, meets, budget } = scored(
      { bytes: 3_000_000, accuracy: 0.9 },
      "bytes <= 2 MB",
      "accuracy >= 0.8",
    );
    expect(figures).toMatchObject({ metrics: { accuracy: { value: 0.9 } }, bytes: 3_000_000, p50Ms: 1 });
    expect(meets).toBe(false);
    expect(budget).toMatchObject([
      { text: "bytes <= 2 MB", meets: false, missedBy: 0.5, shown: { value: "3,000,000 B" } },
      { text: "accuracy >= 0.8", meets: true, missedBy: 0 },
    ]);
  });

  test("takes the estimate where the interval straddles the bound", () => {
    const [row] = scored({ accuracy: 0.92, half: 0.02 }, "accuracy >= 0.91").budget;
    expect(row).toMatchObject({ verdict: "inconclusive", meets: true });
    expect(scored({ accuracy: 0.92, half: 0.02 }, "accuracy > 0.92").meets).toBe(false);
    expect(scored({ accuracy: 0.92, half: 0.02 }, "accuracy >= 0.92").meets).toBe(true);
  });

  test("refuses a bound on what was not measured", () => {
    expect(() => scored({ data: null }, "accuracy >= 0.9")).toThrow(/accuracy was not measured/);
  });
});

describe("bestOf", () => {
  const budget = "bytes <= 2 MB";
  const small = scored({ name: "small", bytes: 1_000_000, accuracy: 0.9, p50Ms: 3 }, budget);
  const large = scored({ name: "large", bytes: 2_000_000, accuracy: 0.93, p50Ms: 2 }, budget);
  const huge = scored({ name: "huge", bytes: 9_000_000, accuracy: 0.95, p50Ms: 1 }, budget);
  const over = scored({ name: "over", bytes: 2_200_000, accuracy: 0.5, p50Ms: 9 }, budget);

  test.each([
    ["accuracy", "large"],
    [undefined, "large"],
    ["agreement", "large"],
    ["bytes", "small"],
    ["latency", "large"],
  ] satisfies readonly (readonly [Goal, string])[])("for %s it is %s", (goal, name) => {
    expect(bestOf([huge, small, over, large], goal)?.name).toBe(name);
  });

  test("where nothing meets the budget it is the closest miss, whatever the goal", () => {
    for (const goal of ["accuracy", "bytes", "latency"])
      expect(bestOf([huge, over], goal)?.name).toBe("over");
    expect(worstOf(over)).toMatchObject({ text: budget, missedBy: 0.1 });
  });

  test("of equals in the goal it is the one that costs less, and of equals in all the first", () => {
    const cheap = { ...large, name: "cheap", figures: { ...large.figures, bytes: 10 } };
    expect(bestOf([large, cheap], "accuracy")?.name).toBe("cheap");
    expect(bestOf([large, { ...large, name: "second" }], "accuracy")?.name).toBe("large");
    expect(bestOf([], "accuracy")).toBeUndefined();
  });

  test("does not depend on the order where all differ", () => {
    const figures = fc.record({
      metrics: fc
        .double({ min: 0, max: 1, noNaN: true })
        .map((value) => measuredAs({ accuracy: { value, low: value, high: value, n: 1 } })),
      bytes: fc.integer({ min: 1, max: 100 }),
      p50Ms: fc.double({ min: 0.01, max: 10, noNaN: true }),
    });
    const trial = figures.map((one): Scored => ({ figures: one, budget: [], meets: true }));
    const all = fc.uniqueArray(trial, {
      selector: ({ figures: one }) => one.metrics.accuracy?.value,
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(all, (trials) => {
        const best = bestOf(trials, "accuracy");
        expect(bestOf(trials.toReversed(), "accuracy")).toBe(best);
        expect(best?.figures.metrics.accuracy?.value).toBe(
          Math.max(...trials.map(({ figures: one }) => one.metrics.accuracy?.value ?? 0)),
        );
      }),
    );
  });
});

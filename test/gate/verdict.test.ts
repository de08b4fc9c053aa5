// Verdicts at the edges of intervals, the items that would decide, and how often noise alone fails.
import { describe, expect, it } from "vitest";
import { rng } from "../../src/base/index.ts";
import { pairedDifference, proportion } from "../../src/bench/index.ts";
import {
  independentDifference,
  itemsFactor,
  judge,
  type Operator,
  parseRequirement,
  type Verdict,
  verdictOf,
} from "../../src/gate/index.ts";
import type { RunRecord } from "../../src/record/index.ts";
import { classMetrics } from "../../src/tasks/index.ts";
import { measuredAs, pairedAs, record } from "../cli/record.ts";

declare module "vitest" {
  interface TaskMeta {
    /** What `npm run evidence` tells of the gate: comparisons of a model with itself, or with a worse one, and how many failed. */
    gate?: {
      readonly what: string;
      readonly comparisons: number;
      readonly failed: number;
      readonly limit: readonly ["at most" | "more than", number];
    };
  }
}

const margin = (value: number, half: number) => ({ value, low: value - half, high: value + half });

describe("a verdict", () => {
  const edges: readonly (readonly [Operator, number, number, Verdict])[] = [
    [">=", 1, 1, "pass"],
    [">", 1, 1, "inconclusive"],
    [">", 1.001, 1, "pass"],
    [">=", 0.999, 1, "inconclusive"],
    ["<=", -1, 1, "pass"],
    ["<", -1, 1, "inconclusive"],
    ["<=", 1, 1, "inconclusive"],
    [">=", -1, 1, "inconclusive"],
    // The 99 % interval is 1.3142 times the 95 % interval.
    [">=", -1.31, 1, "inconclusive"],
    [">=", -1.32, 1, "fail"],
    ["<", 1.31, 1, "inconclusive"],
    ["<", 1.32, 1, "fail"],
    // Exact figures have no width.
    [">=", 0, 0, "pass"],
    ["<=", 0, 0, "pass"],
    [">", 0, 0, "fail"],
    ["<", 0, 0, "fail"],
    [">=", -1e-9, 0, "fail"],
    ["<=", 1e-9, 0, "fail"],
  ];
  it.each(edges)(
    "of a margin that must be %s 0, at %d with half an interval of %d, is %s",
    (operator, value, half, verdict) => {
      expect(verdictOf(operator, margin(value, half))).toBe(verdict);
    },
  );

  it("looks at the side of an uneven interval that the bound is on", () => {
    expect(verdictOf(">=", { value: 1, low: 0, high: 9 })).toBe("pass");
    expect(verdictOf(">=", { value: -1, low: -9, high: -0.25 })).toBe("fail");
    expect(verdictOf(">=", { value: -1, low: -1.1, high: -0.2 })).toBe("inconclusive");
  });
});

describe("items that would decide", () => {
  it("are so many that the interval just leaves the bound", () => {
    // Half of an interval of 4 must become 1: sixteen times the items.
    expect(itemsFactor(">=", margin(1, 4))).toBeCloseTo(16, 12);
    expect(itemsFactor("<", margin(-1, 4))).toBeCloseTo(16, 12);
    expect(itemsFactor(">=", margin(0, 4))).toBeUndefined();
    const factor = itemsFactor(">=", margin(-1, 4)) ?? 0;
    expect(factor).toBeCloseTo((4 * 1.31422) ** 2, 2);
    expect(verdictOf(">=", margin(-1, 4 / Math.sqrt(factor * 1.001)))).toBe("fail");
    expect(verdictOf(">=", margin(-1, 4 / Math.sqrt(factor * 0.999)))).toBe("inconclusive");
  });
});

describe("a difference of independent estimates", () => {
  it("is Newcombe's: 56/70 less 48/80 is 0.2, 0.0524 to 0.3339", () => {
    // R. G. Newcombe, Statist. Med. 17 (1998) 873-890, table II, contrast (a), method 10.
    const { value, low, high, n } = independentDifference(proportion(56, 70), proportion(48, 80), 1);
    expect([value, low, high].map((one) => Number(one.toFixed(4)))).toEqual([0.2, 0.0524, 0.3339]);
    expect(n).toBe(70);
  });

  it("of exact figures is exact", () => {
    const exact = (value: number) => ({ value, low: value, high: value });
    expect(independentDifference(exact(5), exact(2), 2)).toEqual(exact(1));
  });
});

/** A record in which `stage` has these answers beside the teacher's. */
function scored(own: readonly boolean[], teacher: readonly boolean[]): RunRecord {
  const accuracy = (answers: readonly boolean[]) =>
    measuredAs({ accuracy: proportion(answers.filter(Boolean).length, answers.length) });
  return {
    ...record,
    stages: record.stages.map((stage, i) => ({
      ...stage,
      metrics: accuracy(i === 0 ? teacher : own),
      ...(i > 0 && { versusTeacher: pairedAs({ accuracy: pairedDifference(own, teacher) }) }),
    })),
  };
}

const verdictIn = (text: string, report: RunRecord, baseline?: RunRecord): Verdict =>
  judge(parseRequirement(text, { metrics: Object.values(classMetrics), baseline: baseline !== undefined }), {
    report: { path: "report.json", record: report },
    ...(baseline && { baseline: { path: "old.json", record: baseline } }),
  }).verdict;

describe("a model against itself", () => {
  const runs = Array.from({ length: 200 }, (_, run) => {
    const random = rng(7, "A/A", run);
    const answers = (right: number) => Array.from({ length: 900 }, () => random.next() < right);
    return { random, own: answers(0.92), other: answers(0.92) };
  });
  type Run = (typeof runs)[number];
  const pairedText = "accuracy >= teacher - 0pt";
  const baselineText = "accuracy >= baseline";

  it.for([
    {
      title: "paired",
      text: pairedText,
      verdict: ({ own, other }: Run) => verdictIn(pairedText, scored(own, other)),
    },
    {
      title: "against a baseline",
      text: baselineText,
      verdict: ({ own, other }: Run) => verdictIn(baselineText, scored(own, own), scored(other, other)),
    },
  ])("fails at most once in a hundred, $title", ({ title, text, verdict }, { task }) => {
    const verdicts = runs.map(verdict);
    const failed = verdicts.filter((one) => one === "fail").length;
    const [comparisons, most] = [runs.length, 2];
    task.meta.gate = {
      what: `a model against itself, ${title}`,
      comparisons,
      failed,
      limit: ["at most", most],
    };
    // A gate that could not fail would pass this test; the same noise must show where the bound is wrong.
    expect(new Set(verdicts), text).toContain("inconclusive");
    expect(failed).toBeLessThanOrEqual(most);
  });

  it("would fail more often if a 95 % interval were enough", () => {
    const below = runs.filter(({ own, other }) => pairedDifference(own, other).high < 0);
    expect(below.length).toBeGreaterThan(2);
  });

  it("with the same answers is not told apart, and never fails", () => {
    for (const { own } of runs.slice(0, 20)) {
      expect(verdictIn("accuracy >= teacher", scored(own, own))).toBe("inconclusive");
      expect(verdictIn("accuracy >= teacher - 1pt", scored(own, own))).toBe("pass");
    }
  });

  it("made worse by five points fails nearly always", ({ task }) => {
    const verdicts = runs.map(({ own, random }) =>
      verdictIn(
        "accuracy >= teacher - 0pt",
        scored(
          own.map((right) => right && random.next() > 0.05),
          own,
        ),
      ),
    );
    const failed = verdicts.filter((one) => one === "fail").length;
    const [comparisons, least] = [runs.length, 190];
    task.meta.gate = {
      what: "made worse by five points",
      comparisons,
      failed,
      limit: ["more than", least],
    };
    expect(failed).toBeGreaterThan(least);
  });
});

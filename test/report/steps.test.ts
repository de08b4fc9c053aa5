// What each step cost and bought: table, words of blame, and waterfalls, from a record.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Interval, parseRecord, type RunRecord, type Stage } from "../../src/record/index.ts";
import { blame, stepCharts, stepsTable } from "../../src/report/steps.ts";
import { pairedAs } from "../cli/record.ts";

const mini: RunRecord = parseRecord(
  JSON.parse(readFileSync(new URL("../../fixtures/records/mini.json", import.meta.url), "utf8")),
  "mini",
);
const [teacher, first] = mini.stages;
if (!teacher || !first) throw new Error("no stages");

const around = (value: number, half: number): Interval => ({ value, low: value - half, high: value + half });

/** A record with a step for each of these changes of accuracy (points), KL, bytes and ms. */
const withSteps = (
  ...changes: readonly (readonly [points: Interval, kl: Interval, bytes: number, ms: Interval])[]
): RunRecord => {
  let bytes = 1_000_000;
  const stages = changes.map(([points, kl, more, ms], i): Stage => {
    bytes += more;
    const share = { value: points.value / 100, low: points.low / 100, high: points.high / 100 };
    return {
      ...first,
      name: `step ${i + 1}`,
      versusBefore: pairedAs({
        accuracy: { ...share, n: 100, lost: 1, gained: 1 },
        kl: { ...kl, n: 100 },
      }),
      step: { ms },
      size: { ...first.size, bytes },
    };
  });
  return { ...mini, stages: [{ ...teacher, size: { ...teacher.size, bytes: 1_000_000 } }, ...stages] };
};

const flat = around(0, 1);

describe("blame", () => {
  test("names the step that cost most and the one that bought most, with interval and unit", () => {
    const record = withSteps(
      [around(-1, 0.5), around(0.1, 0.05), -200_000, around(-2, 0.5)],
      [around(-3, 0.5), around(0.3, 0.05), 50_000, around(0.5, 0.25)],
      [around(2, 0.5), around(-0.2, 0.05), -300_000, around(0.25, 0.125)],
    );
    expect(Object.fromEntries(blame(record))).toEqual({
      Accuracy:
        "Cost most: step 2, −3.00 points (−3.50 to −2.50). Bought most: step 3, +2.00 points (+1.50 to +2.50).",
      KL:
        "Cost most: step 2, +0.3000 nats (+0.2500 to +0.3500). " +
        "Bought most: step 3, −0.2000 nats (−0.2500 to −0.1500).",
      Bytes: "Cost most: step 2, +50.0 kB. Bought most: step 3, −300 kB.",
      Time: "Cost most: step 2, +0.500 ms (+0.250 to +0.750). Bought most: step 1, −2.000 ms (−2.500 to −1.500).",
    });
  });

  test("names no step whose interval holds zero, however large its estimate", () => {
    const record = withSteps([around(-5, 6), flat, 0, flat], [around(-1, 0.5), flat, 0, flat]);
    const words = Object.fromEntries(blame(record));
    expect(words["Accuracy"]).toContain("Cost most: step 2, −1.00 points");
    const none = "no step that can be told apart from zero";
    expect(words["Time"]).toBe(`Cost most: ${none}. Bought most: ${none}.`);
    expect(words["Bytes"]).toBe("Cost most: no step. Bought most: no step.");
  });
});

describe("the table", () => {
  test("has a row for each step, with an interval for all but bytes", () => {
    const table = stepsTable(mini);
    expect(table?.head).toEqual([
      "Step",
      "Accuracy, points",
      ...["95 % interval", "KL, nats", "95 % interval", "File", "p50, batch 1, ms", "95 % interval"],
    ]);
    expect(table?.rows.map(([name]) => name)).toEqual(mini.stages.slice(1).map(({ name }) => name));
    expect(table?.rows[0]).toEqual([
      ...["distill", "−2.67", "−3.85 to −1.56", "+0.1743", "+0.1634 to +0.1858"],
      ...["−61.8 MB", "−1.662", "−1.664 to −1.660"],
    ]);
  });

  test("leaves out what an older record does not have, and is absent without a step", () => {
    const older = {
      ...mini,
      stages: mini.stages.map(({ step: _, versusBefore, ...stage }) => ({
        ...stage,
        ...(versusBefore?.accuracy && { versusBefore: { accuracy: versusBefore.accuracy } }),
      })),
    };
    expect(stepsTable(older)?.head).toEqual(["Step", "Accuracy, points", "95 % interval", "File"]);
    expect(stepCharts(older).map(({ id }) => id)).toEqual(["waterfall-accuracy", "waterfall-bytes"]);
    expect(stepsTable({ ...mini, stages: [teacher] })).toBeUndefined();
    expect(stepCharts({ ...mini, stages: [teacher] })).toEqual([]);
  });
});

describe("the waterfalls", () => {
  test("start at the teacher, each step where the one before ended, and end at the sum", () => {
    const charts = stepCharts(mini);
    expect(charts).toHaveLength(4);
    for (const { rows, domain, description } of charts) {
      let at = 0;
      for (const { bar } of rows.slice(0, -1)) {
        expect(bar?.[0]).toBe(at);
        at = bar?.[1] ?? Number.NaN;
      }
      expect(rows.at(-1)).toMatchObject({ label: "in all", bar: [0, at] });
      expect(domain[0] <= Math.min(0, at) && domain[1] >= Math.max(0, at)).toBe(true);
      for (const { label, value } of rows) expect(description).toContain(`${label} ${value}`);
    }
    const [accuracy, kl, bytes, ms] = charts.map(({ rows }) => rows.at(-1)?.bar?.[1] ?? Number.NaN);
    const final = mini.stages.at(-1);
    expect(accuracy).toBeCloseTo(100 * (mini.result.difference?.value ?? 0), 3);
    expect(kl).toBeCloseTo(final?.metrics.kl?.value ?? 0, 6);
    expect(bytes).toBe((final?.size.bytes ?? 0) - teacher.size.bytes);
    expect(ms).toBeCloseTo((final?.latency[0]?.p50Ms ?? 0) - (teacher.latency[0]?.p50Ms ?? 0), 4);
  });

  test("fewer bytes, nats and milliseconds are better, fewer points are worse", () => {
    const record = withSteps([around(-1, 0.5), around(-1, 0.5), -1, around(-1, 0.5)]);
    expect(stepCharts(record).map(({ rows }) => rows[0]?.tone)).toEqual([
      ...["worse", "better", "better", "better"],
    ]);
  });
});

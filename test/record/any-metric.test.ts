// A metric that no reader knows: described in one place, it is in every report, in the gate, the comparison and the card.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sweepText } from "../../src/cli/commands/sweep.ts";
import { compareFormats, compareRuns } from "../../src/compare/index.ts";
import { judge as judgeRequirement, parseRequirement } from "../../src/gate/index.ts";
import {
  differencesFrom,
  judge,
  type MetricInfo,
  metricsFrom,
  metricsOf,
  parseRecord,
  type RunRecord,
  resultOf,
  type Stage,
} from "../../src/record/index.ts";
import { render } from "../../src/report/index.ts";
import { bestOf, scoreOf } from "../../src/search/index.ts";
import { record } from "../cli/record.ts";
import { root } from "../docs/documents.ts";

/** A task's metric, and one that is better lower, in units that no metric of classes has. */
const spanF1: MetricInfo = {
  ...{ name: "spanF1", unit: "share", better: "higher", role: "quality", primary: true },
  about: "Harmonic mean of precision and recall of whole spans.",
};
const offset: MetricInfo = {
  ...{ name: "meanOffset", unit: "plain", better: "lower", role: "quality" },
  about: "Characters between a span and its label.",
};
const drift: MetricInfo = {
  ...{ name: "vectorDrift", unit: "correlation", better: "higher", role: "fidelity" },
  about: "Correlation with the teacher's vectors.",
};

const around = (value: number, half: number) => ({ value, low: value - half, high: value + half, n: 400 });

const stageOf = (stage: Stage, f1: number, off: number, near: number | undefined): Stage => ({
  ...stage,
  metrics: metricsFrom([
    { info: spanF1, estimate: around(f1, 0.02) },
    { info: offset, estimate: around(off, 0.1) },
    ...(near === undefined ? [] : [{ info: drift, estimate: around(near, 0.01) }]),
  ]),
});

const [first, , last] = record.stages;
if (!first || !last) throw new Error("no stages");
const teacher = stageOf(first, 0.6, 1.5, undefined);
const pairs = differencesFrom([
  { info: spanF1, paired: around(-0.05, 0.02) },
  { info: offset, paired: around(0.75, 0.05) },
]);
const bare = {
  ...stageOf(last, 0.55, 2.25, 0.87654),
  versusTeacher: pairs,
  versusBefore: pairs,
  warnings: [],
};
const final: Stage = { ...bare, warnings: judge(bare, teacher) };
const made: RunRecord = {
  ...record,
  task: "token-classification",
  data: { test: { path: "test.conll", items: 400, hash: "d" } },
  about: { spanF1: spanF1.about, meanOffset: offset.about, vectorDrift: drift.about },
  stages: [teacher, final],
  result: resultOf([teacher, final]),
};
const metrics = metricsOf(made.stages);

test("the record is one that can be read, as it is", () => {
  expect(parseRecord(JSON.parse(render(made, "json")), "made")).toEqual(made);
  expect(made.result.difference).toMatchObject({ metric: "spanF1", value: -0.05, unit: "share" });
});

test("a loss is told in either direction, in its unit", () => {
  expect(final.warnings.slice(0, 2)).toEqual([
    "Span F1 fell by 5.00 points against teacher (95 % interval 3.00 to 7.00).",
    "Mean offset rose by 0.750 against teacher (95 % interval 0.700 to 0.800).",
  ]);
});

test.each(["markdown", "html"] as const)("%s has it in figures, differences, steps and ways", (format) => {
  const page = render(made, format).replaceAll("&nbsp;", " ").replaceAll("\u00a0", " ");
  expect(page).toContain("5.00 points lower in span F1 (−7.00 to −3.00 points at 95 %, 400 items)");
  for (const words of [
    "Span F1",
    "55.00 %",
    "Mean offset",
    "2.25",
    "Vector drift",
    "0.8765",
    "−5.00",
    "+0.750",
  ])
    expect(page).toContain(words);
  for (const { about } of [spanF1, offset, drift])
    expect(page).toContain(about.replaceAll("'", format === "html" ? "&#39;" : "'"));
  expect(page).not.toMatch(/accuracy|Agreement|\bKL\b|\bECE\b/);
});

test("the card has it for the Hub, and the gate's line for the next run", () => {
  const card = render(made, "card");
  expect(card).toContain("type: spanF1");
  expect(card).toContain("name: Span F1");
  expect(card).toContain("type: meanOffset");
  expect(card).not.toContain("accuracy");
  expect(render(made, "markdown")).toContain('--require "spanF1 >= teacher - 10pt"');
});

describe("the gate", () => {
  const verdict = (text: string): string =>
    judgeRequirement(parseRequirement(text, { metrics }), { report: { path: "r", record: made } }).verdict;

  test.each([
    ["spanF1 >= 50%", "pass"],
    ["spanF1 >= teacher - 8pt", "pass"],
    ["spanF1 >= teacher - 1pt", "fail"],
    ["meanOffset <= 2.4", "pass"],
    ["meanOffset <= teacher + 0.5", "fail"],
    ["vectorDrift >= 0.8", "pass"],
  ])("%s: %s", (text, found) => expect(verdict(text)).toBe(found));

  test("names what the record has where it has no such metric", () => {
    const read = (text: string) => () => parseRequirement(text, { metrics });
    expect(read("spanf1 >= 50%")).toThrow(expect.objectContaining({ hint: 'did you mean "spanF1"?' }));
    expect(read("accuracy >= 50%")).toThrow('expected a quantity, not "accuracy"');
    expect(read("vectorDrift >= teacher")).toThrow("vectorDrift has no value for the teacher");
  });
});

test("a comparison has its columns, and its Pareto sets are of the task's metric", () => {
  const runs = [{ path: "out/report.json", folder: "out", record: made }];
  const compared = compareRuns(runs);
  expect(compared.metric).toEqual({ name: "spanF1", unit: "share", better: "higher" });
  expect(compared.rows[0]?.metrics).toEqual(final.metrics);
  expect(compared.pareto.bytes).toHaveLength(2);
  for (const format of Object.values(compareFormats)) {
    const page = format(compared).replaceAll("\u00a0", " ");
    for (const words of ["spanF1", "meanOffset", "vectorDrift"])
      expect(page.replaceAll(" ", "").toLowerCase()).toContain(words.toLowerCase());
  }
});

test("a sweep is for it, in its direction", () => {
  const trial = (name: string, f1: number, off: number) => {
    const stages = [teacher, stageOf({ ...final, name: "end" }, f1, off, 0.9)];
    return { name, ...scoreOf({ ...made, stages, result: { ...made.result, stage: "end" } }, [], "r") };
  };
  const trials = [trial("a", 0.5, 1), trial("b", 0.6, 2), trial("c", 0.4, 3)];
  expect(bestOf(trials, undefined)?.name).toBe("b");
  expect(bestOf(trials, "meanOffset")?.name).toBe("a");
  const text = sweepText({
    ...{ schema: "minnow.sweep/2", minnow: "0", recipe: "r", output: "o", goal: "meanOffset", budget: [] },
    trials: trials.map((one) => ({ ...one, settings: {}, folder: one.name, state: "done" })),
    best: { name: "a", meets: true, missed: null },
  });
  expect(text).toMatch(/trial +span F1 +mean offset +bytes/);
});

/** Code without comments; help may give examples of requirements and of metrics. */
const names = /\b(accuracy|agreement|kl|ece)\b/i;

test("no reader spells the name of a metric", () => {
  const spelled = ["report", "gate", "compare", "search", "cli"].flatMap((folder) =>
    readdirSync(join(root, "src", folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) =>
        readFileSync(join(root, "src", folder, path), "utf8")
          .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
          .split("\n")
          .filter((line) => names.test(line))
          .map((line) => `${folder}/${path}: ${line.trim()}`),
      ),
  );
  expect(spelled).toEqual([
    `cli/commands/gate.ts: 'gate out/mini --require "accuracy >= teacher - 1pt" --require "bytes <= 2 MB"',`,
  ]);
});

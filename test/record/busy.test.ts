// A busy machine wherever a record is read: no time, no speed-up and no verdict of it, and the numbers of why.
import { expect, test } from "vitest";
import { compareRuns } from "../../src/compare/index.ts";
import { judge as judgeRequirement, parseRequirement, runGate } from "../../src/gate/index.ts";
import {
  type Busy,
  busyWarnings,
  judge,
  parseRecord,
  type RunRecord,
  resultOf,
  type Stage,
} from "../../src/record/index.ts";
import { render } from "../../src/report/index.ts";
import { scoreOf } from "../../src/search/choose.ts";
import { record } from "../cli/record.ts";

const busy: Busy = {
  seconds: 6.2,
  quiet: 0,
  processors: 2,
  others: 1.02,
  stolen: 0,
  oneThread: { median: 4.1, fastest: 4, slowest: 4.3 },
  allThreads: { median: 4.1, fastest: 4, slowest: 19 },
};
const words =
  "the machine was busy: other processes used 1.02 of 2 processors, a probe of 4.1 ms took 4 ms to 19 ms";

const disturbed = (stage: Stage): Stage => ({
  ...stage,
  latency: stage.latency.map(({ speedup: _, intervals: __, ...row }) => ({ ...row, busy })),
});
const stages = record.stages.map(disturbed);
const loud: RunRecord = {
  ...record,
  stages,
  result: resultOf(stages),
  warnings: [...busyWarnings(stages)],
};

test("the record says so once for each batch size, with its numbers, and is a record", () => {
  expect(parseRecord(loud, "report.json")).toEqual(loud);
  expect(loud.warnings).toEqual([
    `times at batch 1 are withheld, and speed-ups with them: ${words}; run it again when the machine is quiet`,
  ]);
  expect(busyWarnings(record.stages)).toEqual([]);
});

test("the result has no speed-up, and no stage is called slower", () => {
  expect(loud.result).not.toHaveProperty("faster");
  const [teacher, distilled] = stages;
  if (!teacher || !distilled) throw new Error("the record has stages");
  expect(judge({ ...distilled, latency: teacher.latency }, { ...distilled, name: "before" })).toEqual([]);
});

test.each(["markdown", "html", "card"] as const)(
  "the report as %s shows no time of a busy machine",
  (format) => {
    const [quiet, found] = [render(record, format), render(loud, format)];
    expect(quiet).toMatch(/\b1\.00\sms/);
    expect(quiet).toMatch(/8\.00×/);
    expect(found).not.toMatch(/\b1\.00\sms/);
    expect(found).not.toMatch(/8\.00×/);
    expect(found).toContain("busy");
    expect(found).toContain("other processes used 1.02 of 2 processors");
  },
);

test.each([
  "latency.p50 <= 5 ms",
  "latency.p50 <= 0.5x teacher",
  "latency.p95 <= 5 ms",
  "throughput >= 1",
  "speedup >= 2x",
])("the gate cannot tell %s, and says why", (text) => {
  const found = judgeRequirement(parseRequirement(text), { report: { path: "report.json", record: loud } });
  expect(found).toMatchObject({ verdict: "inconclusive", value: null, shown: { value: "withheld" } });
  expect(found.words).toContain(words);
});

test("the gate cannot tell a quiet report from a busy baseline, and fails where that is asked for", () => {
  const requirement = parseRequirement("latency.p50 <= 1.1x baseline", { baseline: true });
  const evidence = {
    report: { path: "report.json", record },
    baseline: { path: "old.json", record: loud },
  };
  expect(judgeRequirement(requirement, evidence)).toMatchObject({
    verdict: "inconclusive",
    bound: null,
    words: `it cannot be told to be at most 1.1x baseline: of the baseline: ${words}`,
  });
  expect(runGate([requirement], evidence).passed).toBe(true);
  expect(runGate([requirement], evidence, "fail").passed).toBe(false);
});

test("what is no time is judged as ever", () => {
  const found = judgeRequirement(parseRequirement("bytes <= 6 MB"), {
    report: { path: "report.json", record: loud },
  });
  expect(found.verdict).toBe("pass");
});

test("a comparison leaves it out of the Pareto set of latency, with the reason", () => {
  const data = { test: { path: "test.tsv", items: 500, hash: "t" } };
  const runs = [
    { path: "a", folder: "a", record: { ...record, data, name: "a" } },
    { path: "b", folder: "b", record: { ...loud, data, name: "b" } },
  ];
  const { rows, pareto } = compareRuns(runs);
  const own = rows.find(({ name }) => name === "b");
  expect(own?.latency).toBeNull();
  expect(own?.pareto.latency).toMatchObject({
    verdict: "left out",
    words: `left out: its latency is withheld: ${words}`,
  });
  expect(pareto.latency).not.toContain("b");
});

test("a trial of a sweep has no time, and meets no bound of one", () => {
  const scored = scoreOf(loud, [parseRequirement("latency.p50 <= 5 ms")], "report.json");
  expect(scored.figures.p50Ms).toBeNull();
  expect(scored).toMatchObject({ meets: false, budget: [{ verdict: "inconclusive", missedBy: 0 }] });
});

// Requirements against a record: which figures are compared, with which interval, and what is said about it.
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import {
  gateFailure,
  type Judgement,
  judge,
  parseRequirement,
  quantitiesWith,
  runGate,
} from "../../src/gate/index.ts";
import type { RunRecord, Stage } from "../../src/record/index.ts";
import { classMetrics } from "../../src/tasks/index.ts";
import { measuredAs, pairedAs, record } from "../cli/record.ts";

/** The record with its final stage, or another one, changed. */
const changed = (more: Partial<Stage>, at = 2, base: RunRecord = record): RunRecord => ({
  ...base,
  stages: base.stages.map((stage, i) => (i === at ? { ...stage, ...more } : stage)),
});

const metrics = Object.values(classMetrics);
const paired = { value: -0.042, low: -0.05, high: -0.034, n: 500, lost: 30, gained: 9 };
const full: RunRecord = {
  ...changed({
    versusTeacher: pairedAs({ accuracy: paired }),
    metrics: measuredAs({
      accuracy: { value: 0.918, low: 0.908, high: 0.928, n: 500 },
      agreement: { value: 0.95, low: 0.93, high: 0.965, n: 500 },
      kl: { value: 0.05, low: 0.04, high: 0.06, n: 500 },
      ece: { value: 0.03, low: 0.02, high: 0.05, n: 500 },
    }),
    memory: { peakRssBytes: 80e6 },
  }),
  data: { test: { path: "test.tsv", items: 500, hash: "t" } },
};

const judged = (text: string, report: RunRecord = full, baseline: RunRecord = full): Judgement =>
  judge(parseRequirement(text, { baseline: true, metrics }), {
    report: { path: "report.json", record: report },
    baseline: { path: "old.json", record: baseline },
  });

const verdicts: readonly (readonly [text: string, verdict: string, value: number, bound: number])[] = [
  ["bytes <= 5.2 MB", "pass", 5_200_000, 5_200_000],
  ["bytes < 5.2 MB", "fail", 5_200_000, 5_200_000],
  ["bytes <= 4.95 MiB", "fail", 5_200_000, 4.95 * 1024 ** 2],
  ["bytes of distill <= 20 MB", "pass", 20_000_000, 20_000_000],
  ["bytes <= 0.057x teacher", "fail", 5_200_000, 0.057 * 91_200_000],
  ["bytes <= 0.057x teacher + 2 kB", "pass", 5_200_000, 0.057 * 91_200_000 + 2000],
  ["bytes <= baseline", "pass", 5_200_000, 5_200_000],
  ["bytes < baseline - 1 B", "fail", 5_200_000, 5_199_999],
  ["gzipBytes <= 4.68 MB", "pass", 4_680_000, 4_680_000],
  ["parameters < 1300001", "pass", 1_300_000, 1_300_001],
  ["nonzero >= 1300001", "fail", 1_300_000, 1_300_001],
  ["smaller >= 17.5x", "pass", 91.2 / 5.2, 17.5],
  ["smallerGzip >= 18", "fail", 91.2 / 5.2, 18],
  ["memory <= 80 MB", "pass", 80e6, 80e6],
  ["seconds <= 1 s", "pass", 1, 1],
  ["run.seconds <= 412 s", "fail", 413, 412],
  ["accuracy >= 90%", "pass", 0.918, 0.9],
  ["accuracy >= 91%", "inconclusive", 0.918, 0.91],
  ["accuracy >= 94%", "fail", 0.918, 0.94],
  // Two separate intervals would say nothing here; the paired one does.
  ["accuracy >= teacher - 5pt", "pass", 0.918, 0.91],
  ["accuracy >= teacher - 4pt", "inconclusive", 0.918, 0.92],
  ["accuracy >= teacher - 3pt", "fail", 0.918, 0.93],
  ["accuracy >= 0.9x teacher", "pass", 0.918, 0.864],
  ["accuracy >= baseline - 2pt", "pass", 0.918, 0.898],
  ["accuracy >= baseline - 1pt", "inconclusive", 0.918, 0.908],
  ["agreement >= 93%", "pass", 0.95, 0.93],
  ["ece <= 5%", "pass", 0.03, 0.05],
  ["kl <= 0.06 nats", "pass", 0.05, 0.06],
  ["kl <= 0.055", "inconclusive", 0.05, 0.055],
  ["kl < 0.03", "fail", 0.05, 0.03],
  ["speedup >= 7.5", "pass", 8, 7.5],
  ["speedup >= 8x", "inconclusive", 8, 8],
  ["speedup > 9x", "fail", 8, 9],
  // 1 / 7.5 = 0.1333 and 1 / 8.5 = 0.1176 of 8 ms.
  ["latency.p50 <= 0.134x teacher", "pass", 1, 1.072],
  ["latency.p50 <= 0.13x teacher", "inconclusive", 1, 1.04],
  ["latency.p50 <= 0.115x teacher", "fail", 1, 0.92],
  // 0.95 to 1.05 ms at 95 %, 0.934 to 1.066 at 99 %
  ["latency.p50 <= 0.93 ms", "fail", 1, 0.93],
  ["latency.p50 <= 0.94 ms", "inconclusive", 1, 0.94],
  ["latency.p50 <= 1000 us", "inconclusive", 1, 1],
  ["latency.p50 <= 1050 us", "pass", 1, 1.05],
  ["latency.p90 <= 0.0011 s", "inconclusive", 1.1, 1.1],
  ["latency.p90 <= 0.0012 s", "pass", 1.1, 1.2],
  ["latency.p95 <= 0.125x teacher", "inconclusive", 1.2, 1.2],
  ["latency.p95 <= 0.15x teacher", "pass", 1.2, 1.44],
  ["throughput >= 1000", "inconclusive", 1000, 1000],
  ["throughput >= 900", "pass", 1000, 900],
  ["throughput >= 7x teacher", "pass", 1000, 875],
];

describe("a judgement", () => {
  it.each(verdicts)("%s: %s", (text, verdict, value, bound) => {
    const found = judged(text);
    expect(found.verdict).toBe(verdict);
    expect(found.value).toBeCloseTo(value, 9);
    expect(found.bound).toBeCloseTo(bound, 6);
  });

  it("there is one of every quantity but the 99th percentile, which few runs have", () => {
    const told = new Set(verdicts.map(([text]) => /^[\w.]+/.exec(text)?.[0]));
    expect([...quantitiesWith(metrics).keys()].filter((name) => !told.has(name))).toEqual(["latency.p99"]);
  });

  it("does not stumble over binary fractions", () => {
    for (const times of ["0.07x", "0.29x", "1.1x"]) {
      const size = { bytes: Math.round(Number.parseFloat(times) * 100), parameters: 1, nonzero: 1 };
      const report = changed({ size }, 2, changed({ size: { ...size, bytes: 100 } }, 0));
      expect(judged(`bytes <= ${times} teacher`, report).verdict).toBe("pass");
      expect(judged(`bytes >= ${times} teacher`, report).verdict).toBe("pass");
      expect(judged(`bytes < ${times} teacher`, report).verdict).toBe("fail");
    }
  });

  it("says values, interval, bound and what the interval is of", () => {
    expect(judged("accuracy >= teacher - 5pt")).toMatchObject({
      stage: "quantize.dynamic",
      items: 500,
      moreItems: null,
      shown: { value: "91.80 %", interval: "91.00 % to 92.60 %", bound: "at least 91.00 %" },
      words:
        "91.80 % is at least 91.00 % (teacher - 5pt); value less bound +0.80 pt, 95 % interval +0.00 pt to +1.60 pt; paired with the teacher on 500 items",
    });
    expect(judged("bytes < 5 MB")).toMatchObject({
      interval: null,
      items: null,
      words: "5,200,000 B is not less than 5,000,000 B",
    });
    expect(judged("run.seconds <= 500")).toMatchObject({ stage: null });
    expect(judged("latency.p95 <= 0.3x teacher").words).toContain(
      "95 % interval -1.81 ms to -1.55 ms; at batch 1; taken as independent of the teacher's",
    );
  });

  it("says how many more items would decide", () => {
    // Margin -0.2 pt; its upper half, 0.8 pt, widened by 1.3142, must become 0.2 pt: 27.63 times the items.
    const open = judged("accuracy >= teacher - 4pt");
    expect(open.moreItems).toBe(13_318);
    expect(open.words).toMatch(/about 13,318 more test items \(28 times as many in all\) would decide it/);
    const on = judged("accuracy >= 91.8%");
    expect(on.moreItems).toBeNull();
    expect(on.words).toContain("the estimate lies on the bound: no number of items would decide it");
    expect(judged("speedup <= 8.1").words).toContain("more runs would narrow the interval");
  });

  it("says what a baseline cannot tell", () => {
    const other: RunRecord = {
      ...full,
      data: { test: { path: "test.tsv", items: 500, hash: "u" } },
      machine: { ...full.machine, cpu: "other" },
    };
    expect(judged("accuracy >= baseline").words).toContain(
      "the test items are the same, but the reports hold no",
    );
    expect(judged("accuracy >= baseline", full, other).words).toContain("the test data differ");
    expect(judged("latency.p50 <= 2x baseline", full, other).words).toContain("another machine");
    expect(judged("latency.p50 <= 2x baseline").words).not.toContain("another machine");
    expect(judged("bytes <= 2x baseline", full, other).words).not.toContain("another machine");
  });

  it("without a paired difference takes accuracies as independent, and says so", () => {
    const { words, verdict } = judged("accuracy >= teacher - 5pt", record);
    expect(verdict).toBe("inconclusive");
    expect(words).toContain("taken as independent of the teacher's");
  });

  it("of a stage that is not there is refused at its column", () => {
    expect(caught(() => judged("bytes of distil <= 1 MB"))).toMatchObject({
      kind: "usage",
      path: "--require:10",
      message: 'report.json has no stage "distil"',
      hint: 'did you mean "distill"?',
    });
    const renamed = changed({ name: "other" }, 1);
    expect(caught(() => judged("bytes of distill <= baseline", full, renamed))).toMatchObject({
      message: 'old.json has no stage "distill"',
    });
  });

  it("of a time without an interval, as earlier versions wrote it, is inconclusive", () => {
    const bare = full.stages.at(-1)?.latency.map(({ intervals: _, ...row }) => row) ?? [];
    const found = judged("latency.p95 <= 100 ms", changed({ latency: bare }, 2, full));
    expect(found).toMatchObject({ verdict: "inconclusive", value: null, bound: 100 });
    expect(found.words).toContain("of an earlier version and has no interval");
    expect(judged("speedup >= 7x", changed({ latency: bare }, 2, full)).verdict).toBe("pass");
  });

  it("of a figure that was not measured is refused, not passed", () => {
    expect(caught(() => judged("kl <= 1", record))).toMatchObject({
      kind: "input",
      path: "report.json",
      message: "kl was not measured for quantize.dynamic, so nothing can be required of it",
    });
    expect(caught(() => judged("latency.p50 <= 1 s", changed({ latency: [] })))).toMatchObject({
      kind: "input",
    });
    expect(caught(() => judged("latency.p99 <= 1 s"))).toMatchObject({ kind: "input" });
  });
});

describe("a gate", () => {
  const run = (texts: readonly string[], policy?: "fail" | "pass") =>
    runGate(
      texts.map((text) => parseRequirement(text, { metrics })),
      { report: { path: "report.json", record: full } },
      policy,
    );

  it("lets pass what nothing speaks against", () => {
    const result = run(["bytes <= 6 MB", "accuracy >= 91%"]);
    expect([result.passed, gateFailure(result)]).toEqual([true, undefined]);
    expect(run(["bytes <= 6 MB", "accuracy >= 91%"], "fail")).toMatchObject({
      passed: false,
      requirements: [{ failed: false }, { failed: true, verdict: "inconclusive" }],
    });
  });

  it("names each requirement that failed, with its values", () => {
    const error = gateFailure(run(["bytes <= 5 MB", "accuracy >= 90%", "speedup > 9x"]));
    expect(error).toMatchObject({ kind: "gate", exitCode: 1, path: "report.json" });
    expect(error?.facts.problems).toEqual([
      "report.json: bytes <= 5 MB: fail: 5,200,000 B is not at most 5,000,000 B",
      "report.json: speedup > 9x: fail: 8x is not more than 9x; value less bound -1x, 95 % interval -1.5x to -0.5x; at batch 1",
    ]);
  });
});

function caught(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

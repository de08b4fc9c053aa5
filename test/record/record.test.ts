// The run record: schema, fixtures, errors, verdicts and the result.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  jsonSchema,
  judge,
  parseRecord,
  type RunRecord,
  resultOf,
  type Stage,
  stageNames,
} from "../../src/record/index.ts";
import { measuredAs, pairedAs } from "../cli/record.ts";

const folder = new URL("../../fixtures/records/", import.meta.url);
const raw = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const load = (name: string): RunRecord => parseRecord(raw(name), name);
const fixtures = readdirSync(folder).filter((name) => name.endsWith(".json"));
const stageOf = (record: RunRecord, name: string): Stage => {
  const stage = record.stages.find((each) => each.name === name);
  if (!stage) throw new Error(`no stage ${name}`);
  return stage;
};

test("a stage is named by its method, and from the second on by its number", () => {
  expect(stageNames([])).toEqual([]);
  expect(stageNames(["prune.heads", "distill", "prune.heads", "prune.heads"])).toEqual([
    ...["prune.heads", "distill", "prune.heads 2", "prune.heads 3"],
  ]);
});

test("the published schema is the one in the code (vitest -u writes it)", async () => {
  const text = `${JSON.stringify(jsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot("../../docs/report.schema.json");
});

describe.each(fixtures)("%s", (name) => {
  test("fits the schema and is marked as synthetic", () => {
    expect(load(name)).toEqual(raw(name));
    expect(load(name).name).toContain("synthetic");
  });

  test("has the warnings and the result that follow from its figures", () => {
    const { stages, result } = load(name);
    stages.forEach((stage, i) => {
      const before = stages[i - 1];
      if (before) expect(stage.warnings).toEqual(judge(stage, before));
    });
    const { smaller, smallerGzip, ...rest } = resultOf(stages);
    expect(result).toMatchObject(rest);
    expect(result.smaller).toBeCloseTo(smaller, 3);
    expect(result.smallerGzip).toBeCloseTo(smallerGzip ?? Number.NaN, 3);
  });
});

describe("a record of version 1", () => {
  test.each(fixtures)("%s is read as the same record of this version", (name) => {
    const { about: _, ...same } = load(name);
    expect(load(`version-1/${name}`)).toEqual(same);
  });

  test("has its four metrics by name, with unit, direction and role", () => {
    const { stages, result, differences, robustness } = load("version-1/mini.json");
    const [, distill, , heads] = stages;
    expect(distill?.metrics).toMatchObject({
      accuracy: { value: 0.930667, unit: "share", better: "higher", role: "quality", primary: true },
      agreement: { value: 0.944, unit: "share", better: "higher", role: "fidelity" },
      kl: { value: 0.174266, unit: "nats", better: "lower", role: "fidelity" },
      ece: { value: 0.0413, unit: "share", better: "lower", role: "calibration" },
    });
    expect(distill?.versusTeacher?.accuracy).toMatchObject({ value: -0.0266667, lost: 57, unit: "share" });
    expect(distill?.versusBefore?.kl).toMatchObject({ value: 0.174266, unit: "nats", better: "lower" });
    expect(distill?.step).toEqual({ ms: { value: -1.66202, low: -1.66411, high: -1.66039 } });
    expect(heads?.sensitivity).toMatchObject({ distance: { name: "kl" }, metric: { name: "accuracy" } });
    expect(result.difference).toMatchObject({ metric: "accuracy", value: -0.0466667, n: 1500 });
    expect(differences?.worstClass?.name).toBe("synthetic_refund");
    expect(differences?.examples[0]?.result).toHaveProperty("answer");
    expect(robustness?.metric.name ?? "accuracy").toBe("accuracy");
  });

  test("is refused by the key that does not fit it, as it was written", () => {
    const first = structuredClone(raw("version-1/mini.json")) as { stages: { metrics: object }[] };
    Object.assign(first.stages[1]?.metrics ?? {}, { kl: { value: 1, low: 2, high: 1, n: 3 } });
    expect(() => parseRecord(first, "old.json")).toThrow("stages[1].metrics.kl: low is above high");
  });
});

describe("parseRecord", () => {
  const broken = (change: (record: Record<string, never>) => unknown): unknown => {
    const record = structuredClone(raw("mini.json")) as Record<string, never>;
    return change(record) ?? record;
  };
  test.each([
    ["another version", (r: object) => ({ ...r, schema: "minnow.report/3" }), "schema"],
    ["an unknown key", (r: object) => ({ ...r, verdict: 1 }), "verdict"],
    ["no stages", (r: object) => ({ ...r, stages: [] }), "stages"],
    [
      "a result of no stage",
      (r: { result: object }) => ({ ...r, result: { ...r.result, stage: "other" } }),
      "result.stage",
    ],
    [
      "stages of one name",
      (r: { stages: object[] }) => ({ ...r, stages: [...r.stages, r.stages[0]] }),
      "teacher",
    ],
    ["not an object", () => 7, "the record"],
    [
      "two primary metrics",
      (r: { stages: { metrics: Record<string, object> }[] }) => {
        Object.assign(r.stages[1]?.metrics.kl ?? {}, { primary: true });
      },
      "stages[1].metrics: two metrics are primary",
    ],
    [
      "a metric that no requirement could name",
      (r: { stages: { metrics: Record<string, object> }[] }) => {
        Object.assign(r.stages[1]?.metrics ?? {}, { "span F1": r.stages[1]?.metrics.kl });
      },
      "stages[1].metrics",
    ],
    [
      "a length that nothing can be compared with",
      (r: object) => ({ ...r, stages: { length: [{ toString: [] }] } }),
      "the record: a length in it is not a number",
    ],
    [
      "a negative size",
      (r: { stages: { size: object }[] }) => {
        Object.assign(r.stages[2]?.size ?? {}, { bytes: -1 });
      },
      "stages[2].size.bytes",
    ],
    [
      "a probability above 1",
      (r: { differences: { examples: { result: object }[] } }) => {
        Object.assign(r.differences.examples[0]?.result ?? {}, { probability: 1.5 });
      },
      "differences.examples[0].result.probability",
    ],
    [
      "an interval upside down",
      (r: { result: object }) => ({ ...r, result: { ...r.result, faster: { value: 2, low: 3, high: 1 } } }),
      "result.faster",
    ],
  ])("refuses %s by name", (_, change, named) => {
    const refuse = (): unknown => parseRecord(broken(change as never), "report.json");
    expect(refuse).toThrow(expect.objectContaining({ kind: "input", path: "report.json" }));
    expect(refuse).toThrow(named);
  });
});

describe("judge", () => {
  const mini = load("mini.json");
  const before = stageOf(mini, "prune heads");
  const good = { ...before, warnings: [] };
  const but = (over: Partial<Stage>): string[] =>
    judge(
      {
        ...good,
        versusBefore: pairedAs({ accuracy: { value: 0, low: -0.01, high: 0.01, n: 9, lost: 1, gained: 1 } }),
        latency: [],
        ...over,
      },
      before,
    );
  const [row] = before.latency;

  test("says nothing of a stage that is as good", () => expect(but({})).toEqual([]));

  test("names what is worse", () => {
    expect(
      but({
        versusBefore: pairedAs({
          accuracy: { value: -0.02, low: -0.03, high: -0.01, n: 900, lost: 20, gained: 2 },
        }),
      }),
    ).toEqual(["Accuracy fell by 2.00 points against prune heads (95 % interval 1.00 to 3.00)."]);
    expect(but({ size: { ...before.size, bytes: before.size.bytes + 1 } })[0]).toMatch(
      /^The file is larger than prune heads's/,
    );
    expect(but({ memory: { peakRssBytes: 2 * (before.memory?.peakRssBytes ?? 0) } })).toEqual([
      "Takes 2.00 times the memory of prune heads.",
    ]);
    expect(
      but({ parity: { against: "its graph", maxDifference: 0.5, tolerance: 0.1, argmaxAgreement: 1 } })[0],
    ).toContain("0.100".slice(0, 3));
  });

  test("calls it slower only where the interval leaves no doubt", () => {
    if (!row) throw new Error("no latency");
    const slower = { ...row, p50Ms: 2 * row.p50Ms, speedupOverBefore: { value: 0.5, low: 0.4, high: 0.6 } };
    expect(but({ latency: [slower] })[0]).toMatch(
      /^Slower than prune heads at batch 1: .* ms instead of .* ms/,
    );
    expect(
      but({ latency: [{ ...slower, speedupOverBefore: { value: 0.98, low: 0.9, high: 1.05 } }] }),
    ).toEqual([]);
    expect(but({ latency: [{ ...slower, speedup: { value: 0.8, low: 0.7, high: 0.9 } }] })).toHaveLength(2);
    expect(
      but({ latency: [{ ...row, settled: false, speedupOverBefore: { value: 1, low: 1, high: 1 } }] })[0],
    ).toContain("settled");
  });

  test("falls back on intervals that do not touch where items are not paired", () => {
    const metrics = (value: number, half: number): Stage["metrics"] =>
      measuredAs({ accuracy: { value, low: value - half, high: value + half, n: 99 } });
    const fell = judge(
      { ...good, metrics: metrics(0.8, 0.01), versusBefore: undefined, latency: [] },
      { ...before, metrics: metrics(0.9, 0.01) },
    );
    expect(fell).toEqual(["Accuracy fell from 90.00 % to 80.00 %, more than chance explains."]);
    expect(
      judge(
        { ...good, metrics: metrics(0.8, 0.1), versusBefore: undefined, latency: [] },
        { ...before, metrics: metrics(0.9, 0.1) },
      ),
    ).toEqual([]);
  });
});

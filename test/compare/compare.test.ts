// A comparison of runs: its rows, what it refuses, what it leaves out and says so.
import { describe, expect, test } from "vitest";
import { compareRuns, type Run, uniqueNames } from "../../src/compare/index.ts";
import { madeRun } from "./runs.ts";

const namesOf = (runs: readonly Run[]): readonly string[] => compareRuns(runs).rows.map(({ name }) => name);

const small = madeRun({ name: "small" });
const tiny = madeRun({ name: "tiny", accuracy: 0.895, bytes: 1_000_000, p50Ms: 0.5 });

describe("rows", () => {
  test("are the final stage of each run, and each teacher once", () => {
    const { rows, pareto } = compareRuns([small, tiny]);
    expect(rows).toMatchObject([
      {
        name: "small",
        kind: "run",
        run: "out/small/report.json",
        stage: "quantize.dynamic",
        bytes: 5_000_000,
      },
      { name: "tiny", kind: "run", bytes: 1_000_000, gzipBytes: 900_000, seconds: 413 },
      {
        name: "t1 (teacher)",
        kind: "teacher",
        stage: "teacher",
        metrics: { accuracy: { value: 0.96 } },
        seconds: null,
      },
    ]);
    expect(pareto).toEqual({
      bytes: ["tiny", "small", "t1 (teacher)"],
      latency: ["tiny", "small", "t1 (teacher)"],
    });
    const other = madeRun({ name: "other", teacher: "t2" });
    expect(namesOf([small, other]).slice(2)).toEqual(["t1 (teacher)", "t2 (teacher)"]);
    expect(compareRuns([small, other]).notes).toEqual([
      expect.stringMatching(/^There is more than one teacher/),
    ]);
  });

  test("have the figures of the smallest batch that all measured", () => {
    const odd = madeRun({ name: "odd", batches: [4, 16] });
    expect(compareRuns([small, tiny]).batch).toBe(1);
    expect(compareRuns([small, odd]).batch).toBe(16);
    const none = compareRuns([small, madeRun({ name: "none", batches: [3] })]);
    expect(none.batch).toBeNull();
    expect(none.rows.map(({ latency }) => latency)).toEqual([null, null, null]);
    expect(none.notes).toEqual(["No batch size was measured in every run, so no latency is shown."]);
    expect(none.pareto.latency).toEqual([]);
  });

  test("of a run without latencies stand in the set of bytes only", () => {
    const { rows, batch } = compareRuns([small, madeRun({ name: "still", batches: [] })]);
    expect(batch).toBe(1);
    expect(rows[1]?.pareto.latency).toEqual({
      verdict: "left out",
      by: [],
      words: "left out: its latency was not measured",
    });
  });

  test("have names of their own", () => {
    const twins = [madeRun({ folder: "a/x" }), madeRun({ folder: "b/x" }), madeRun({ name: "other" })];
    expect(namesOf(twins).slice(0, 3)).toEqual(["mini (a/x)", "mini (b/x)", "other"]);
  });
});

describe("names", () => {
  const named = (...names: readonly string[]) => names.map((name) => ({ name, folder: "f" }));
  test("are told apart by folder, and then by number, and never meet another's", () => {
    expect(uniqueNames(named("a", "b"))).toEqual(["a", "b"]);
    expect(uniqueNames(named("a", "a"))).toEqual(["a (f)", "a (f) 2"]);
    const hard = uniqueNames(named("a", "a", "a (f)", "a (f) 2"));
    expect(new Set(hard).size).toBe(4);
    expect(hard).toContain("a (f) 2");
  });
});

describe("other test data", () => {
  const other = madeRun({ name: "other", data: "d2" });

  test("are refused, with the run that has them", () => {
    expect(() => compareRuns([small, tiny, other])).toThrow(
      expect.objectContaining({
        kind: "usage",
        path: "out/other/report.json",
        hint: expect.stringContaining("--across-data"),
      }),
    );
  });

  test("are also fewer items of the same file", () => {
    const { record, ...run } = madeRun({ name: "part" });
    const part = {
      ...run,
      record: { ...record, data: { test: { path: "test.tsv", items: 100, hash: "d1" } } },
    };
    expect(() => compareRuns([small, part])).toThrow("cannot be compared");
  });

  test("are shown side by side when that is asked for, with a note and a teacher for each", () => {
    const { acrossData, notes, rows } = compareRuns([small, other, tiny], { acrossData: true });
    expect(acrossData).toBe(true);
    expect(notes[0]).toMatch(/^The test data differ: .* do not compare/);
    expect(notes[0]).toContain(
      "small and tiny on test.tsv (500 items, d1); other on test.tsv (500 items, d2).",
    );
    expect(rows.filter(({ kind }) => kind === "teacher").map(({ testData }) => testData)).toEqual([
      "d1, 500 items",
      "d2, 500 items",
    ]);
  });

  test("that are not named in the record are no other run's", () => {
    const unknown = (name: string): Run => {
      const run = madeRun({ name });
      return { ...run, record: { ...run.record, data: {} } };
    };
    expect(() => compareRuns([unknown("a"), unknown("b")])).toThrow("cannot be compared");
    expect(() => compareRuns([unknown("a")])).not.toThrow();
  });

  test("do not matter where a run scored nothing", () => {
    const { rows, notes } = compareRuns([madeRun({ name: "plain", data: null }), small]);
    expect(notes).toEqual([]);
    expect(rows[0]?.pareto.bytes.words).toBe("left out: its accuracy was not measured");
    expect(rows.find(({ kind }) => kind === "teacher")?.metrics).toHaveProperty("accuracy");
  });
});

describe("other machines", () => {
  test("are left out of the set of latency, and named", () => {
    const far = madeRun({ name: "far", cpu: "fast cpu", accuracy: 0.95, bytes: 1000, p50Ms: 0.001 });
    const { rows, notes, pareto } = compareRuns([small, far, tiny]);
    expect(pareto.bytes).toContain("far");
    expect(pareto.latency).toEqual(["tiny", "small", "t1 (teacher)"]);
    expect(rows[1]?.pareto.latency).toMatchObject({
      verdict: "left out",
      words: "left out: its latency is of another machine (fast cpu, 2 threads, ort 1)",
    });
    expect(notes).toEqual([expect.stringMatching(/^The machines differ.*leaves out far \(fast cpu/)]);
  });

  test.each([
    ["threads", { threads: 1 }],
    ["engine", { engine: { name: "ort", version: "2" } }],
  ])("are told by their %s", (_, machine) => {
    const run = madeRun({ name: "other" });
    const other = { ...run, record: { ...run.record, machine: { ...run.record.machine, ...machine } } };
    expect(compareRuns([small, other]).pareto.latency).not.toContain("other");
    expect(compareRuns([small, other]).notes).toHaveLength(1);
  });
});

// Figures of stages: energy with a meter and without one, and a batch that is not larger than the data.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { must } from "../../src/base/index.ts";
import type { EnergyMeter } from "../../src/bench/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { type MeasureOptions, measureStages } from "../../src/pipeline/measure.ts";
import { openModel } from "../../src/pipeline/open.ts";
import { type Made, makeStage, untouched } from "../../src/pipeline/stages.ts";
import { taskNamed } from "../../src/tasks/index.ts";
import { root } from "../docs/documents.ts";

let work = "";
let made: Made;
let options: Omit<MeasureOptions, "meter">;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "minnow-measure-"));
  const model = await openModel("fixtures/models/intents-teacher", { cwd: root, use: "change" });
  const engine = await openEngine();
  const task = taskNamed("text-classification");
  const { tokenizer, labels, maxLength } = model;
  const context = {
    model: "teacher",
    config: {},
    tokenizer: must(tokenizer, "tokenizer"),
    labels,
    maxLength,
    folder: root,
    labelled: true,
  };
  const whole = await task.load("fixtures/intents/test.tsv", task.params.parse({ label: "intent" }), context);
  const test = { ...whole, items: whole.items.slice(0, 20) };
  const { signal } = new AbortController();
  const common = { engine, threads: 1, signal, task, test, onProgress: () => undefined };
  const teacher = untouched(model, "teacher", undefined);
  made = await makeStage(teacher, 0, { ...common, work, remember: (_set, _rows, make) => make() });
  options = { ...common, seed: 7, batch: 1, budgetSeconds: 0.02, perHour: undefined };
}, 60_000);
afterAll(() => rmSync(work, { recursive: true }));

test("a stage has what the meter counted while it ran, by the thousand items", async () => {
  const counted: number[] = [];
  const meter: EnergyMeter = {
    domains: ["package-0"],
    start: () => () => {
      counted.push(0.5);
      return 0.5;
    },
  };
  const stages = await measureStages([made, { ...made, name: "again" }], { ...options, meter });
  // ten turns of each of two stages
  expect(counted).toHaveLength(20);
  for (const { energy } of stages) {
    expect(energy?.domains).toEqual(["package-0"]);
    const { value = 0, low = 0, high = 0 } = energy?.joulesPerThousand ?? {};
    expect(value).toBeGreaterThan(0);
    expect([low <= value, value <= high]).toEqual([true, true]);
  }
}, 60_000);

test("without a meter, or with one that stands still, no stage has a figure", async () => {
  const still: EnergyMeter = { domains: ["package-0"], start: () => () => 0 };
  for (const meter of [undefined, still]) {
    const [stage] = await measureStages([made], { ...options, meter });
    expect(stage).toBeDefined();
    expect(stage).not.toHaveProperty("energy");
  }
}, 60_000);

test("on a busy machine no stage has a speed-up, a step's milliseconds or a cost, and each says why", async () => {
  let looks = 0;
  const watch = {
    processors: 2,
    threads: 2,
    async look() {
      looks++;
      const reading = { wall: 500 * looks, own: 500 * looks, all: 1400 * looks, stolen: 0 };
      return { reading, probed: { oneThread: 4, allThreads: 2 + 9 * (looks % 2) } };
    },
    dispose: async () => undefined,
  };
  const again = { ...made, name: "again" };
  const busy = { ...options, meter: undefined, perHour: 1, openWatch: async () => watch };
  for (const { latency, step } of await measureStages([made, again], busy)) {
    expect(latency[0]?.busy).toMatchObject({ quiet: 0, allThreads: { fastest: 2, slowest: 11 } });
    for (const key of ["speedup", "speedupOverBefore", "intervals", "costPerMillion"])
      expect(latency[0]).not.toHaveProperty(key);
    expect(step?.ms).toBeUndefined();
  }
  const [, quiet] = await measureStages([made, again], { ...options, meter: undefined, perHour: 1 });
  expect(quiet?.latency[0]).toMatchObject({
    speedup: {},
    speedupOverBefore: {},
    intervals: {},
    costPerMillion: {},
  });
  expect(quiet?.step?.ms).toBeDefined();
}, 60_000);

test("a batch is what a call had: no larger than the test set", async () => {
  const batchesAt = async (batch: number): Promise<readonly number[] | undefined> => {
    const [stage] = await measureStages([made], { ...options, batch, meter: undefined });
    return stage?.latency.map((row) => row.batch);
  };
  expect(await batchesAt(16)).toEqual([1, 16]);
  expect(await batchesAt(64)).toEqual([1, 20]);
}, 60_000);

test("a batch above 200 items is filled", async () => {
  const { task, test: few, engine } = options;
  const rows: number[] = [];
  const watched = {
    ...engine,
    open: async (...[path, how]: Parameters<typeof engine.open>) => {
      const session = await engine.open(path, how);
      const run: typeof session.run = (feeds) => {
        rows.push(feeds.input_ids?.shape[0] ?? 0);
        return session.run(feeds);
      };
      return { inputs: session.inputs, outputs: session.outputs, run, dispose: () => session.dispose() };
    },
  };
  const many = must(few, "test set");
  const items = Array.from({ length: 300 }, (_, i) => must(many.items[i % many.items.length], "item"));
  const logits = Float32Array.from(items.flatMap(() => Array.from(many.labels, () => 0)));
  const larger = { ...options, task, test: { ...many, items }, engine: watched, batch: 256 };
  const [stage] = await measureStages([{ ...made, logits }], { ...larger, meter: undefined });
  expect(stage?.latency.map(({ batch }) => batch)).toEqual([1, 256]);
  expect([...new Set(rows)].sort((a, b) => a - b)).toEqual([1, 256]);
}, 60_000);

test("every stage but the first has its step's change of KL and of the median time at batch 1", async () => {
  const worse = { ...made, name: "worse", logits: must(made.logits, "logits").map((value) => value / 2) };
  const again = { ...worse, name: "again" };
  const [teacher, first, second] = await measureStages([made, worse, again], {
    ...options,
    batch: 4,
    meter: undefined,
  });
  expect(teacher?.step).toBeUndefined();
  expect(first?.versusBefore?.kl?.value).toBeCloseTo(first?.metrics.kl?.value ?? Number.NaN, 12);
  expect(first?.versusBefore?.kl?.low).toBeGreaterThan(0);
  expect(second?.versusBefore?.kl).toMatchObject({ value: 0, low: 0, high: 0, n: 20 });
  const medianOf = (stage: typeof first): number => stage?.latency[0]?.p50Ms ?? Number.NaN;
  expect(second?.step?.ms?.value).toBeCloseTo(medianOf(second) - medianOf(first), 9);
  expect(second?.latency.map(({ batch }) => batch)).toEqual([1, 4]);
});

// Robustness, cost and energy of a run on the fixture teacher: figures as counted apart, kept between runs, and off.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunEvent, spread } from "../../src/base/index.ts";
import { energyMeter } from "../../src/bench/index.ts";
import { compress, evaluateModel } from "../../src/pipeline/index.ts";
import type { Given } from "../../src/pipeline/memory.ts";
import { answersKey } from "../../src/pipeline/memory.ts";
import type { RunRecord } from "../../src/record/index.ts";
import { root } from "../docs/documents.ts";
import { dataset } from "../methods/world.ts";

const teacher = join(root, "fixtures/models/intents-teacher");
const rows = readFileSync(join(root, "fixtures/intents/test.tsv"), "utf8").trim().split("\n").slice(1, 241);
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "minnow-robust-"));
  writeFileSync(join(folder, "test.tsv"), `text\tintent\n${rows.join("\n")}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly record: RunRecord;
  readonly events: readonly RunEvent[];
}

async function run(output: string, measure: string, signal?: (event: RunEvent) => boolean): Promise<Ran> {
  const recipePath = join(folder, `${output}.yaml`);
  writeFileSync(
    recipePath,
    `teacher: ${teacher}
task: { name: text-classification, test: test.tsv, label: intent }
steps: [{ quantize: { kind: dynamic } }]
output: ${output}
measure: { budget: 0.02, batch: 4, ${measure} }
`,
  );
  const events: RunEvent[] = [];
  const controller = new AbortController();
  const emit = (event: RunEvent): void => {
    events.push(event);
    if (signal?.(event)) controller.abort(new Error("ended here"));
  };
  const cache = { folder: join(folder, "cache") };
  const record = await compress({ recipePath, emit, threads: 1, signal: controller.signal, cache });
  return { record, events };
}

const ofRobustness = (events: readonly RunEvent[]) =>
  events.filter((event) => "id" in event && event.id === "robustness");

describe("a run", () => {
  let first: Ran;
  beforeAll(async () => {
    first = await run("first", "robustness: 100, price: { perHour: 3.6, currency: EUR }");
  }, 60_000);

  test("has each variant of so many items, spread evenly, and says what was done", () => {
    const { items, batch, plain, variants } = first.record.robustness ?? {};
    expect([items, batch, plain?.teacher.n, plain?.versusTeacher.n]).toEqual([100, 32, 100, 100]);
    expect(variants?.map(({ name, teacher: of }) => [name, of?.n])).toEqual([
      ["typo", 100],
      ["lower case", undefined],
      ["upper case", undefined],
      ["truncation", 100],
    ]);
    expect(variants?.map(({ changed }) => changed)).toEqual([100, 0, 0, expect.any(Number)]);
  });

  test("has the figures of the same texts read from a file", async () => {
    const chosen = spread(rows, 100);
    const halves = chosen.map((row) => {
      const [text = "", label] = row.split("\t");
      const words = text.split(/\s+/);
      return `${words.slice(0, Math.ceil(words.length / 2)).join(" ")}\t${label}`;
    });
    const { plain, variants } = first.record.robustness ?? {};
    const truncated = variants?.find(({ name }) => name === "truncation");
    for (const [name, texts, figures] of [
      ["plain", chosen, plain],
      ["halves", halves, truncated],
    ] as const) {
      writeFileSync(join(folder, `${name}.tsv`), `text\tintent\n${texts.join("\n")}\n`);
      const { metrics } = await evaluateModel({
        model: teacher,
        task: "text-classification",
        params: { label: "intent" },
        data: join(folder, `${name}.tsv`),
        batch: 32,
      });
      const { value, low, high } = figures?.teacher ?? {};
      expect(metrics.find((metric) => metric.name === "accuracy")).toMatchObject({ value, low, high });
    }
    expect(truncated?.teacher?.value).toBeLessThan(plain?.teacher.value ?? 0);
  });

  test("tells how far it is, to the end", () => {
    const events = ofRobustness(first.events);
    expect([events[0]?.kind, events.at(-1)?.kind]).toEqual(["start", "done"]);
    const done = events.flatMap((event) => (event.kind === "progress" ? [[event.done, event.total]] : []));
    expect(done.at(-1)).toEqual([600, 600]);
    expect(done.map(([one = 0]) => one)).toEqual(done.map(([one = 0]) => one).sort((a, b) => a - b));
  });

  test("has the price, and each cost by it", () => {
    const { price, stages } = first.record;
    expect(price).toEqual({ perHour: 3.6, currency: "EUR" });
    for (const { latency } of stages) {
      expect(latency.map(({ batch }) => batch)).toEqual([1, 4]);
      for (const { throughput, costPerMillion } of latency) {
        expect(costPerMillion?.value).toBeCloseTo((3.6 * 1e6) / (3600 * throughput), 9);
        expect(costPerMillion?.low).toBeLessThanOrEqual(costPerMillion?.value ?? 0);
        expect(costPerMillion?.high).toBeGreaterThanOrEqual(costPerMillion?.value ?? 0);
      }
    }
  });

  test("has energy where the machine has a meter, and nowhere else", () => {
    const there = energyMeter() !== undefined;
    if (!there) expect(first.record.stages.map(({ energy }) => energy)).toEqual([undefined, undefined]);
    else expect(first.record.stages[0]?.energy?.joulesPerThousand.value).toBeGreaterThan(0);
  });

  test("takes all answers from the cache the second time, and has the same figures", async () => {
    const { record, events } = await run("second", "robustness: 100");
    expect(ofRobustness(events).at(-1)).toMatchObject({ kind: "done", cached: true });
    expect(ofRobustness(first.events).at(-1)).not.toHaveProperty("cached");
    expect(record.robustness).toEqual(first.record.robustness);
    expect([record.price, record.stages[0]?.latency[0]?.costPerMillion]).toEqual([undefined, undefined]);
  }, 60_000);

  test("asks anew for other items, all of them where there are fewer, and for none with 0", async () => {
    const { record, events } = await run("all", "robustness: 1000");
    expect(record.robustness?.items).toBe(240);
    expect(ofRobustness(events).at(-1)).not.toHaveProperty("cached");
    const none = await run("none", "robustness: 0");
    expect([none.record.robustness, ofRobustness(none.events)]).toEqual([undefined, []]);
  }, 60_000);

  test("ends in the midst of it when told to, and leaves no output", async () => {
    const inMidst = (event: RunEvent): boolean => event.kind === "progress" && event.id === "robustness";
    await expect(run("ended", "robustness: 90", inMidst)).rejects.toThrow("ended here");
    expect(() => readFileSync(join(folder, "ended/report.json"))).toThrow();
  }, 60_000);
});

test("answers to the first items of a file are not those to more of them", () => {
  const given = { engine: { name: "e", version: "1" }, threads: 1 } as Given;
  const data = dataset();
  const fewer = { ...data, items: data.items.slice(0, 3) };
  expect(answersKey("m", data, 1, given)).not.toBe(answersKey("m", fewer, 1, given));
});

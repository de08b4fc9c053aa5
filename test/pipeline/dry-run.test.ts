// What a dry run says will come out is what comes out: parameters and bytes, to the byte, where shapes tell them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { must } from "../../src/base/index.ts";
import { methodNamed } from "../../src/methods/index.ts";
import { type CompressOptions, compress, type DryRun, dryRun } from "../../src/pipeline/index.ts";
import type { RunRecord } from "../../src/record/index.ts";
import { root } from "../docs/documents.ts";
import { contextFor, dataset, tinyModel } from "../methods/world.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "minnow-dry-"));
  for (const [name, step] of [
    ["train.tsv", 20],
    ["test.tsv", 20],
  ] as const) {
    const [head, ...rows] = readFileSync(join(root, "fixtures/intents", name), "utf8")
      .trim()
      .split("\n");
    writeFileSync(join(folder, name), `${[head, ...rows.filter((_, i) => i % step === 0)].join("\n")}\n`);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A recipe with these steps on little data, as it is written to a file. */
function options(name: string, steps: unknown, cached = false): CompressOptions {
  const recipe = {
    teacher: join(root, "fixtures/models/intents-teacher"),
    task: {
      name: "text-classification",
      train: "train.tsv",
      test: "test.tsv",
      text: "text",
      label: "intent",
    },
    steps,
    output: `out/${name}`,
    measure: { budget: 0.02 },
  };
  const recipePath = join(folder, `${name}.yaml`);
  writeFileSync(recipePath, stringify(recipe));
  return { recipePath, cwd: folder, threads: 1, ...(cached && { cache: { folder: join(folder, "cache") } }) };
}

const stageSizes = ({ stages }: RunRecord) =>
  new Map(stages.map(({ name, size }) => [name, { parameters: size.parameters, bytes: size.bytes }]));

/** Steps whose size was said, with how far the real bytes are from it. */
function compared({ steps }: DryRun, record: RunRecord) {
  const real = stageSizes(record);
  return steps.map(({ name, size }) => {
    if (!size) return [name, "not known"];
    const { parameters, bytes, most } = size;
    const mostBytes = most?.bytes ?? bytes;
    const made = must(real.get(name), name);
    expect([name, parameters]).toEqual([name, made.parameters]);
    return [name, made.bytes >= bytes && made.bytes <= mostBytes ? mostBytes - bytes : "wrong"];
  });
}

const short = { epochs: 1, batch: 8 };

describe("parameters and bytes", () => {
  test("of the quickstart's steps, with less training", async () => {
    const { steps } = parse(readFileSync(join(root, "recipes/quickstart.yaml"), "utf8"));
    const shorter = steps.map((step: Record<string, Record<string, unknown>>) =>
      Object.fromEntries(
        Object.entries(step).map(([verb, params]) => [
          verb,
          {
            ...params,
            ...("epochs" in params && { epochs: 1 }),
            ...("finetune" in params && { finetune: { epochs: 1 } }),
          },
        ]),
      ),
    );
    const given = options("quickstart", shorter);
    const dry = await dryRun(given);
    expect(compared(dry, await compress(given))).toEqual([
      ["distill", 0],
      ["prune.magnitude", 0],
      ["prune.heads", "not known"],
      ["prune.neurons", "not known"],
      ["quantize.dynamic", "not known"],
    ]);
    expect(dry.steps.map(({ sizeUnknown }) => sizeUnknown)).toEqual([
      undefined,
      undefined,
      expect.stringContaining("scope: global"),
      "it follows from prune.heads",
      "it follows from prune.neurons",
    ]);
  }, 60_000);

  test("of pruning by layers, and of int8, whose tables have one scale or many", async () => {
    const given = options("layers", [
      { distill: { student: { layers: 2, hidden: 48 }, ...short } },
      { prune: { kind: "heads", ratio: 0.3, scope: "layer", importance: "norm" } },
      { prune: { kind: "neurons", ratio: 0.3, scope: "layer", calibration: 2, finetune: short } },
      { quantize: { kind: "dynamic" } },
    ]);
    const dry = await dryRun(given);
    const found = compared(dry, await compress(given));
    expect(found.slice(0, 3).map(([, apart]) => apart)).toEqual([0, 0, 0]);
    const { bytes, most } = must(dry.steps[3]?.size, "size");
    expect(found[3]).toEqual(["quantize.dynamic", must(most, "most").bytes - bytes]);
    expect(most?.when).toContain("rows");
  }, 60_000);

  test("of int8 without tables: to the byte", async () => {
    const given = options("plain", [{ quantize: { kind: "dynamic", tables: false } }]);
    const dry = await dryRun(given);
    expect(compared(dry, await compress(given))).toEqual([["quantize.dynamic", 0]]);
  }, 60_000);

  test("of a kept result are its own, also where shapes do not tell", async () => {
    const steps = [
      { distill: { student: { layers: 1, hidden: 48 }, ...short } },
      { prune: { kind: "neurons", ratio: 0.3 } },
    ];
    const given = options("kept", steps, true);
    expect((await dryRun(given)).steps[1]?.size).toBeUndefined();
    const record = await compress(given);
    const same = await dryRun(given);
    expect(same).toMatchObject({ unchanged: true, steps: [{ cached: true }, { cached: true }] });
    expect(same.estimate).toBeUndefined();
    const more = await dryRun(
      options("more", [...steps, { quantize: { kind: "dynamic", tables: false } }], true),
    );
    const sizes = stageSizes(record);
    expect(more.steps.map(({ cached, size }) => [cached, size])).toEqual([
      [true, sizes.get("distill")],
      [true, sizes.get("prune.neurons")],
      [false, { parameters: sizes.get("prune.neurons")?.parameters, bytes: expect.any(Number) }],
    ]);
    // kept, and its answers too: there is nothing left to do
    expect(more.steps.map(({ seconds }) => seconds)).toEqual([0, 0, expect.any(Number)]);
    expect(more.estimate?.seconds).toBeGreaterThan(0);
  }, 60_000);
});

test("an estimate of a run, of which nothing is written", async () => {
  const given = options("estimated", [{ distill: { student: { layers: 1, hidden: 48 }, ...short } }]);
  const { steps, estimate } = await dryRun(given);
  const { seconds, peakRssBytes } = must(estimate, "estimate");
  expect(steps[0]?.seconds).toBeGreaterThan(0);
  expect(seconds).toBeGreaterThan(must(steps[0]?.seconds, "seconds"));
  expect(peakRssBytes).toBeGreaterThan(50e6);
  expect(() => readFileSync(join(folder, "out/estimated/report.json"))).toThrow("ENOENT");
}, 60_000);

test.each([
  ["distill", { student: { layers: 1, hidden: 32, heads: 4 }, start: "random", epochs: 3, batch: 8 }],
  ["prune.magnitude", { sparsity: 0.3, finetune: { epochs: 2, batch: 8 } }],
  ["prune.neurons", { ratio: 0.3, importance: "norm", finetune: { epochs: 2, batch: 8 } }],
])("%s: as many batches are told as are trained", async (name, params) => {
  const bound = methodNamed(name).bind(params);
  const model = tinyModel();
  const totals = new Set<number>();
  await bound.apply(model, {
    ...(await contextFor(model, dataset(21))),
    emit: (event) => void (event.kind === "progress" && totals.add(event.total)),
  });
  expect(bound.passes(21).map(({ batches }) => batches)).toEqual([...totals]);
});

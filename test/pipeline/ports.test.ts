// One model with inputs and outputs of many kinds: the same answers from each, lengths that fit, or a refusal before any work.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { must } from "../../src/base/index.ts";
import { type Engine, openEngine } from "../../src/engine/index.ts";
import { Builder, type Graph, type Value } from "../../src/ir/index.ts";
import { writeModel } from "../../src/onnx/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { benchModels, evaluateModel, runStep } from "../../src/pipeline/index.ts";
import { openFile, openModel } from "../../src/pipeline/open.ts";
import { logitsOf, taskNamed } from "../../src/tasks/index.ts";
import type { DType } from "../../src/tensor/index.ts";

const teacher = "fixtures/models/intents-teacher";
const task = taskNamed("text-classification");
const POSITIONS = 64;

interface Kind {
  readonly dtype?: DType;
  readonly names?: Readonly<Record<string, string>>;
  readonly shape?: readonly (number | string)[];
  readonly output?: string;
  /** Puts the hidden state in front of the scores. */
  readonly hidden?: boolean;
  /** The key of config.json that bounds the length is not there. */
  readonly noConfig?: boolean;
}

let folder: string;
let engine: Engine;
let graph: Graph;
let data: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "minnow-ports-"));
  engine = await openEngine();
  graph = (await openModel(teacher, { cwd: ".", use: "change" })).model.graph;
  const rows = readFileSync("fixtures/intents/test.tsv", "utf8").split("\n").slice(0, 41);
  data = join(folder, "few.tsv");
  writeFileSync(data, `${rows.join("\n")}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The teacher behind inputs and outputs of this kind. */
function behind({
  dtype = "i64",
  names = {},
  shape = ["batch", "sequence"],
  output = "logits",
  hidden,
}: Kind): Graph {
  const b = new Builder(opTable);
  const at = new Map<Value, Value>();
  for (const { name = "" } of graph.inputs) {
    const input = b.input(names[name] ?? name, dtype, shape);
    at.set(
      must(
        graph.inputs.find((one) => one.name === name),
        name,
      ),
      b.cast(input, "i64"),
    );
  }
  for (const [value, tensor] of graph.weights) at.set(value, b.weight(value.name, tensor));
  let states: Value | undefined;
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => input && must(at.get(input), "input"));
    const made = b.opN(node.op, inputs, node.attrs, node.outputs.length, node.name);
    for (const [i, old] of node.outputs.entries()) at.set(old, must(made[i], "output"));
    if (made[0]?.type.shape.length === 3) states = made[0];
  }
  const scores = must(at.get(must(graph.outputs[0], "output").value), "scores");
  return b.finish({ ...(hidden && { states: must(states, "states") }), [output]: scores });
}

/** The file of a kind, in a folder with tokenizer and config. */
async function fileOf(name: string, kind: Kind): Promise<string> {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  for (const file of ["tokenizer.json", "tokenizer_config.json"])
    copyFileSync(join(teacher, file), join(place, file));
  const config = JSON.parse(readFileSync(join(teacher, "config.json"), "utf8"));
  const { max_position_embeddings, ...rest } = config;
  expect(max_position_embeddings).toBe(POSITIONS);
  const foreign = { ...rest, model_type: "other", ...(!kind.noConfig && { max_position_embeddings }) };
  writeFileSync(join(place, "config.json"), JSON.stringify(foreign));
  const path = join(place, "model.onnx");
  await writeModel({ graph: behind(kind), metadata: {} }, path, opTable);
  return path;
}

async function answers(path: string, rows: number): Promise<Float32Array> {
  const model = await openFile(path);
  const { tokenizer, labels, maxLength, config } = model;
  const context = {
    model: path,
    config,
    tokenizer: must(tokenizer, "tokenizer"),
    labels,
    maxLength,
    folder: ".",
    labelled: true,
  };
  const params = task.params.parse({ label: "intent" });
  const dataset = await task.load(data, params, context);
  const session = await engine.open(path);
  try {
    return await logitsOf(session, task, dataset, { rows, maxLength });
  } finally {
    await session.dispose();
  }
}

const kinds: Readonly<Record<string, Kind>> = {
  "int32 inputs": { dtype: "i32" },
  "float inputs": { dtype: "f32" },
  "other names": {
    names: { input_ids: "input_word_ids", attention_mask: "input_mask", token_type_ids: "segment_ids" },
  },
  "a batch of one": { shape: [1, "sequence"] },
  "a batch of three": { shape: [3, "sequence"] },
  "fixed at 1 x 40": { shape: [1, 40] },
  "scores called output_0 behind states": { output: "output_0", hidden: true },
};

describe("the same answers", () => {
  test.each(Object.entries(kinds))("%s", async (name, kind) => {
    const wanted = await answers(await fileOf("plain", {}), 1);
    const given = await answers(await fileOf(name, kind), 4);
    expect(wanted.length).toBeGreaterThan(40);
    expect(given).toHaveLength(wanted.length);
    const furthest = given.reduce(
      (top, value, i) => Math.max(top, Math.abs(value - must(wanted[i], "score"))),
      0,
    );
    expect(furthest).toBeLessThan(1e-4);
  });
});

test("a step that learns, from int32 inputs of other names to scores of another name", async () => {
  const { names = {} } = must(kinds["other names"], "kind");
  const path = await fileOf("learning", {
    dtype: "i32",
    names,
    output: "output_0",
    hidden: true,
    shape: [1, 40],
  });
  const of = (batch: number) =>
    runStep({
      model: path,
      method: "prune.magnitude",
      params: { sparsity: 0.2, finetune: { epochs: 1, learningRate: 1e-5, batch } },
      task: { name: "text-classification", train: data, test: data, params: { label: "intent" } },
      output: join(folder, "out"),
    });
  await expect(of(8)).rejects.toThrow(
    "finetune.batch: the model's inputs take 1 at a time, a step of its training 8",
  );
  const record = await of(1);
  expect(record.warnings?.join("\n")).toContain("input_word_ids is fed as input_ids");
  expect(record.stages.map(({ latency }) => latency.map(({ batch }) => batch))).toEqual([[1], [1]]);
}, 60_000);

describe("length", () => {
  test.each<[string, Kind, number]>([
    ["a family that is not known, by its config", {}, POSITIONS],
    ["without a config, by the table of positions", { noConfig: true }, POSITIONS],
    ["inputs of a fixed length", { shape: ["batch", 24] }, 24],
  ])("%s", async (name, kind, length) => {
    expect((await openFile(await fileOf(name, kind))).maxLength).toBe(length);
  });

  test("bench asks for no more than a model takes, and says what it does take", async () => {
    const [plain, fixed] = [await fileOf("long", {}), await fileOf("short", { shape: [2, 16] })];
    const bench = (models: readonly string[], more: object) => benchModels({ models, budget: 0.05, ...more });
    await expect(bench([plain], { sequence: POSITIONS + 1 })).rejects.toMatchObject({
      message: "it takes 64 tokens at most, not --sequence 65",
      hint: "--sequence 64",
      path: plain,
      exitCode: 2,
    });
    await expect(bench([teacher], { sequence: 65 })).rejects.toThrow(
      "it takes 64 tokens at most, not --sequence 65",
    );
    await expect(bench([plain, fixed], { sequence: 9 })).rejects.toThrow(
      "it takes 16 tokens, fixed in its inputs",
    );
    await expect(bench([fixed], { batches: [2, 4] })).rejects.toThrow(
      "it takes 2 at a time, fixed in its inputs",
    );
    const { rows } = await bench([plain, fixed], {});
    expect(rows.map(({ batch, sequence }) => [batch, sequence])).toEqual([
      [2, 16],
      [2, 16],
    ]);
    expect((await bench([plain], { sequence: POSITIONS, batches: [1] })).rows[0]?.sequence).toBe(POSITIONS);
  }, 60_000);
});

test("what no task can feed is refused before the data is read", async () => {
  const path = await fileOf("pixels", { names: { input_ids: "pixel_values" } });
  const work = evaluateModel({ model: path, task: "text-classification", data: "no-such.tsv", params: {} });
  await expect(work).rejects.toMatchObject({ path, exitCode: 3 });
  await expect(work).rejects.toThrow(
    /does not fit pixel_values of its inputs pixel_values i64\[batch, sequence\]/,
  );
});

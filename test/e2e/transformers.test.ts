// A quantized folder in transformers.js, as it is: the same answers as minnow's own session, and the report's accuracy.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env, pipeline } from "@huggingface/transformers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { must } from "../../src/base/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { labelsOf, openTokenizer, readConfig } from "../../src/hub/index.ts";
import { parseRecord } from "../../src/record/index.ts";
import { argmax, logitsOf, taskNamed } from "../../src/tasks/index.ts";
import { type Installed, installed, teacher } from "./installed.ts";

const recipe = `
teacher: ${teacher}
task: { name: text-classification, test: test.tsv, label: intent }
steps: [{ quantize: { kind: dynamic } }]
measure: { batch: 1, budget: 0.05 }
output: mini
`;

let world: Installed;
beforeAll(() => {
  world = installed({ trainStep: 30, testStep: 4 });
}, 60_000);
afterAll(() => rmSync(world.folder, { recursive: true }));

test("transformers.js answers each item as minnow's session does, and as often right as the report says", async () => {
  writeFileSync(join(world.folder, "mini.yaml"), recipe);
  const made = world.minnow("compress", "mini.yaml", "--quiet");
  expect(made).toMatchObject({ code: 0, out: "", err: "" });
  const folder = join(world.folder, "mini");

  const task = taskNamed("text-classification");
  const tokenizer = must(await openTokenizer(folder), "tokenizer");
  const labels = labelsOf(readConfig(folder), folder);
  const context = {
    model: folder,
    config: {},
    tokenizer,
    labels,
    maxLength: 512,
    folder: world.folder,
    labelled: true,
  };
  const dataset = await task.load("test.tsv", task.params.parse({ label: "intent" }), context);
  const session = await (await openEngine()).open(join(folder, "onnx/model_quantized.onnx"), { threads: 1 });
  const logits = await logitsOf(session, task, dataset, { rows: 1 });
  await session.dispose();
  const own = dataset.items.map(
    (_, i) => labels[argmax(logits.subarray(i * labels.length, (i + 1) * labels.length))],
  );

  env.allowRemoteModels = false;
  env.localModelPath = world.folder;
  const classify = await pipeline("text-classification", "mini", { dtype: "q8" });
  const theirs: unknown[] = [];
  for (const { text } of dataset.items) {
    const [best] = [await classify(text ?? "")].flat(2);
    theirs.push(best && "label" in best ? best.label : undefined);
  }
  await classify.dispose();

  expect(dataset.items.length).toBeGreaterThanOrEqual(200);
  expect(theirs).toEqual(own);
  const right = dataset.items.filter(({ label }, i) => theirs[i] === labels[label ?? -1]).length;
  const stage = parseRecord(world.json("mini/report.json"), "report.json").stages.at(-1);
  expect(stage).toMatchObject({ file: "onnx/model_quantized.onnx" });
  expect(stage?.metrics.accuracy).toMatchObject({ n: dataset.items.length });
  expect(right / dataset.items.length).toBe(stage?.metrics.accuracy?.value);
}, 60_000);

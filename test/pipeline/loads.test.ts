// Folders that minnow writes for teachers with less than transformers.js needs: they load there, and answer as minnow does.
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { env, pipeline } from "@huggingface/transformers";
import { expect, test } from "vitest";
import { must } from "../../src/base/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { exportModel } from "../../src/pipeline/index.ts";
import { openFile } from "../../src/pipeline/open.ts";
import { argmax, logitsOf, taskNamed } from "../../src/tasks/index.ts";
import { folderWith } from "../hub/folder.ts";

const texts = ["wake me at seven", "PLAY some jazz", "what is 3 plus 4?", "caf\u00E9 nearby"];

test.each<[string, (folder: string) => void]>([
  ["no tokenizer_config.json", (folder) => rmSync(join(folder, "tokenizer_config.json"))],
  [
    "no padding token and no length",
    (folder) => writeFileSync(join(folder, "tokenizer_config.json"), '{"tokenizer_class": "BertTokenizer"}'),
  ],
  [
    "a special token in a form that is not understood, and a length beyond all positions",
    (folder) =>
      writeFileSync(
        join(folder, "tokenizer_config.json"),
        '{"tokenizer_class": "BertTokenizer", "mask_token": {"content": "[MASK]"}, "model_max_length": 1e30}',
      ),
  ],
])("a teacher with %s", async (_, change) => {
  const folder = folderWith({ "items.jsonl": texts.map((text) => JSON.stringify({ text })).join("\n") });
  cpSync("fixtures/models/intents-teacher", join(folder, "teacher"), { recursive: true });
  change(join(folder, "teacher"));
  await exportModel({ folder: join(folder, "teacher"), output: join(folder, "out") });

  const { tokenizer, labels, maxLength } = await openFile(join(folder, "out/onnx/model.onnx"));
  const task = taskNamed("text-classification");
  const context = {
    model: "model",
    config: {},
    tokenizer: must(tokenizer, "tokenizer"),
    labels,
    maxLength,
    folder,
    labelled: false,
  };
  const dataset = await task.load("items.jsonl", task.params.parse({}), context);
  const session = await (await openEngine()).open(join(folder, "out/onnx/model.onnx"), { threads: 1 });
  const logits = await logitsOf(session, task, dataset, { rows: 1 });
  await session.dispose();
  const own = texts.map((_text, i) => {
    const row = logits.subarray(i * labels.length, (i + 1) * labels.length);
    const best = argmax(row);
    const sum = row.reduce((all, value) => all + Math.exp(value - (row[best] ?? 0)), 0);
    return { label: labels[best], score: 1 / sum };
  });

  env.allowRemoteModels = false;
  env.localModelPath = dirname(join(folder, "out"));
  const classify = await pipeline("text-classification", "out", { dtype: "fp32" });
  const theirs = (await classify(texts)).flat();
  // cut to the positions, which fails where no length is known
  await classify("a ".repeat(maxLength + 10));
  await classify.dispose();
  expect(theirs).toHaveLength(own.length);
  theirs.forEach((answer, i) => {
    expect(answer).toMatchObject({ label: own[i]?.label });
    expect(answer).toMatchObject({ score: expect.closeTo(own[i]?.score ?? -1, 4) });
  });
});

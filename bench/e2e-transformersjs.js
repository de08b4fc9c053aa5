// Loads an output folder in transformers.js, as it is, and gives its accuracy beside the report's; exits with 1 when they differ.
// `node bench/e2e-transformersjs.js FOLDER DATA [--text text] [--label label] [--dtype q8] [--items N]`, DATA as in a recipe: file or file.json#key.
import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { env, pipeline } from "@huggingface/transformers";
import { labelsOf, openTokenizer, readConfig } from "../dist/hub/index.js";
import { taskNamed } from "../dist/tasks/index.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    text: { type: "string", default: "text" },
    label: { type: "string", default: "label" },
    dtype: { type: "string", default: "q8" },
    items: { type: "string" },
  },
});
const [folder, data] = positionals;
if (!folder || !data) {
  console.error(
    "usage: node bench/e2e-transformersjs.js FOLDER DATA [--text text] [--label label] [--dtype q8] [--items N]",
  );
  process.exit(2);
}
const path = resolve(folder);
const task = taskNamed("text-classification");
const tokenizer = await openTokenizer(path);
const labels = labelsOf(readConfig(path), join(path, "config.json"));
const params = task.params.parse({ text: values.text, label: values.label });
const dataset = await task.load(resolve(data), params, {
  tokenizer,
  labels,
  maxLength: 512,
  folder: process.cwd(),
  labelled: true,
});
const items = dataset.items.slice(0, values.items ? Number(values.items) : undefined);

env.allowRemoteModels = false;
env.localModelPath = dirname(path);
const classify = await pipeline("text-classification", basename(path), { dtype: values.dtype });
const start = performance.now();
let correct = 0;
for (const { text, label } of items) {
  const [{ label: answer }] = await classify(text);
  if (answer === labels[label]) correct++;
}
const seconds = (performance.now() - start) / 1000;

const percent = (value) => `${(100 * value).toFixed(3)} %`;
const own = correct / items.length;
console.log(`transformers.js: ${percent(own)} (${correct} of ${items.length}) in ${seconds.toFixed(1)} s`);
const record = JSON.parse(readFileSync(join(path, "report.json"), "utf8"));
const wanted = values.dtype === "fp32" ? "onnx/model.onnx" : "onnx/model_quantized.onnx";
const reported = record.stages.findLast(({ file }) => file === wanted)?.metrics.accuracy;
if (!reported) console.log(`the report has no accuracy for ${wanted}`);
else {
  console.log(
    `report.json:     ${percent(reported.value)} (${Math.round(reported.value * reported.n)} of ${reported.n})`,
  );
  if (reported.n !== items.length) console.log("not the same items, so not compared");
  else if (Math.round(reported.value * reported.n) !== correct) {
    console.log("they differ");
    process.exitCode = 1;
  }
}
await classify.dispose();

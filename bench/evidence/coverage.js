// Intervals of the quality figures: samples drawn from a large test set hold its value as often as 95 % says.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clinc, minnow, out, teacher } from "../peers.js";
import { runToEnd } from "../process.js";
import { table } from "../table.js";
import { tested } from "./vitest.js";

export async function run() {
  const path = existsSync(clinc) && existsSync(teacher) ? await writePopulation() : "";
  const env = { MINNOW_EVIDENCE: "every", MINNOW_POPULATION: path };
  const { told: figures, wrong } = tested("test/bench/coverage.test.ts", "coverage", env);
  return { figures, wrong };
}

/** What the teacher, its int8 file, and the teacher without the smaller half of its weights answer to CLINC150's test part. */
async function writePopulation() {
  const folders = { teacher: "population-teacher", int8: "population-int8", half: "population-half" };
  const at = (name) => join(out, folders[name]);
  mkdirSync(out, { recursive: true });
  runToEnd([...minnow, "export", teacher, "-o", at("teacher"), "--quiet"]);
  runToEnd([...minnow, "quantize", teacher, "-o", at("int8"), "--quiet"]);
  runToEnd([
    ...minnow,
    "prune",
    teacher,
    "--kind",
    "magnitude",
    "--sparsity",
    "0.5",
    "-o",
    at("half"),
    "--quiet",
  ]);
  const answers = await answered({
    teacher: join(at("teacher"), "onnx", "model.onnx"),
    int8: join(at("int8"), "onnx", "model_quantized.onnx"),
    "half of the weights": join(at("half"), "onnx", "model.onnx"),
  });
  const path = join(out, "population.json");
  const [own, ...minis] = answers;
  writeFileSync(path, JSON.stringify(minis.map((mini) => ({ ...mini, teacher: own.answers }))));
  return path;
}

async function answered(files) {
  const { openEngine } = await import("../../dist/engine/index.js");
  const { logitsOf } = await import("../../dist/tasks/index.js");
  const { openDataset } = await import("../dataset.js");
  const { task, dataset } = await openDataset(teacher, `${clinc}#test`, { labelled: true });
  const engine = await openEngine();
  const found = [];
  let first;
  for (const [name, file] of Object.entries(files)) {
    const session = await engine.open(file, { threads: 2 });
    const logits = await logitsOf(session, task, dataset, { rows: 32, maxLength: 512 });
    await session.dispose();
    const classes = logits.length / dataset.items.length;
    const probabilities = dataset.items.map((_, i) =>
      softmax(logits.subarray(i * classes, (i + 1) * classes)),
    );
    first ??= probabilities;
    found.push({
      name: `CLINC150, ${name}`,
      labels: dataset.items.map(({ label }) => label),
      answers: probabilities.map((own) => own.indexOf(Math.max(...own))),
      confidence: probabilities.map((own) => Math.max(...own)),
      kl: probabilities.map((own, i) =>
        first[i].reduce((sum, p, k) => sum + (p > 0 ? p * Math.log(p / own[k]) : 0), 0),
      ),
    });
  }
  return found;
}

function softmax(logits) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

export function text({ figures, wrong }) {
  const rows = figures.map(
    ({ population, figure, items, draws, value, held, below, above, width, limits }) => [
      population,
      figure,
      String(items),
      value.toPrecision(4),
      width.toPrecision(3),
      percent(held / draws),
      `${below} / ${above}`,
      `${percent(limits[0])} to ${percent(limits[1])}`,
    ],
  );
  const head = [
    "population",
    "figure",
    "items",
    "its value",
    "mean width",
    "held",
    "too low / high",
    "limits",
  ];
  const end = wrong.length === 0 ? "within the limits" : `${wrong.length} outside the limits`;
  return `${table(head, rows)}
coverage: ${figures.length} figures, ${figures[0]?.draws ?? 0} samples each: ${end} (94 to 96 %, with what chance adds in 99 of 100 cases)`;
}

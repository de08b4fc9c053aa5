// Six recipes that share a distillation, compared in one call, against six runs of their own: `node bench/six-recipes.js [--page DIR] [--epochs N]`.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { clinc, needData, out, root, teacher } from "./peers.js";

const { values } = parseArgs({
  options: {
    page: { type: "string" },
    epochs: { type: "string", default: "6" },
    minnow: { type: "string", default: join(root, "bin/minnow.js") },
  },
});
needData();
mkdirSync(out, { recursive: true });
const folder = mkdtempSync(join(out, "six-"));

const finetuned = "finetune: { epochs: 1 }";
/** Steps between the distillation and int8, by the name of the recipe. */
const recipes = {
  plain: [],
  sparse: [`prune: { kind: magnitude, sparsity: 0.5, ${finetuned} }`],
  heads: ["prune: { kind: heads, ratio: 0.25 }"],
  neurons: [`prune: { kind: neurons, ratio: 0.25, ${finetuned} }`],
  narrow: [`prune: { kind: neurons, ratio: 0.5, ${finetuned} }`],
  both: ["prune: { kind: heads, ratio: 0.25 }", `prune: { kind: neurons, ratio: 0.25, ${finetuned} }`],
};

function recipeOf(steps, output) {
  const all = [
    `distill: { student: { layers: 3, hidden: 192 }, start: projected, epochs: ${values.epochs}, learningRate: 1e-3 }`,
    ...steps,
    "quantize: { kind: dynamic }",
  ];
  return `teacher: ${teacher}
task: { name: text-classification, train: "${clinc}#train", test: "${clinc}#test" }
steps:
${all.map((step) => `  - ${step}\n`).join("")}output: ${output}
`;
}

/** Seconds that a command line takes; an error where it does not end well. */
function seconds(words) {
  const begin = performance.now();
  const script = resolve(values.minnow);
  const { status } = spawnSync(process.execPath, [script, ...words, "--quiet", "--progress", "none"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) throw new Error(`minnow ${words.join(" ")} ended with ${status}`);
  return (performance.now() - begin) / 1000;
}

const write = (where) =>
  Object.entries(recipes).map(([name, steps]) => {
    const file = `${where}-${name}.yaml`;
    writeFileSync(join(folder, file), recipeOf(steps, `${where}/${name}`));
    return file;
  });

try {
  const together = seconds(["compare", ...write("together"), "--cache", "kept", "-o", "together"]);
  console.log(`six recipes in one comparison: ${together.toFixed(0)} s`);
  let alone = 0;
  for (const file of write("alone")) {
    const own = seconds(["compress", file, "--no-cache"]);
    alone += own;
    console.log(`  ${file.slice(6, -5)} alone: ${own.toFixed(0)} s`);
  }
  console.log(`six runs alone: ${alone.toFixed(0)} s; together ${(together / alone).toFixed(2)} of it`);
  const { rows, pareto } = JSON.parse(readFileSync(join(folder, "together/compare.json"), "utf8"));
  for (const { name, metrics, bytes } of rows)
    console.log(`  ${name}: ${(100 * metrics.accuracy.value).toFixed(2)} %, ${bytes} bytes`);
  console.log(`not dominated by bytes: ${pareto.bytes.join(", ")}`);
  if (values.page) cpSync(join(folder, "together"), values.page, { recursive: true });
} finally {
  rmSync(folder, { recursive: true });
}

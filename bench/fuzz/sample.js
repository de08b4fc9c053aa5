// A sample of fuzzed inputs with minnow's verdict on each, for the reference readers: node bench/fuzz/sample.js COUNT SEED FOLDER
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseYaml } from "../../dist/recipe/index.js";
import { randomOf } from "./random.js";
import { inputOf, readersOf } from "./readers.js";
import { tried } from "./try.js";

const [count, seed, folder] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "minnow-sample-"));
const dist = new URL("../../dist/", import.meta.url);
const all = await readersOf((name) => import(new URL(`${name}/index.js`, dist)), work);
// what YAML says is valid, whatever a recipe makes of it
const compared = {
  safetensors: all.safetensors,
  onnx: all.onnx,
  yaml: (bytes) => void parseYaml(new TextDecoder("utf-8", { fatal: true }).decode(bytes), "r.yaml"),
};
for (const [name, read] of Object.entries(compared)) {
  mkdirSync(join(folder, name), { recursive: true });
  const verdicts = [];
  for (let i = 0; i < Number(count); i++) {
    const bytes = inputOf(name, randomOf(`${seed} ${name} ${i}`));
    writeFileSync(join(folder, name, String(i)), bytes);
    const { verdict, words } = await tried(read, bytes);
    verdicts.push({ i, verdict, words });
  }
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(verdicts));
}
rmSync(work, { recursive: true });

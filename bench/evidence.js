// What minnow promises of its cache, tried: `npm run evidence [-- --times 50] [--seed 1] [--json]`. Kills (kill -9) and failing file-system calls
// at random moments of a whole run with a cache: nothing torn, the run goes on, and the model files end with the bits of a run that nothing disturbed.
// And every key of a recipe is in the hashes of all that depends on it.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { keys, keysText } from "./evidence-keys.js";
import { root } from "./peers.js";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    minnow: { type: "string", default: join(root, "bin/minnow.js") },
  },
});
const folder = mkdtempSync(join(tmpdir(), "minnow-evidence-"));
const models = ["model.safetensors", "onnx/model.onnx", "onnx/model_quantized.onnx", "config.json"];

/** Numbers in [0, 1) from a seed (mulberry32). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function prepare() {
  for (const [name, step] of [
    ["train.tsv", 10],
    ["test.tsv", 30],
  ]) {
    const [head, ...rows] = readFileSync(join(root, "fixtures/intents", name), "utf8")
      .trim()
      .split("\n");
    writeFileSync(join(folder, name), `${[head, ...rows.filter((_, i) => i % step === 0)].join("\n")}\n`);
  }
}

/** The words of a run that has a folder and a cache of its own. */
function wordsOf(name) {
  const recipe = `teacher: ${join(root, "fixtures/models/intents-teacher")}
task: { name: text-classification, train: train.tsv, test: test.tsv, text: text, label: intent }
steps:
  - distill: { student: { layers: 1, hidden: 48 }, start: projected, epochs: 4 }
  - prune: { kind: neurons, ratio: 0.25, finetune: { epochs: 2 } }
  - quantize: { kind: dynamic }
output: ${name}/out
measure: { budget: 0.05 }
`;
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, `${name}.yaml`), recipe);
  return ["compress", `${name}.yaml`, "--progress", "none", "--quiet", "--cache", `${name}/cache`];
}

/** Runs minnow; with `killAfter` it is killed after so many milliseconds. */
function run(words, { env = {}, node = [], killAfter } = {}) {
  return new Promise((settle) => {
    const started = performance.now();
    const child = spawn(process.execPath, [...node, resolve(values.minnow), ...words], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.stderr.on("data", (chunk) => {
      told += chunk;
    });
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      settle({ code, signal, told, ms: performance.now() - started });
    });
  });
}

const bitsOf = (name) =>
  models
    .map((file) =>
      createHash("sha256")
        .update(readFileSync(join(folder, name, "out", file)))
        .digest("hex"),
    )
    .join(" ");

/** After a disturbance: the run begun anew ends well, with the bits of the undisturbed one, and the cache is whole. */
async function recovers(name, expected) {
  const again = await run(wordsOf(name));
  const cache = await run(["cache", "verify", "--cache", `${name}/cache`, "--json"]);
  const fine = again.code === 0 && cache.code === 0 && bitsOf(name) === expected;
  return { fine, told: again.told };
}

prepare();
const random = numbers(Number(values.seed));
const times = Number(values.times);
const counted = join(folder, "calls");
const faults = ["--import", join(root, "bench/faults.js")];
const whole = await run(wordsOf("whole"), {
  node: faults,
  env: { MINNOW_FAULT: "count", MINNOW_FAULT_COUNT: counted },
});
if (whole.code !== 0)
  throw new Error(`the run that nothing disturbs ended with ${whole.code}: ${whole.told}`);
const expected = bitsOf("whole");
const calls = Math.max(...readFileSync(counted, "utf8").trim().split("\n").map(Number));

const tried = keys();
const wrong = [...tried.wrong];
let killed = 0;
for (let i = 0; i < times; i++) {
  const name = `kill-${i}`;
  const { signal } = await run(wordsOf(name), { killAfter: random() * whole.ms });
  if (signal === "SIGKILL") killed++;
  const { fine, told } = await recovers(name, expected);
  if (!fine) wrong.push({ what: name, told });
  rmSync(join(folder, name), { recursive: true, force: true });
}
const codes = {};
for (let i = 0; i < times; i++) {
  const name = `fault-${i}`;
  const kind = ["ENOSPC", "EIO", "short"][i % 3];
  const fault = `${1 + Math.floor(random() * calls)}:${kind}`;
  const { code, told } = await run(wordsOf(name), { node: faults, env: { MINNOW_FAULT: fault } });
  codes[`${kind} ${code}`] = (codes[`${kind} ${code}`] ?? 0) + 1;
  const named = code === 0 || (/^error: /m.test(told) && !/defect/.test(told));
  const { fine, told: after } = await recovers(name, expected);
  if (!fine || !named) wrong.push({ what: `${name} ${fault} ended with ${code}`, told: told + after });
  rmSync(join(folder, name), { recursive: true, force: true });
}
rmSync(folder, { recursive: true, force: true });
const result = { keys: tried.keys, times, killed, calls, codes, wrong };
if (values.json) console.log(JSON.stringify(result));
else {
  console.log(keysText(tried));
  console.log(
    `${times} runs that were killed (${killed} before their end) and ${times} with a failing call of ${calls}`,
  );
  for (const [what, count] of Object.entries(codes)) console.log(`  ${what}: ${count}`);
  console.log(wrong.length === 0 ? "all went on, and ended with the same bits" : `${wrong.length} did not:`);
  for (const { what, told } of wrong) console.log(`  ${what}\n${told}`);
}
process.exit(wrong.length === 0 ? 0 : 1);

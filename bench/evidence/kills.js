// Kills (kill -9) and failing file-system calls at random moments of a whole run with a cache: nothing torn, the run goes on, and the
// model files end with the bits of a run that nothing disturbed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { root } from "../peers.js";
import { table } from "../table.js";

const models = ["model.safetensors", "onnx/model.onnx", "onnx/model_quantized.onnx", "config.json"];
const faults = ["--import", join(root, "bench/faults.js")];

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

/** Some rows of the intents, in a new folder. */
function prepared() {
  const folder = mkdtempSync(join(tmpdir(), "minnow-evidence-"));
  for (const [name, step] of [
    ["train.tsv", 10],
    ["test.tsv", 30],
  ]) {
    const [head, ...rows] = readFileSync(join(root, "fixtures/intents", name), "utf8")
      .trim()
      .split("\n");
    writeFileSync(join(folder, name), `${[head, ...rows.filter((_, i) => i % step === 0)].join("\n")}\n`);
  }
  return folder;
}

/** Runs in `folder` with the script `minnow`. */
function runsIn(folder, minnow) {
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
  function start(words, { env = {}, node = [], killAfter } = {}) {
    return new Promise((settle) => {
      const started = performance.now();
      const child = spawn(process.execPath, [...node, resolve(minnow), ...words], {
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

  /** After a disturbance: the run begun anew ends well, with the bits of the undisturbed one, and the cache is whole. What is not so. */
  async function recovers(name, expected) {
    const again = await start(wordsOf(name));
    const cache = await start(["cache", "verify", "--cache", `${name}/cache`, "--json"]);
    const problems = [
      ...(again.code === 0 ? [] : [`begun anew, it ended with ${again.code}: ${again.told}`]),
      ...(cache.code === 0 ? [] : [`cache verify ended with ${cache.code}: ${cache.told}`]),
      ...(again.code !== 0 || bitsOf(name) === expected ? [] : ["begun anew, its files have other bits"]),
    ];
    rmSync(join(folder, name), { recursive: true, force: true });
    return problems;
  }

  /** A run that nothing disturbs: its bits, its milliseconds, and how many calls of it change the disk. */
  async function undisturbed() {
    const counted = join(folder, "calls");
    const env = { MINNOW_FAULT: "count", MINNOW_FAULT_COUNT: counted };
    const { code, told, ms } = await start(wordsOf("whole"), { node: faults, env });
    if (code !== 0) throw new Error(`the run that nothing disturbs ended with ${code}: ${told}`);
    const calls = Math.max(...readFileSync(counted, "utf8").trim().split("\n").map(Number));
    return { expected: bitsOf("whole"), ms, calls };
  }
  return { wordsOf, start, recovers, undisturbed };
}

export async function run({ times, seed, minnow }) {
  const folder = prepared();
  try {
    const { wordsOf, start, recovers, undisturbed } = runsIn(folder, minnow);
    const random = numbers(seed);
    const { expected, ms, calls } = await undisturbed();
    const wrong = [];
    let killed = 0;
    for (let i = 0; i < times; i++) {
      const name = `kill-${i}`;
      const { signal } = await start(wordsOf(name), { killAfter: random() * ms });
      if (signal === "SIGKILL") killed++;
      const problems = await recovers(name, expected);
      if (problems.length > 0) wrong.push({ what: name, told: problems.join("\n") });
    }
    const codes = {};
    for (let i = 0; i < times; i++) {
      const name = `fault-${i}`;
      const kind = ["ENOSPC", "EIO", "short"][i % 3];
      const fault = `${1 + Math.floor(random() * calls)}:${kind}`;
      const { code, told } = await start(wordsOf(name), { node: faults, env: { MINNOW_FAULT: fault } });
      codes[`${kind} ${code}`] = (codes[`${kind} ${code}`] ?? 0) + 1;
      const named = code === 0 || (/^error: /m.test(told) && !/defect/.test(told));
      const problems = await recovers(name, expected);
      if (!named) problems.unshift(`the error names nothing: ${told}`);
      if (problems.length > 0)
        wrong.push({ what: `${name} ${fault} ended with ${code}`, told: problems.join("\n") });
    }
    return { times, killed, calls, codes, wrong };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function text({ times, killed, calls, codes, wrong }) {
  const rows = Object.entries(codes)
    .sort()
    .map(([what, count]) => [...what.split(" "), String(count)]);
  const end =
    wrong.length === 0
      ? "all went on, and ended with the bits of a run that nothing disturbed"
      : `${wrong.length} did not end as they should`;
  return `${table(["failing call", "exit code", "runs"], rows)}
kills and faults: ${times} runs killed (${killed} before their end), ${times} with a failing call of ${calls}: ${end}`;
}

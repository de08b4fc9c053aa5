// Kills minnow (kill -9) at moments spread over a whole run, looks at what lies in the output folder after each, and runs it to its end.
// `node bench/kill.js [--times 20] [--seed 1] [--recipe recipes/quickstart.yaml] [--minnow bin/minnow.js] [--json] [-- minnow's words]`
// Words after `--` replace `compress RECIPE`; `-o FOLDER` is added to them.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { InferenceSession } from "onnxruntime-node";
import { parse, stringify } from "yaml";
import { root } from "./peers.js";
import { table } from "./table.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    times: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    recipe: { type: "string", default: join(root, "recipes", "quickstart.yaml") },
    minnow: { type: "string", default: join(root, "bin", "minnow.js") },
    json: { type: "boolean", default: false },
  },
});
const times = Number(values.times);
const folder = mkdtempSync(join(tmpdir(), "minnow-kill-"));
const output = join(folder, "out");
const words =
  positionals.length > 0 ? [...positionals, "-o", output] : ["compress", movedRecipe(), "--no-cache"];

/** A copy of the recipe that reads the same files and writes to `output`. */
function movedRecipe() {
  const recipe = parse(readFileSync(values.recipe, "utf8"));
  const absolute = (path) => path && resolve(dirname(values.recipe), path);
  const { task, teacher } = recipe;
  const moved = {
    ...recipe,
    teacher: absolute(teacher),
    task: { ...task, train: absolute(task.train), test: absolute(task.test) },
    output,
  };
  const path = join(folder, "recipe.yaml");
  writeFileSync(path, stringify(moved));
  return path;
}

/** Runs minnow; after `killAfter` milliseconds it is killed. Gives what it was doing then, and its exit code or signal. */
function runMinnow(killAfter) {
  return new Promise((settle, fail) => {
    const start = performance.now();
    const child = spawn(process.execPath, [resolve(values.minnow), ...words, "--progress", "json"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    let killed = false;
    child.stderr.on("data", (chunk) => {
      told += chunk;
    });
    const kill = () => {
      killed = true;
      child.kill("SIGKILL");
    };
    const timer = killAfter === undefined ? undefined : setTimeout(kill, killAfter);
    child.on("error", fail);
    child.on("close", (code) => {
      clearTimeout(timer);
      settle({ code, killed, told, doing: lastStep(told), milliseconds: performance.now() - start });
    });
  });
}

/** Name of the step that began last, from the events on stderr; "" before the first and after the last. */
function lastStep(told) {
  let doing = "starting";
  for (const line of told.split("\n")) {
    if (!line.startsWith("{")) continue;
    try {
      const { kind, id } = JSON.parse(line);
      if (kind === "start") doing = id;
      if (kind === "done") doing = `after ${id}`;
    } catch {
      // the line that the kill cut short
    }
  }
  return doing;
}

const filesBelow = (path) =>
  existsSync(path)
    ? readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(path, join(entry.parentPath, entry.name)))
        .sort()
    : [];

const whole = {
  ".onnx": async (path) => (await InferenceSession.create(path)).release(),
  ".json": (path) => JSON.parse(readFileSync(path, "utf8")),
  ".safetensors": checkSafetensors,
  ".html": (path) => mustEnd(path, "</html>"),
  ".md": (path) => mustEnd(path, ""),
};

/** The header is JSON and its tensors fill the rest of the file exactly. */
function checkSafetensors(path) {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__, ...tensors } = JSON.parse(bytes.subarray(8, 8 + length).toString("utf8"));
  const end = Math.max(...Object.values(tensors).map(({ data_offsets }) => data_offsets[1]));
  if (8 + length + end !== bytes.byteLength)
    throw new Error(`${bytes.byteLength} bytes, the header says ${8 + length + end}`);
}

function mustEnd(path, words) {
  const text = readFileSync(path, "utf8").trimEnd();
  if (text === "" || !text.endsWith(words)) throw new Error("it is cut short");
}

/** What is wrong in the output folder: torn files, and names that no complete run leaves (its work folder apart). */
async function problemsOf(expected) {
  const found = filesBelow(output).filter((name) => !name.startsWith(".minnow"));
  const problems = found.filter((name) => !expected.includes(name)).map((name) => `${name}: a stray name`);
  for (const name of found) {
    try {
      await whole[extname(name)]?.(join(output, name));
    } catch (error) {
      problems.push(`${name}: ${error.message}`);
    }
  }
  return { problems, files: found.length };
}

/** Seeded numbers in [0, 1). */
function randomOf(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

async function finish(what) {
  const run = await runMinnow();
  if (run.code !== 0) throw new Error(`${what} ended with ${run.code}\n${run.told.slice(-2000)}`);
  return run;
}

const first = await finish("the first run");
const expected = filesBelow(output);
const random = randomOf(Number(values.seed));
const shares = Array.from({ length: times }, (_, i) => (i + random()) / times);
// the first half begins without an output folder, the rest over a complete one
rmSync(output, { recursive: true });
const rows = [];
for (const [i, share] of shares
  .map((share) => ({ share, key: random() }))
  .sort((a, b) => a.key - b.key)
  .map(({ share }) => share)
  .entries()) {
  if (i === Math.ceil(times / 2)) await finish("the run between");
  const { killed, doing, code } = await runMinnow(share * first.milliseconds);
  const { problems, files } = await problemsOf(expected);
  const row = {
    share,
    milliseconds: share * first.milliseconds,
    doing: killed ? doing : `had ended with ${code}`,
    files,
    problems,
  };
  rows.push(row);
  if (!values.json)
    console.error(
      `${i + 1}/${times}: ${row.doing}, ${files} files${problems.length > 0 ? `, ${problems.join("; ")}` : ""}`,
    );
}
const last = await finish("the run after all kills");
const { problems } = await problemsOf(expected);
const left = filesBelow(output).filter((name) => !expected.includes(name));
const missing = expected.filter((name) => !existsSync(join(output, name)));
const torn = rows.filter((row) => row.problems.length > 0).length + problems.length;
const result = {
  times,
  kills: rows.filter(({ doing }) => !doing.startsWith("had ended")).length,
  torn,
  left,
  missing,
  seconds: last.milliseconds / 1000,
  rows,
};
if (values.json) console.log(JSON.stringify(result));
else {
  const cells = rows.map((row) => [
    `${(row.milliseconds / 1000).toFixed(2)} s`,
    `${(100 * row.share).toFixed(0)} %`,
    row.doing,
    String(row.files),
    row.problems.join("; ") || "whole",
  ]);
  console.log(table(["killed at", "of the run", "while", "files in the output folder", "which are"], cells));
  console.log(
    `${result.kills} kills, ${torn} torn; the next run ended well in ${result.seconds.toFixed(1)} s with ${expected.length} files${left.length > 0 ? `, left over: ${left}` : ""}`,
  );
}
rmSync(folder, { recursive: true });
process.exitCode = torn + left.length + missing.length > 0 || problems.length > 0 ? 1 : 0;

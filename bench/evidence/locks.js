// Locks: eight processes take the lock of one output folder in the same millisecond, again and again: one has it, the others are told who.
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root } from "../peers.js";
import { table } from "../table.js";

/** What lies in the folder when the processes come, by name. */
const starts = {
  "no folder": () => undefined,
  "an empty folder": (folder) => mkdirSync(folder),
  "a lock of a dead process": (folder) => locked(folder, { pid: 2 ** 22 + 7, started: "1" }),
  "a lock of another process's number": (folder) => locked(folder, { pid: process.pid, started: "1" }),
  "a lock that was cut short": (folder) => locked(folder, '{"pid":'),
};

function locked(folder, content) {
  mkdirSync(join(folder, ".minnow"), { recursive: true });
  writeFileSync(
    join(folder, ".minnow.pid"),
    typeof content === "string" ? content : `${JSON.stringify(content)}\n`,
  );
}

const answer = (child, message) =>
  new Promise((settle) => {
    child.once("message", settle);
    child.send(message);
  });

/** Rounds of so many processes with the code of a `dist` folder: how many had the lock in each, and what was not as it should be. */
export async function race({ rounds, processes = 8, dist = join(root, "dist") }) {
  const home = mkdtempSync(join(tmpdir(), "minnow-locks-"));
  const folder = join(home, "out");
  const children = Array.from({ length: processes }, () => fork(fileURLToPath(import.meta.url), [dist]));
  const tally = {};
  const wrong = [];
  try {
    await Promise.all(children.map((child) => answer(child, {})));
    for (let i = 0; i < rounds; i++) {
      const [start, prepare] = Object.entries(starts)[i % Object.keys(starts).length];
      rmSync(folder, { recursive: true, force: true });
      prepare(folder);
      const at = Date.now() + 3;
      const got = await Promise.all(children.map((child) => answer(child, { folder, at })));
      const held = got.filter((one) => one === "held").length;
      tally[start] ??= {};
      tally[start][held] = (tally[start][held] ?? 0) + 1;
      const strange = got.filter((one) => one !== "held" && one !== "locked");
      if (held !== 1 || strange.length > 0)
        wrong.push({ what: `round ${i}: ${start}`, told: got.join("\n") });
      await Promise.all(children.map((child) => answer(child, { release: true })));
      const left = readdirSync(folder);
      if (left.length > 0)
        wrong.push({ what: `round ${i}: ${start}`, told: `left behind: ${left.join(", ")}` });
    }
    return { rounds, processes, tally, wrong };
  } finally {
    for (const child of children) child.kill();
    rmSync(home, { recursive: true, force: true });
  }
}

export const run = ({ rounds }) => race({ rounds });

export function text({ rounds, processes, tally, wrong }) {
  const rows = Object.entries(tally).flatMap(([start, counts]) =>
    Object.entries(counts).map(([held, count]) => [start, held, String(count)]),
  );
  const end = wrong.length === 0 ? "one held it in each" : `${wrong.length} were not as they should be`;
  return `${table(["what was there", "holders", "rounds"], rows)}
locks: ${rounds} rounds of ${processes} processes: ${end}`;
}

/** One of the processes: takes the lock at the moment that it is told, and gives it up when it is told to. */
async function child(dist) {
  const { holdFolder } = await import(pathToFileURL(join(dist, "pipeline/index.js")).href);
  let release;
  process.on("message", ({ folder, at, release: end }) => {
    if (end) release?.();
    if (end || folder === undefined) {
      release = undefined;
      return process.send("ready");
    }
    while (Date.now() < at);
    try {
      release = holdFolder(folder);
      process.send("held");
    } catch (error) {
      process.send(error.kind === "locked" ? "locked" : `error: ${error.stack}`);
    }
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await child(process.argv[2]);

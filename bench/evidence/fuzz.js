// Readers fed with inputs that are broken by chance: none hangs, takes much memory, or ends in anything but an answer or a refusal.
import { fork } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readerNames } from "../fuzz/readers.js";
import { LIMIT } from "../fuzz/try.js";
import { root } from "../peers.js";
import { table } from "../table.js";

/** Megabytes that a process which reads one input after the other may take at its peak. */
const PEAK = 500;
/** Where inputs are written: in memory where the system has such a folder. */
const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
/** Milliseconds between two looks at a process. */
const LOOK = 500;
/** Seconds of the processor at one input after which it is ended; the limit itself is the child's to tell. */
const HANG = 5 * LIMIT;

/**
 * Every reader for its share of the minutes, or for as many inputs as are wanted, one process at a time; `keep` names a folder for
 * one short input of each refusal.
 */
export async function run({ minutes, inputs, seed, readers, keep }) {
  const names = readers ? readers.split(",") : readerNames;
  const rows = [];
  const wrong = [];
  for (const name of names) {
    const row = { name, inputs: 0, tally: {}, slowest: 0, peak: 0, classes: new Map() };
    const end = inputs ? Infinity : performance.now() + (minutes * 60_000) / names.length;
    const until = inputs ?? Infinity;
    for (let from = 0; from < until && performance.now() < end; )
      from = await feed(row, { from, until, seed, end }, wrong);
    if (row.peak > PEAK)
      wrong.push({ what: `${name}: a peak of ${Math.round(row.peak)} MB`, told: `above ${PEAK} MB` });
    if (keep) keepClasses(row, keep);
    rows.push({ ...row, classes: row.classes.size });
  }
  return { seed, rows, wrong };
}

/** One process from an input on, until the time is up, the inputs are read, or it ends; the input to go on with. */
function feed(row, { from, until, seed, end }, wrong) {
  const folder = mkdtempSync(join(memory, "minnow-fuzz-"));
  const child = fork(
    join(root, "bench/fuzz/child.js"),
    [row.name, ...[from, until, seed].map(String), folder],
    {
      execArgv: ["--max-old-space-size=300"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    },
  );
  let last = "";
  child.stderr.on("data", (chunk) => {
    last = (last + chunk).slice(-2000);
  });
  let next = from;
  const blame = (i, words) => wrong.push({ what: `${row.name}: input ${i} of seed ${seed}`, told: words });
  child.on("message", (message) => {
    if (message.wrong) blame(message.wrong.i, message.wrong.words);
    else if (message.kept) keepShorter(row.classes, message.kept);
    else addTo(row, message, next);
    next = message.next ?? next;
  });
  const at = () => {
    try {
      return readFileSync(join(folder, "at")).readDoubleLE();
    } catch {
      return from;
    }
  };
  let seen = { i: -1, cpu: 0 };
  let stopped = false;
  const watch = setInterval(() => {
    if (performance.now() > end) {
      stopped = true;
      child.kill("SIGKILL");
      return;
    }
    const now = { i: at(), cpu: secondsOf(child.pid) };
    if (now.i !== seen.i) seen = now;
    else if (now.cpu - seen.cpu > HANG) child.kill("SIGKILL");
  }, LOOK);
  return new Promise((resolve) => {
    child.on("exit", (code, signal) => {
      clearInterval(watch);
      const i = at();
      rmSync(folder, { recursive: true, force: true });
      if (stopped || next === until) return resolve(next);
      blame(
        i,
        signal === "SIGKILL"
          ? `it took more than ${HANG} s`
          : `the process ended with ${signal ?? code}: ${last}`,
      );
      resolve(i + 1);
    });
  });
}

function addTo(row, { next, tally, slowest, peak }, before) {
  row.inputs += next - before;
  for (const [verdict, count] of Object.entries(tally))
    row.tally[verdict] = (row.tally[verdict] ?? 0) + count;
  row.slowest = Math.max(row.slowest, slowest);
  row.peak = Math.max(row.peak, peak);
}

function keepShorter(classes, { sentence, bytes }) {
  const known = classes.get(sentence);
  if (known === undefined || bytes.length < known.length) classes.set(sentence, bytes);
}

/** Bytes of a reader's kept inputs. */
const KEPT = 24_000;

/** A file for each reader: the shortest inputs in base64 by the sentences that they are answered with, as many as have room. */
function keepClasses({ name, classes }, keep) {
  mkdirSync(keep, { recursive: true });
  let room = KEPT;
  const shortest = [...classes].toSorted(([, a], [, b]) => a.length - b.length);
  const kept = shortest.filter(([sentence, bytes]) => {
    room -= sentence.length + bytes.length;
    return room > 0;
  });
  const content = Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(keep, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
}

/** Seconds of the processor that a process has taken (proc(5): fields 14 and 15, in hundredths). */
function secondsOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

export function text({ seed, rows, wrong }) {
  const kinds = [
    "valid",
    ...new Set(rows.flatMap(({ tally }) => Object.keys(tally)).filter((kind) => kind !== "valid")),
  ];
  const cells = rows.map(({ name, inputs, tally, slowest, peak, classes }) => [
    name,
    inputs.toLocaleString("en"),
    ...kinds.map((kind) => (tally[kind] ?? 0).toLocaleString("en")),
    String(classes),
    `${slowest.toFixed(2)} s`,
    `${Math.round(peak)} MB`,
  ]);
  const head = ["reader", "inputs", ...kinds, "sentences", "slowest", "peak"];
  const total = rows.reduce((sum, { inputs }) => sum + inputs, 0).toLocaleString("en");
  const end =
    wrong.length === 0
      ? `each an answer or a refusal, none above ${LIMIT} s or ${PEAK} MB`
      : `${wrong.length} not as promised`;
  return `${table(head, cells)}\nfuzz: ${total} inputs of seed ${seed}: ${end}`;
}

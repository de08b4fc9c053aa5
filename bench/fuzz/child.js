// A process that reads one input after the other: node child.js READER FROM UNTIL SEED FOLDER. It tells its parent what it found, and
// keeps the number of the input that it is at in FOLDER/at, for whoever finds it dead or still at it.
import { mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { randomOf } from "./random.js";
import { inputOf, readersOf } from "./readers.js";
import { tried } from "./try.js";

const [reader, from, until, seed, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const dist = new URL("../../dist/", import.meta.url);
const read = (await readersOf((name) => import(new URL(`${name}/index.js`, dist)), folder))[reader];
const at = openSync(join(folder, "at"), "w");
const number = Buffer.alloc(8);
/** Milliseconds between two words to the parent. */
const ROUND = 250;
const classes = new Map();

// the stack of a refusal is asked for by nobody, and takes longer than many a reader
Error.stackTraceLimit = 0;
let tally = {};
let slowest = 0;
let told = performance.now();
process.on("disconnect", () => process.exit());
/** What was counted since the last word, up to input `next`. */
const tell = (next) => {
  told = performance.now();
  process.send({ next, tally, slowest, peak: process.resourceUsage().maxRSS / 1024 });
  [tally, slowest] = [{}, 0];
};
for (let i = Number(from); i < Number(until); i++) {
  number.writeDoubleLE(i);
  writeSync(at, number, 0, 8, 0);
  const bytes = inputOf(reader, randomOf(`${seed} ${reader} ${i}`));
  const found = await tried(read, bytes);
  const name = found.verdict === "refused" ? found.kind : found.verdict;
  tally[name] = (tally[name] ?? 0) + 1;
  slowest = Math.max(slowest, found.seconds);
  if (found.verdict === "wrong") {
    Error.stackTraceLimit = 20;
    found.words = (await tried(read, bytes)).words ?? found.words;
    Error.stackTraceLimit = 0;
  }
  if (found.verdict === "wrong") process.send({ wrong: { i, words: found.words } });
  // the shortest input of every sentence that refuses one
  const sentence = `${found.verdict} ${(found.words ?? "").replace(/"(?:[^"\\]|\\.)*"|[^A-Za-z ]+/g, "").slice(0, 80)}`;
  if (bytes.length < (classes.get(sentence) ?? 1025)) {
    classes.set(sentence, bytes.length);
    process.send({ kept: { i, sentence, bytes: bytes.toString("base64") } });
  }
  if (performance.now() - told > ROUND) {
    tell(i + 1);
    // what the parent has to say is heard here
    await new Promise((resolve) => setImmediate(resolve));
  }
}
tell(Number(until));
process.disconnect();

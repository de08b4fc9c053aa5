// What minnow promises, tried: `npm run evidence [-- --only PART] [--times 50] [--seed 1] [--json]`. Each part prints its figures and a
// sentence that sums them up; the exit code is 1 where one of them is not as promised.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as busy from "./evidence/busy.js";
import * as coverage from "./evidence/coverage.js";
import * as exitCodes from "./evidence/exit-codes.js";
import * as fuzz from "./evidence/fuzz.js";
import * as gate from "./evidence/gate.js";
import * as keys from "./evidence/keys.js";
import * as kills from "./evidence/kills.js";
import * as locks from "./evidence/locks.js";
import * as mutants from "./evidence/mutants.js";
import * as sweep from "./evidence/sweep.js";
import * as typos from "./evidence/typos.js";
import { root } from "./peers.js";

const parts = {
  kills,
  locks,
  sweep,
  "exit-codes": exitCodes,
  gate,
  keys,
  typos,
  mutants,
  coverage,
  fuzz,
  busy,
};
const { values } = parseArgs({
  options: {
    only: { type: "string" },
    times: { type: "string", default: "50" },
    rounds: { type: "string", default: "1000" },
    runs: { type: "string", default: "10" },
    seconds: { type: "string", default: "4" },
    minutes: { type: "string", default: "2" },
    inputs: { type: "string" },
    readers: { type: "string" },
    keep: { type: "string" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    minnow: { type: "string", default: join(root, "bin/minnow.js") },
    help: { type: "boolean", short: "h", default: false },
  },
});
const names = Object.keys(parts);
if (values.help) {
  console.log(`usage: npm run evidence -- [--only PART] [--times N] [--seed N] [--minnow SCRIPT] [--json]

--only PART       one of ${names.join(", ")} (default: all)
--times N         kills: how many runs are killed, and how many have a failing call (default: 50)
--rounds N        locks: how often the processes take the lock (default: 1000)
--runs N          busy: of each model under each load (default: 10)
--seconds N       busy: of each run (default: 4)
--minutes N       fuzz: for all readers together (default: 2)
--inputs N        fuzz: for each reader, instead of minutes
--readers A,B     fuzz: some of the readers (default: all)
--keep FOLDER     fuzz: where one short input of each refusal is put
--seed N          kills: of the moments, fuzz: of the inputs (default: 1)
--minnow SCRIPT   kills: the script that is run (default: bin/minnow.js, as npm run build made it)
--write           put what is printed into docs/evidence.md, for the parts that have a place there
--json            one document with the figures of each part`);
  process.exit(0);
}
if (values.only !== undefined && !names.includes(values.only)) {
  console.error(`there is no part ${values.only}; there are ${names.join(", ")}`);
  process.exit(2);
}
/** Puts the text between a part's two comments in a document; nothing where it has none. */
function writeInto(path, name, text) {
  const place = new RegExp(`(<!-- ${name}: [^>]*-->\\n)[\\s\\S]*?(<!-- end of ${name} -->)`);
  const document = readFileSync(path, "utf8");
  const block = `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
  writeFileSync(
    path,
    document.replace(place, (_, begin, end) => `${begin}${block}${end}`),
  );
}
const options = {
  times: Number(values.times),
  rounds: Number(values.rounds),
  runs: Number(values.runs),
  seconds: Number(values.seconds),
  minutes: Number(values.minutes),
  inputs: values.inputs && Number(values.inputs),
  readers: values.readers,
  keep: values.keep,
  seed: Number(values.seed),
  minnow: values.minnow,
};
const results = {};
for (const name of values.only === undefined ? names : [values.only]) {
  const { run, text } = parts[name];
  const result = await run(options);
  results[name] = result;
  if (values.write) writeInto(join(root, "docs/evidence.md"), name, text(result));
  if (values.json) continue;
  console.log(`${text(result)}\n`);
  for (const { what, told } of result.wrong) console.log(`wrong: ${what}\n${told}\n`);
}
if (values.json) console.log(JSON.stringify(results));
process.exitCode = Object.values(results).some(({ wrong }) => wrong.length > 0) ? 1 : 0;

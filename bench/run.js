// The benchmarks: `npm run bench -- [NAME...] [--rounds N] [--full]`. Each pair is measured in turns in this one run, its ratio is
// held against its limit, and docs/benchmarks.md is written from what is known (docs/benchmarks.json).
import { parseArgs } from "node:util";
import * as distil from "./compare-distil.js";
import * as latency from "./compare-latency.js";
import * as quantize from "./compare-quantize.js";
import * as trainStep from "./compare-train-step.js";
import { describeHere, printSection, writeDocument } from "./document.js";
import { python } from "./peers.js";

const all = [trainStep, distil, quantize, latency];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    full: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
    "no-document": { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(`usage: npm run bench -- [NAME...] [--rounds N] [--full] [--no-document]

names: ${all.map(({ name }) => name).join(", ")} (default: all)
--rounds N      how often the peers take turns (each benchmark has its default)
--full          distil: all epochs of all peers (about 25 minutes) instead of a part that is extrapolated
--no-document   leave docs/benchmarks.md as it is
The Python peers are looked for in $MINNOW_PEERS, then in bench/peers/.venv; bench/peers/setup.sh makes them.`);
  process.exit(0);
}
const stranger = positionals.find((word) => !all.some(({ name }) => name === word));
if (stranger) {
  console.error(`there is no benchmark ${stranger}; there are ${all.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
try {
  python();
} catch (error) {
  console.error(error.message);
  process.exit(2);
}

const chosen = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
let missed = 0;
for (const { name, title, compare } of chosen) {
  const say = (words) => console.error(`${name}: ${words}`);
  const result = await compare({
    ...(values.rounds && { rounds: Number(values.rounds) }),
    full: values.full,
    say,
  });
  const section = { title, ...result, date: new Date().toISOString().slice(0, 10), machine: describeHere() };
  console.log(printSection(section));
  missed += section.rows.filter(({ ratio, limit }) => limit !== undefined && ratio.value > limit).length;
  if (!values["no-document"])
    writeDocument(
      name,
      section,
      all.map((one) => one.name),
    );
}
if (missed > 0) console.log(`${missed} above the limit`);

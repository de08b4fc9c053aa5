// Times on a machine that has other work: each interval holds what a quiet machine gives, or no figure is given.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { encoder } from "../encoder.js";
import { minnow, out, root, teacher } from "../peers.js";
import { runToEnd } from "../process.js";
import { median } from "../statistics.js";
import { table } from "../table.js";

const here = dirname(fileURLToPath(import.meta.url));
/** What else the machine does: so many processes that spin, all the time or every other second. */
const loads = [
  { name: "quiet", spinning: 0 },
  { name: "1 spins", spinning: 1 },
  { name: "2 spin", spinning: 2 },
  { name: "4 spin", spinning: 4 },
  { name: "1 spins every other second", spinning: 1, pauses: true },
];

/** Of 100 runs, those that must hold the quiet value or give none; and of 10 quiet ones, those that must give one. */
const MUST_HOLD = 0.95;
const MUST_GIVE = 0.8;

export async function run({ runs = 10, seconds = 4 }) {
  const say = (words) => process.stderr.write(`busy: ${words}\n`);
  mkdirSync(out, { recursive: true });
  const models = [quickstart(), await sixLayers()];
  const references = models.map(() => []);
  const measured = [];
  const reference = (at) => {
    for (const [i, { name, files }] of models.entries()) {
      say(`${name}: quiet, ${at}`);
      references[i].push(speeds(times(files, 6 * seconds)));
    }
  };
  reference("before");
  for (let round = 0; round < runs; round++) {
    if (round === Math.floor(runs / 2) && round > 0) reference("between");
    say(`round ${round + 1} of ${runs}`);
    for (const load of loads) {
      const stop = spin(load);
      try {
        for (const [i, { name, files }] of models.entries())
          measured.push({ model: i, name, load: load.name, ...speeds(times(files, seconds)) });
      } finally {
        stop();
      }
    }
  }
  reference("after");
  return judged({ models, references, measured });
}

/** The files of the quickstart: its teacher, and what its recipe makes of it. */
function quickstart() {
  const folder = join(out, "busy-teacher");
  runToEnd([...minnow, "export", join(root, "fixtures/models/intents-teacher"), "-o", folder, "--quiet"]);
  const mini = join(out, "busy-quickstart");
  const recipe = join(out, "busy-quickstart.yaml");
  const text = readFileSync(join(root, "recipes/quickstart.yaml"), "utf8")
    .replaceAll("../fixtures", join(root, "fixtures"))
    .replace(/^output: .*$/m, `output: ${mini}`);
  writeFileSync(recipe, text);
  runToEnd([...minnow, "compress", recipe, "--quiet"]);
  return {
    name: "quickstart",
    files: [join(folder, "onnx/model.onnx"), join(mini, "onnx/model_quantized.onnx")],
  };
}

/** A MiniLM of 6 layers x 384 and its int8 file; with random weights where the shared one is not there. */
async function sixLayers() {
  const int8 = join(out, "busy-six-int8");
  let float = join(out, "busy-six.onnx");
  if (existsSync(teacher)) {
    runToEnd([...minnow, "export", teacher, "-o", join(out, "busy-six"), "--quiet"]);
    float = join(out, "busy-six", "onnx/model.onnx");
  } else {
    const { writeModel } = await import("../../dist/index.js");
    const shape = { layers: 6, hidden: 384, heads: 12, intermediate: 1536, vocabulary: 30522 };
    const graph = encoder({ ...shape, positions: 512, classes: 150 });
    await writeModel({ graph, metadata: {} }, float);
  }
  runToEnd([...minnow, "quantize", float, "-o", int8, "--quiet"]);
  return { name: "6 layers", files: [float, join(int8, "onnx/model_quantized.onnx")] };
}

const times = (files, seconds) =>
  JSON.parse(runToEnd([process.execPath, join(here, "times.js"), String(seconds), ...files]));

function speeds([own, mini]) {
  return {
    busy: mini.busy,
    figures: {
      "teacher, p50": { value: own.p50Ms, ...own.intervals?.p50Ms },
      "mini, p50": { value: mini.p50Ms, ...mini.intervals?.p50Ms },
      "mini, p95": { value: mini.p95Ms, ...mini.intervals?.p95Ms },
      "speed-up": mini.speedup,
    },
  };
}

/** Starts what spins; the function that is returned ends it. */
function spin({ spinning, pauses = false }) {
  const code = pauses
    ? "const w = new Int32Array(new SharedArrayBuffer(4)); for (;;) { const end = Date.now() + 1000; while (Date.now() < end); Atomics.wait(w, 0, 0, 1000); }"
    : "for (;;);";
  const children = Array.from({ length: spinning }, () =>
    spawn(process.execPath, ["-e", code], { stdio: "ignore" }),
  );
  return () => {
    for (const child of children) child.kill("SIGKILL");
  };
}

/** Each run against the median of the long quiet measurements of its model. */
function judged({ models, references, measured }) {
  const quiet = models.map((_, i) =>
    Object.fromEntries(
      Object.keys(measured[0].figures).map((figure) => {
        const values = references[i].flatMap(({ figures }) => figures[figure]?.value ?? []);
        return [figure, { value: median(values), values }];
      }),
    ),
  );
  const runs = measured.map(({ model, name, load, busy, figures }) => {
    const missed = Object.entries(figures).filter(([figure, found]) => {
      const { value } = quiet[model][figure];
      return found?.low !== undefined && (found.low > value || value > found.high);
    });
    return { model, name, load, busy, figures, missed: busy ? [] : missed.map(([figure]) => figure) };
  });
  const held = runs.filter(({ missed }) => missed.length === 0).length;
  const still = runs.filter(({ load }) => load === loads[0].name);
  const given = still.filter(({ busy }) => !busy).length;
  const loud = references.flat().filter(({ busy }) => busy).length;
  const wrong = [
    loud > 0 && `${loud} of the long quiet measurements found the machine busy: end other programs`,
    held < MUST_HOLD * runs.length && `${held} of ${runs.length} runs held the quiet value or gave none`,
    given < MUST_GIVE * still.length && `${given} of ${still.length} quiet runs gave figures`,
  ];
  return {
    quiet: models.map(({ name }, i) => ({ name, figures: quiet[i] })),
    runs,
    held,
    wrong: wrong.filter(Boolean).map((what) => ({ what, told: "" })),
  };
}

const digits = (value) => (value === undefined ? "-" : Number(value.toPrecision(3)).toString());
const ranged = (found) =>
  found?.low === undefined ? "-" : `${digits(found.value)} (${digits(found.low)} to ${digits(found.high)})`;

export function text({ quiet, runs, held, wrong }) {
  const reference = quiet.flatMap(({ name, figures }) =>
    Object.entries(figures).map(([figure, { value, values }]) => [
      name,
      figure,
      digits(value),
      values.map(digits).join(", "),
    ]),
  );
  const rows = quiet.flatMap(({ name }) =>
    loads.map(({ name: load }) => {
      const own = runs.filter((run) => run.name === name && run.load === load);
      const given = own.filter(({ busy }) => !busy);
      const raw = own.map(({ figures }) => figures["teacher, p50"].value / figures["mini, p50"].value);
      return [
        name,
        load,
        String(own.length),
        String(given.length),
        String(given.filter(({ missed }) => missed.length === 0).length),
        ranged(given[0]?.figures["speed-up"]),
        raw.length === 0 ? "-" : `${digits(Math.min(...raw))} to ${digits(Math.max(...raw))}`,
      ];
    }),
  );
  const missed = runs.flatMap(({ name, load, missed: figures, figures: all }) =>
    figures.map((figure) => `  ${name}, ${load}: ${figure} ${ranged(all[figure])}`),
  );
  const head = [
    "model",
    "other work",
    "runs",
    "gave figures",
    "held",
    "speed-up of the first",
    "ratios of medians, all runs",
  ];
  return `${table(["model", "quiet figure", "median", "before, between, after"], reference)}
${table(head, rows)}${missed.length > 0 ? `\nnot held:\n${missed.join("\n")}\n` : ""}
busy: of ${runs.length} runs, ${held} held what a quiet machine gives, or gave no figure: ${wrong.length === 0 ? "as promised" : "not as promised"}`;
}

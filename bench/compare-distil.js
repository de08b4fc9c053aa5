// The distillation of recipes/clinc150.yaml as a whole against two PyTorch scripts: one as textbooks write it, one with cached teacher logits.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clinc, here, needData, out, peer, teacher } from "./peers.js";
import { runInSlices, runToEnd } from "./process.js";
import { mean, median } from "./statistics.js";

export const name = "distil";
export const title = "Distillation as a whole";
const epochs = 12;
const limits = { textbook: 0.35, cached: 0.7 };
const names = ["minnow", "textbook", "cached"];

const commandOf = (which, file, more = []) => {
  const common = ["--teacher", teacher, "--data", clinc, "--epochs", String(epochs), "--out", file, ...more];
  return which === "minnow"
    ? [process.execPath, join(here, "distill.js"), ...common]
    : peer("distill.py", ...common, "--mode", which, "--init", "projected");
};
const metricsOf = (file) => JSON.parse(readFileSync(file, "utf8"));

export async function compare({ rounds = 2, full, say }) {
  needData();
  mkdirSync(out, { recursive: true });
  return full ? whole(say) : part(rounds, say);
}

const shared = [
  "A 3-layer x 192 student (start: projected) of the 6-layer x 384 teacher on CLINC150's 15,000 training sentences: batch 32, 12 epochs, temperature 4, alpha 0.9, dropout as in the teacher's config, 2 threads. From the start of the process to its end: imports, loading, tokenization, teacher logits, training, and the test part by student and teacher in batches of 64.",
  "`textbook` draws random batches, pads them to their longest item and runs the teacher in every step; `cached` runs it once and groups batches by length, as minnow does.",
];

/** Whole runs of all three, in slices of time: at any moment one runs and the others are stopped. */
async function whole(say) {
  const files = names.map((which) => join(out, `distil-${which}.json`));
  let told = 0;
  const onSlice = (seconds) => {
    if (performance.now() - told < 60_000) return;
    told = performance.now();
    say(names.map((which, i) => `${which} ${seconds[i].toFixed(0)} s`).join(", "));
  };
  const seconds = await runInSlices(
    names.map((which, i) => commandOf(which, files[i])),
    { slice: 15, onSlice },
  );
  const metrics = files.map(metricsOf);
  const quality = metrics.map(({ accuracy, agreement }, i) => [
    names[i],
    `${(100 * accuracy).toFixed(2)} %`,
    `${(100 * agreement).toFixed(2)} %`,
  ]);
  return {
    rows: ["textbook", "cached"].map((which) => {
      const other = seconds[names.indexOf(which)];
      return {
        what: `against ${which}, s`,
        minnow: seconds[0],
        peer: other,
        ratio: { value: seconds[0] / other },
        limit: limits[which],
      };
    }),
    versions: metrics[1].versions,
    how: [
      ...shared,
      "Whole runs, in slices of 15 s: at any moment one process runs and the others are stopped; the seconds are those for which each ran.",
    ],
    tables: [
      {
        title: "What came out",
        head: ["script", "accuracy on the test part", "agreement with the teacher"],
        rows: quality,
      },
    ],
  };
}

/** Parts of the runs in turns, extrapolated: what is done once, and the mean of later steps for all the others. */
async function part(rounds, say) {
  const steps = { minnow: 700, textbook: 60, cached: 150 };
  const runs = { minnow: [], textbook: [], cached: [] };
  for (let round = 0; round < rounds; round++) {
    for (const which of round % 2 === 0 ? names : [...names].reverse()) {
      const file = join(out, `distil-${which}.json`);
      const start = performance.now();
      runToEnd(commandOf(which, file, ["--max-steps", String(steps[which])]));
      const estimate = extrapolate(metricsOf(file), (performance.now() - start) / 1000);
      runs[which].push(estimate);
      say(
        `${which}: once ${estimate.once.toFixed(1)} s, then ${estimate.perEpoch.toFixed(1)} s an epoch: ${estimate.total.toFixed(0)} s for ${epochs}`,
      );
    }
  }
  const of = (which, key) => median(runs[which].map((run) => run[key]));
  return {
    rows: ["textbook", "cached"].map((which) => {
      const ratios = runs.minnow.map((run, i) => run.total / runs[which][i].total);
      const ratio = { value: mean(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
      return {
        what: `against ${which}, s (extrapolated)`,
        minnow: of("minnow", "total"),
        peer: of(which, "total"),
        ratio,
        limit: limits[which],
      };
    }),
    versions: runs.textbook[0].versions,
    how: [
      ...shared,
      `**Extrapolated, not run to the end** (\`--full\` does that): each script runs ${Object.entries(steps)
        .map(([which, count]) => `${count} steps (${which})`)
        .join(
          ", ",
        )} of its ${epochs} epochs, in turns, ${rounds} rounds; the total is what is done once plus ${epochs} epochs at the mean step. minnow compiles a graph for each length when it first meets it, so its first epoch counts as measured and only its later steps are extrapolated. The range is over rounds.`,
    ],
    tables: [
      {
        title: "Parts",
        head: ["script", "done once, s", "an epoch, s", `${epochs} epochs and once, s`],
        rows: names.map((which) => [
          which,
          ...["once", "perEpoch", "total"].map((key) => of(which, key).toFixed(1)),
        ]),
      },
    ],
  };
}

/** Seconds of the whole run from a part of it; `wall` is the process's own time. */
function extrapolate(metrics, wall) {
  const perEpochSteps = metrics.steps_per_epoch ?? Math.ceil(15_000 / 32);
  const once = wall - metrics.seconds.train;
  const first = metrics.seconds_per_epoch[0];
  const later = metrics.step_ms.later ?? metrics.step_ms.mean;
  const perEpoch = (later * perEpochSteps) / 1000;
  const own = metrics.step_ms.later !== undefined && first !== undefined;
  const compiled = own ? first - perEpoch : 0;
  return {
    once: once + compiled,
    perEpoch,
    total: once + compiled + epochs * perEpoch,
    versions: metrics.versions,
  };
}

// The pages that the tests open: of fixtures, of hostile names, and of far too many layers.
import { readFileSync } from "node:fs";
import { compareFormats, compareRuns } from "../../src/compare/index.ts";
import { parseRecord, type RunRecord, type Stage } from "../../src/record/index.ts";
import { render } from "../../src/report/index.ts";
import { madeRun } from "../compare/runs.ts";
import { poison } from "../report/poison.ts";

const load = (name: string): RunRecord =>
  parseRecord(
    JSON.parse(readFileSync(new URL(`../../fixtures/records/${name}.json`, import.meta.url), "utf8")),
    name,
  );

export const mini = load("mini");

const compared = (...runs: Parameters<typeof compareRuns>): string =>
  compareFormats["compare.html"]?.(compareRuns(...runs)) ?? "";

/** Three results and a teacher, with links; sizes are 5 MB, 900 kB, 6 MB and 91.2 MB. */
export const comparison = compared([
  madeRun({ name: "small", link: "../small/report.html" }),
  madeRun({ name: "tiny", accuracy: 0.895, bytes: 900_000, p50Ms: 0.5, link: "../tiny/report.html" }),
  madeRun({ name: "odd", accuracy: 0.918, bytes: 6_000_000, p50Ms: 3, link: "../odd/report.html" }),
]);

/** 24 steps, each with 400 changes, refusals and a warning or two. */
function large(): RunRecord {
  const [teacher, ...steps] = mini.stages;
  if (!teacher) throw new Error("no stages");
  const many = Array.from({ length: 400 }, (_, i) => `encoder.layer.${i}.attention.self.query.weight`);
  const stages = Array.from({ length: 24 }, (_, i): Stage => {
    const step = steps[i % steps.length];
    if (!step) throw new Error("no steps");
    return {
      ...step,
      name: `${step.name} ${i + 1}`,
      changes: many.map((target) => ({ target, what: "float32 became int8, one scale for each channel" })),
      refused: many.map((target) => ({ target, why: "a second head would leave fewer than the model has" })),
      warnings: [`Accuracy fell by ${i} points.`, "The file is larger."],
    };
  });
  const last = stages.at(-1)?.name ?? "";
  return { ...mini, stages: [teacher, ...stages], result: { ...mini.result, stage: last } };
}

/** Pages of every kind by name. */
export const pages: Readonly<Record<string, string>> = {
  report: render(mini, "html"),
  "report without data": render(load("plain"), "html"),
  comparison,
  "comparison without data": compared([madeRun({ data: null })]),
  "large report": render(large(), "html"),
  "large comparison": compared([
    ...Array.from({ length: 400 }, (_, i) =>
      madeRun({ name: `run ${i}`, accuracy: 0.5 + i / 1000, bytes: 1000 + ((i * 7919) % 400) }),
    ),
  ]),
};

/** A report and a comparison in which every name is this text. */
export const hostilePages = (text: string): readonly string[] => [
  render(poison(mini, text), "html"),
  compared(
    [
      madeRun({ name: text, folder: "a", link: "report.html" }),
      madeRun({ name: text, folder: text, accuracy: 0.9, bytes: 9e6, p50Ms: 9, data: text }),
      madeRun({ name: `${text}.`, folder: "c", cpu: text, teacher: text, accuracy: 0.5 }),
    ],
    { acrossData: true },
  ),
];

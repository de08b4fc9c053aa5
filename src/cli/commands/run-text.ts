// What a run has to say at its end: a row for each stage, the result, warnings, where it lies.

import { basename, dirname, isAbsolute, join } from "node:path";
import { addAbortSignal, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type Io, printable, toldPath } from "../../base/index.ts";
import type { DryRun } from "../../pipeline/index.ts";
import { parseRecipe, type Recipe, readRecipeText, STDIN } from "../../recipe/index.ts";
import {
  busyWarnings,
  difference,
  differenceRange,
  figure,
  figureRange,
  type Latency,
  metricsOf,
  metricWords,
  type NamedMetric,
  named,
  type RunRecord,
  type Stage,
  units,
  warningsOf,
} from "../../record/index.ts";
import { filesLine, nextOf } from "../../report/index.ts";
import type { CommandContext } from "../define.ts";
import { bytes, count, duration, milliseconds, plural } from "../render/figures.ts";
import { paints } from "../render/paint.ts";
import { table } from "../render/table.ts";

/** Reads and checks a recipe, `-` from the standard input, before anything heavy is loaded; AppError `usage`. */
export async function readRecipe(path: string, io: Io): Promise<Recipe> {
  if (path === "-") return parseRecipe(await readAll(io), STDIN, undefined, io.cwd);
  return parseRecipe(await readRecipeText(path, io.cwd), path, undefined, io.cwd);
}

/** The standard input up to its end, which a signal can come before. */
async function readAll({ in: input, signal }: Io): Promise<string> {
  return input === undefined ? "" : text(addAbortSignal(signal, Readable.from(input)));
}

const UNMEASURED =
  "quality was not measured: no test data was given (--test FILE, or test in the task of a recipe)\n";

/** The run in a table; `output` is absolute. */
export function runText(record: RunRecord, output: string, { io, globals }: CommandContext): string {
  const paint = paints(io.out, io.env, globals.color);
  const warnings = warningsOf(record).map((words) => `${paint.yellow("warning:")} ${printable(words)}\n`);
  const refused = record.stages.reduce((sum, stage) => sum + stage.refused.length, 0);
  const folder = toldPath(output, io.cwd);
  return [
    stageTable(record.stages),
    `\n${paint.bold(resultLine(record))}\n`,
    ...warnings,
    ...(metricsOf(record.stages).length > 0 ? [] : [UNMEASURED]),
    ...(refused > 0 ? [`${plural(refused, "refusal")}; the report says which and why\n`] : []),
    `${folder} was written in ${duration(record.seconds)}; read ${join(folder, "report.html")}\n`,
    `\n${nextText(record, folder, paint)}`,
  ].join("");
}

/** What now, in a few lines: what to deploy, code that runs as it is pasted into a module here, the gate's line. */
function nextText(record: RunRecord, folder: string, { bold }: ReturnType<typeof paints>): string {
  const parent = dirname(folder);
  const prefix = isAbsolute(parent) || parent.startsWith(".") ? "" : "./";
  const name = folder === "." ? (record.ships?.folder ?? record.name) : basename(folder);
  const { files, code, gate } = nextOf(record, {
    parent: folder === "." ? "../" : `${prefix}${parent}/`,
    name,
  });
  return [
    ...(files.length > 0 ? [`${bold("deploy")}  ${printable(filesLine(files))}\n`] : []),
    ...(code ? [`${bold("run")}     ${code.node.split("\n").filter(Boolean).join("\n        ")}\n`] : []),
    `${bold("keep")}    ${gate}\n`,
  ].join("");
}

/** What a run would do, step by step. */
export function dryText({ steps, unchanged, output, estimate }: DryRun): string {
  const rows = steps.map(({ name, cached, why, size, seconds }) => [
    printable(name),
    cached ? "kept" : "runs",
    why,
    size ? count(size.parameters) : "",
    size ? bytes(size.bytes) : "",
    seconds === undefined ? "" : `about ${duration(seconds)}`,
  ]);
  const more = steps.flatMap(({ name, size, sizeUnknown }) => [
    ...(sizeUnknown === undefined ? [] : [`${printable(name)}: its size is not known yet: ${sizeUnknown}\n`]),
    ...(size?.most ? [`${printable(name)}: up to ${bytes(size.most.bytes)}, if ${size.most.when}\n`] : []),
  ]);
  const end = unchanged
    ? `${output} holds this very result: nothing would be done\n`
    : "every model is measured anew, and the output folder is written\n";
  const whole = estimate
    ? `about ${duration(estimate.seconds)} and ${bytes(estimate.peakRssBytes)} of memory, from a trial of each part\n`
    : "";
  return `${table(["step", "", "why", "parameters", "bytes", "time"], rows)}${more.join("")}${end}${whole}`;
}

function stageTable(stages: readonly Stage[]): string {
  const batch = Math.min(...stages.flatMap(({ latency }) => latency.map((row) => row.batch)));
  const metrics = metricsOf(stages).filter(isShown);
  const head = [
    "stage",
    ...metrics.flatMap(({ name, primary }) => [metricWords(name), ...(primary ? ["95 %"] : [])]),
    "bytes",
    "gzip",
    "non-zero",
    `batch ${batch} p50`,
    "speed-up",
  ];
  const columns = Number.isFinite(batch) ? head.length : head.length - 2;
  const rows = stages.map((stage) =>
    [
      printable(stage.name),
      ...metrics.flatMap((metric) => metricCells(metric, stage)),
      ...costCells(
        stage,
        stage.latency.find((row) => row.batch === batch),
      ),
    ].slice(0, columns),
  );
  const used = head.slice(0, columns).map((_, i) => i === 0 || rows.some((row) => row[i] !== ""));
  const keep = (row: readonly string[]): string[] => row.filter((_, i) => used[i]);
  return table(keep(head.slice(0, columns)), rows.map(keep));
}

/** Quality, and nearness where it is a share: what a line has room for, and its reader knows without its unit. */
const isShown = ({ role, unit }: NamedMetric): boolean =>
  role === "quality" || (role === "fidelity" && unit === "share");

function metricCells({ name, primary }: NamedMetric, { metrics }: Stage): readonly string[] {
  const found = named(metrics, name);
  const range = found ? figureRange(found, found.unit) : "";
  return [found ? figure(found.value, found.unit) : "", ...(primary ? [range] : [])];
}

const costCells = ({ size }: Stage, latency: Latency | undefined): readonly string[] => [
  bytes(size.bytes),
  size.gzipBytes === undefined ? "" : bytes(size.gzipBytes),
  count(size.nonzero),
  latency ? (latency.busy ? "busy" : milliseconds(latency.p50Ms)) : "",
  latency?.speedup ? `${latency.speedup.value.toFixed(2)}x` : "",
];

function sizeWords(smaller: number): string {
  const times = (smaller >= 1 ? smaller : 1 / smaller).toFixed(1);
  return times === "1.0" ? "of the same size" : `${times}x ${smaller >= 1 ? "smaller" : "larger"}`;
}

function resultLine({ result, stages }: RunRecord): string {
  const { smaller, faster, fasterBatch, difference: pair } = result;
  const parts = [sizeWords(smaller)];
  if (faster) {
    const range = `${faster.low.toFixed(2)} to ${faster.high.toFixed(2)}`;
    const figure =
      faster.value >= 1 ? `${faster.value.toFixed(2)}x faster` : `${(1 / faster.value).toFixed(2)}x slower`;
    parts.push(`${figure} at batch ${fasterBatch ?? 1} (speed-up ${range})`);
  } else if (busyWarnings(stages).length > 0) parts.push("speed withheld (the machine was busy)");
  if (pair) {
    const by = `${difference(pair.value, pair.unit)}${units[pair.unit].afterDifference}`;
    parts.push(`${metricWords(pair.metric)} ${by} (${differenceRange(pair, pair.unit)})`);
  }
  return `${printable(result.stage)} against ${printable(stages[0]?.name ?? "the teacher")}: ${parts.join(", ")}`;
}

// What export, eval, bench and inspect have to say, in words.
import { printable } from "../../base/index.ts";
import type {
  BenchResult,
  EvaluateResult,
  ExportResult,
  InspectResult,
  MetricResult,
  ValueInfo,
} from "../../pipeline/index.ts";
import { busyWords, figure } from "../../record/index.ts";
import { bytes, count, digits, duration, milliseconds, percent, plural } from "../render/figures.ts";
import { table } from "../render/table.ts";

/** Files with their sizes, and how near the export is to the model in memory. */
export function exportText({ output, files, parity, seconds }: ExportResult): string {
  const { maxDifference, tolerance } = parity;
  const allowed = `allowed: ${tolerance.toExponential(1)}`;
  return `${table(
    ["file", "bytes"],
    files.map((file) => [file.path, bytes(file.bytes)]),
  )}
outputs differ by at most ${maxDifference.toExponential(1)} from the model in memory (${allowed})
${printable(output)} was written in ${duration(seconds)}
`;
}

/** A row for each metric and model, with intervals. */
export function evaluateText({ model, data, items, metrics, against, seconds }: EvaluateResult): string {
  const rows = [
    ...metrics.map((metric) => [printable(model), ...metricCells(metric)]),
    ...(against?.metrics ?? []).map((metric) => [printable(against?.model ?? ""), ...metricCells(metric)]),
    ...(against?.paired ?? []).map((metric) => ["paired", ...metricCells(metric)]),
  ];
  return `${table(["model", "metric", "value", "low", "high"], rows)}
${plural(items, "item")} of ${printable(data)} in ${duration(seconds)}; low and high bound the 95 % interval
`;
}

function metricCells({ name, unit, value, low, high }: MetricResult): string[] {
  return [name, ...[value, low, high].map((one) => figure(one, unit))];
}

/** A row for each model and batch size. */
export function benchText({ machine, rows }: BenchResult): string {
  const head = ["model", "batch", "length", "p50", "p90", "p95", "items/s", "speed-up", "95 %", "bytes"];
  const cells = rows.map((row) => [
    printable(row.model),
    String(row.batch),
    String(row.sequence),
    ...(row.busy
      ? ["busy", "busy", "busy", "busy"]
      : [...[row.p50Ms, row.p90Ms, row.p95Ms].map(milliseconds), digits(row.throughput)]),
    row.speedup ? `${row.speedup.value.toFixed(2)}x` : "",
    row.speedup ? `${row.speedup.low.toFixed(2)} to ${row.speedup.high.toFixed(2)}` : "",
    bytes(row.bytes),
  ]);
  const { cpu, cores, threads, engine } = machine;
  const busy = new Map(rows.flatMap((row) => (row.busy ? [[row.batch, row.busy] as const] : [])));
  const warnings = [...busy].map(
    ([batch, found]) => `warning: times at batch ${batch} are withheld: ${busyWords(found)}\n`,
  );
  return `${table(head, cells)}${warnings.join("")}\n${cpu}, ${plural(cores, "core")}, ${plural(threads, "thread")}, ${engine}\n`;
}

/** The model in a few lines; with `weights` a row for each of them. */
export function inspectText(result: InspectResult, weights: boolean): string {
  const { file, format, family, labels, parameters, nonzero, layers, ops } = result;
  const shown = labels
    .slice(0, 5)
    .map((label) => printable(label))
    .join(", ");
  const facts: (readonly [string, string])[] = [
    ["format", format],
    ["family", family ?? "not known"],
    [
      "labels",
      labels.length === 0 ? "none" : `${labels.length}: ${shown}${labels.length > 5 ? ", ..." : ""}`,
    ],
    ["parameters", count(parameters)],
    ["non-zero", `${count(nonzero)} (${percent(parameters === 0 ? 1 : nonzero / parameters)})`],
    ["weights", bytes(result.bytes)],
    ["inputs", result.inputs.map(printValue).join("  ")],
    ["outputs", result.outputs.map(printValue).join("  ")],
    ["layers", printLayers(layers)],
    ["ops", ops.map(({ op, count: times }) => `${printable(op)} ${times}`).join(", ")],
    ...notKnown(result),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
  return `${printable(file)}\n${lines}${weights ? `\n${weightTable(result)}` : ""}`;
}

/** The ops that minnow does not know, and why no other command takes the file. */
function notKnown({ unread }: InspectResult): readonly (readonly [string, string])[] {
  if (!unread) return [];
  const { ops, why, hint } = unread;
  const list = ops.map(
    ({ op, count: times, own }) => `${printable(op)} ${times}${own ? " (a function of the file)" : ""}`,
  );
  return [
    ...(list.length > 0 ? [["not known", list.join(", ")] as const] : []),
    ["not read", printable(why)],
    ...(hint === undefined ? [] : [["what helps", printable(hint)] as const]),
  ];
}

const printValue = ({ name, dtype, shape }: ValueInfo): string =>
  printable(`${name}: ${dtype}[${shape.join(", ")}]`);

/** "6 x (12 heads, 1536 wide)", layers of equal size together. */
function printLayers(layers: InspectResult["layers"]): string {
  const runs: { words: string; times: number }[] = [];
  for (const { heads, intermediate } of layers) {
    const words = `${plural(heads, "head")}, ${intermediate} wide`;
    const last = runs.at(-1);
    if (last?.words === words) last.times++;
    else runs.push({ words, times: 1 });
  }
  return runs.map(({ words, times }) => `${times} x (${words})`).join(", ") || "not known";
}

function weightTable({ weights }: InspectResult): string {
  const rows = weights.map(({ name, dtype, shape, bytes: size, nonzero }) => [
    printable(name),
    dtype,
    `[${shape.join(", ")}]`,
    bytes(size),
    nonzero === undefined ? "" : count(nonzero),
  ]);
  return table(["weight", "type", "shape", "bytes", "non-zero"], rows);
}

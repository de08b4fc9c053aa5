// Which charts a record gives: accuracy, what each step did to it, bytes, and latency at each batch size.
import type { RunRecord, Stage } from "../record/index.ts";
import type { Chart, ChartRow } from "./chart.ts";
import { batchesOf } from "./tables.ts";
import { bytes, milliseconds, percent, percentRange, signed, signedRange, withoutZeros } from "./words.ts";

/** The charts that the record has figures for. */
export const chartsOf = (record: RunRecord): Chart[] =>
  [
    accuracyChart(record),
    waterfallChart(record),
    bytesChart(record),
    ...batchesOf(record.stages).map((batch) => latencyChart(record, batch)),
  ].filter((chart) => chart !== undefined);

const toneOf = ({ stages, result }: RunRecord, stage: Stage): ChartRow["tone"] =>
  stage === stages[0] ? "teacher" : stage.name === result.stage ? "final" : "stage";

const told = (rows: readonly ChartRow[]): string =>
  rows.map(({ label, value }) => `${label} ${value}`).join("; ");

function accuracyChart(record: RunRecord): Chart | undefined {
  const measured = record.stages.flatMap((stage) =>
    stage.metrics.accuracy ? [{ stage, ...stage.metrics.accuracy }] : [],
  );
  if (measured.length === 0) return undefined;
  const rows = measured.map(
    ({ stage, ...accuracy }): ChartRow => ({
      label: stage.name,
      value: percent(accuracy.value),
      detail: percentRange(accuracy),
      tone: toneOf(record, stage),
      point: 100 * accuracy.value,
      whisker: [100 * accuracy.low, 100 * accuracy.high],
    }),
  );
  const low = Math.min(...measured.map((accuracy) => 100 * accuracy.low));
  const high = Math.max(...measured.map((accuracy) => 100 * accuracy.high));
  const pad = Math.max(0.2, 0.06 * (high - low));
  const teacher = record.stages[0]?.metrics.accuracy;
  return {
    id: "accuracy",
    title: "Accuracy by stage",
    description: `Points with 95 % intervals: ${told(rows)}.`,
    caption: "Each point with its 95 % interval; the mark is the teacher. The axis does not start at zero.",
    domain: [Math.max(0, low - pad), Math.min(100, high + pad)],
    tick: (value) => `${value} %`,
    ...(teacher && { reference: 100 * teacher.value }),
    rows,
  };
}

function waterfallChart(record: RunRecord): Chart | undefined {
  const { stages, result } = record;
  const rows: ChartRow[] = [];
  let before = 0;
  for (const stage of stages.slice(1)) {
    if (stage.versusTeacher === undefined) return undefined;
    const after = 100 * stage.versusTeacher.value;
    const tone = after < before ? "worse" : "better";
    const pair = stage.versusBefore;
    const detail = pair && signedRange({ value: 0, low: 100 * pair.low, high: 100 * pair.high });
    rows.push({
      label: stage.name,
      value: signed(after - before),
      tone,
      bar: [before, after],
      ...(detail && { detail }),
    });
    before = after;
  }
  if (rows.length === 0) return undefined;
  const total = result.accuracyPoints;
  rows.push({
    label: "in all",
    value: signed(before),
    tone: "final",
    bar: [0, before],
    ...(total && { detail: signedRange(total), whisker: [total.low, total.high] }),
  });
  const ends = rows.flatMap(({ bar = [0, 0], whisker = [0, 0] }) => [...bar, ...whisker]);
  return {
    id: "waterfall",
    title: "What each step did to accuracy, in points",
    description: `A waterfall from the teacher's accuracy: ${told(rows)} points.`,
    caption:
      "Each step starts where the one before ended; zero is the teacher. Intervals are paired by item.",
    domain: [Math.min(...ends, -0.1), Math.max(...ends, 0.1)],
    tick: (value) => signed(value, value % 1 === 0 ? 0 : 1),
    reference: 0,
    rows,
  };
}

function bytesChart(record: RunRecord): Chart {
  const rows = record.stages.map(
    (stage): ChartRow => ({
      label: stage.name,
      value: bytes(stage.size.bytes),
      ...(stage.size.gzipBytes !== undefined && {
        detail: `gzip ${bytes(stage.size.gzipBytes)}`,
        inner: [0, Math.min(stage.size.gzipBytes, stage.size.bytes)] as const,
      }),
      tone: toneOf(record, stage),
      bar: [0, stage.size.bytes],
    }),
  );
  return {
    id: "bytes",
    title: "Size of the file by stage",
    description: `Bars: ${told(rows)}.`,
    caption: record.stages.some(({ size }) => size.gzipBytes !== undefined)
      ? "The whole bar is the file, the stronger part what gzip makes of it."
      : "Bytes of the model file with its external data.",
    domain: [0, Math.max(1, ...record.stages.map(({ size }) => size.bytes))],
    tick: (value) => (value === 0 ? "0" : withoutZeros(bytes(value))),
    rows,
  };
}

function latencyChart(record: RunRecord, batch: number): Chart | undefined {
  const measured = record.stages.flatMap((stage) =>
    stage.latency.filter((row) => row.batch === batch).map((latency) => ({ stage, latency })),
  );
  const rows = measured.map(
    ({ stage, latency }): ChartRow => ({
      label: stage.name,
      value: milliseconds(latency.p50Ms),
      detail: `p95 ${milliseconds(latency.p95Ms)}`,
      tone: toneOf(record, stage),
      bar: [0, latency.p50Ms],
      whisker: [latency.p50Ms, latency.p95Ms],
    }),
  );
  const items = batch === 1 ? "one item" : `${batch} items`;
  return {
    id: `latency-${batch}`,
    title: `Time for ${items} by stage`,
    description: `Bars to the median, lines to the 95th percentile: ${told(rows)}.`,
    caption: "The bar is the median, the line reaches to the 95th percentile of all runs.",
    domain: [0, 1.02 * Math.max(...measured.map(({ latency }) => latency.p95Ms))],
    tick: (value) => (value === 0 ? "0" : withoutZeros(milliseconds(value))),
    rows,
  };
}

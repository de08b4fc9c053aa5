// Which charts a record gives: the task's metric, bytes, and latency at each batch size.
import {
  axisRange,
  figure,
  figureRange,
  metricTitle,
  primaryOf,
  type RunRecord,
  type Stage,
  units,
} from "../record/index.ts";
import type { Chart, ChartRow } from "./chart.ts";
import { batchesOf } from "./tables.ts";
import { bytes, milliseconds, withoutZeros } from "./words.ts";

/** The charts that the record has figures for. */
export const chartsOf = (record: RunRecord): Chart[] =>
  [
    qualityChart(record),
    bytesChart(record),
    ...batchesOf(record.stages).map((batch) => latencyChart(record, batch)),
  ].filter((chart) => chart !== undefined);

const toneOf = ({ stages, result }: RunRecord, stage: Stage): ChartRow["tone"] =>
  stage === stages[0] ? "teacher" : stage.name === result.stage ? "final" : "stage";

const told = (rows: readonly ChartRow[]): string =>
  rows.map(({ label, value }) => `${label} ${value}`).join("; ");

/** The task's metric by stage. */
function qualityChart(record: RunRecord): Chart | undefined {
  const measured = record.stages.flatMap((stage) => {
    const metric = primaryOf(stage);
    return metric ? [{ stage, metric }] : [];
  });
  const [first] = measured;
  if (first === undefined) return undefined;
  const { name, unit } = first.metric;
  const { scale, after } = units[unit];
  const ends = measured.map(({ metric: { low, high } }) => ({ low: scale * low, high: scale * high }));
  const rows = measured.map(
    ({ stage, metric }): ChartRow => ({
      label: stage.name,
      value: figure(metric.value, unit),
      detail: figureRange(metric, unit),
      tone: toneOf(record, stage),
      point: scale * metric.value,
      whisker: [scale * metric.low, scale * metric.high],
    }),
  );
  const teacher = primaryOf(record.stages[0]);
  return {
    id: "quality",
    title: `${metricTitle(name)} by stage`,
    description: `Points with 95 % intervals: ${told(rows)}.`,
    caption: "Each point with its 95 % interval; the mark is the teacher. The axis does not start at zero.",
    domain: axisRange(ends, unit),
    tick: (value) => `${value}${after}`,
    ...(teacher && { reference: scale * teacher.value }),
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
    stage.latency.filter((row) => row.batch === batch && !row.busy).map((latency) => ({ stage, latency })),
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

// What is worse after a stage than before it, and what else a record warns of, said in words.
import { grouped } from "../base/index.ts";
import { inFavour, metricsOf, metricTitle, named } from "./metrics.ts";
import type { Latency, RunRecord, Stage } from "./record.ts";
import { bareFigure, figure, figureRange, units } from "./units.ts";

type Figures = Pick<Stage, "metrics" | "size" | "latency"> &
  Partial<Pick<Stage, "versusTeacher" | "versusBefore" | "memory" | "parity">>;

/** All that a record warns of: its inputs first, then each stage under its name. */
export const warningsOf = ({
  warnings = [],
  stages,
}: Pick<RunRecord, "warnings" | "stages">): readonly string[] => [
  ...warnings,
  ...stages.flatMap(({ name, warnings: own }) => own.map((words) => `${name}: ${words}`)),
];

/**
 * Where the stage is worse in a metric of quality, slower, larger or hungrier than the one before it, or slower than the
 * teacher.
 */
export function judge(stage: Figures, before: Figures & Pick<Stage, "name">): string[] {
  return [
    ...judgeParity(stage),
    ...judgeQuality(stage, before),
    ...stage.latency.flatMap((row) => judgeLatency(row, before)),
    ...judgeSize(stage, before),
    ...judgeMemory(stage, before),
  ];
}

function judgeParity({ parity }: Figures): string[] {
  return [parity, parity?.before].flatMap((one) => {
    if (one === undefined || one.maxDifference <= one.tolerance) return [];
    const { against, maxDifference, tolerance } = one;
    return [
      `Its outputs differ from ${against} by up to ${maxDifference.toPrecision(3)}; ${tolerance} was allowed.`,
    ];
  });
}

/**
 * Metrics of quality: paired where both stages saw the same items; else a loss counts when the two 95 % intervals do not
 * touch.
 */
function judgeQuality(stage: Figures, before: Figures & Pick<Stage, "name">): string[] {
  return metricsOf([stage])
    .filter(({ role }) => role === "quality")
    .flatMap((now) => {
      const { name, unit, better } = now;
      const [title, lost] = [metricTitle(name), better === "higher" ? "fell" : "rose"];
      const pair = named(stage.versusBefore, name);
      if (pair !== undefined) {
        const { value, low, high } = inFavour(pair, better);
        if (high >= 0) return [];
        const range = `95 % interval ${figureRange({ low: -high, high: -low }, unit)}`;
        const by = `${bareFigure(-value, unit)}${units[unit].afterDifference}`;
        return [`${title} ${lost} by ${by} against ${before.name} (${range}).`];
      }
      const then = named(before.metrics, name);
      if (then === undefined || inFavour(now, better).high >= inFavour(then, better).low) return [];
      const [from, to] = [figure(then.value, unit), figure(now.value, unit)];
      return [`${title} ${lost} from ${from} to ${to}, more than chance explains.`];
    });
}

function judgeLatency(row: Latency, before: Figures & Pick<Stage, "name">): string[] {
  // what a busy machine gave is not judged: the run's own warnings say so once
  if (row.busy) return [];
  const then = before.latency.find((other) => other.batch === row.batch);
  const times =
    then && `${row.p50Ms.toPrecision(3)} ms instead of ${then.p50Ms.toPrecision(3)} ms at the median`;
  const over = row.speedupOverBefore;
  const slower = over ? over.high < 1 : then !== undefined && row.p50Ms > 1.05 * then.p50Ms;
  const said = slower && times ? [`Slower than ${before.name} at batch ${row.batch}: ${times}.`] : [];
  if (!row.settled) said.push(`Times at batch ${row.batch} had not settled when the warm-up ended.`);
  const { speedup } = row;
  const first = then?.speedup === undefined;
  if (speedup === undefined || speedup.high >= 1 || (first && slower)) return said;
  return [
    ...said,
    `Slower than the teacher at batch ${row.batch}: ${speedup.value.toFixed(2)} times its speed.`,
  ];
}

function judgeSize({ size }: Figures, { size: then, name }: Figures & Pick<Stage, "name">): string[] {
  if (size.bytes > then.bytes) {
    const figures = `${grouped(size.bytes)} bytes instead of ${grouped(then.bytes)}`;
    return [`The file is larger than ${name}'s: ${figures}.`];
  }
  const sparser = size.nonzero < 0.99 * then.nonzero && size.parameters === then.parameters;
  if (!sparser || size.bytes < 0.99 * then.bytes) return [];
  return [
    "The file is not smaller for its zeros: they are stored as numbers, and only compressed bytes fall.",
  ];
}

function judgeMemory({ memory }: Figures, before: Figures & Pick<Stage, "name">): string[] {
  if (memory === undefined || before.memory === undefined) return [];
  const factor = memory.peakRssBytes / before.memory.peakRssBytes;
  return factor > 1.1 ? [`Takes ${factor.toFixed(2)} times the memory of ${before.name}.`] : [];
}

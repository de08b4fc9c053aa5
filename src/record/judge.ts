// What is worse after a stage than before it, and what else a record warns of, said in words.
import { grouped } from "../base/index.ts";
import type { Latency, RunRecord, Stage } from "./record.ts";

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
 * Where the stage is less accurate, slower, larger or hungrier than the one before it, or slower than the
 * teacher.
 */
export function judge(stage: Figures, before: Figures & Pick<Stage, "name">): string[] {
  return [
    ...judgeParity(stage),
    ...judgeAccuracy(stage, before),
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
 * Paired where both stages saw the same items; else a fall counts when the two 95 % intervals do not touch.
 */
function judgeAccuracy(stage: Figures, before: Figures & Pick<Stage, "name">): string[] {
  const pair = stage.versusBefore;
  const now = stage.metrics.accuracy;
  const then = before.metrics.accuracy;
  if (pair !== undefined) {
    if (pair.high >= 0) return [];
    const range = `95 % interval ${points(-pair.high)} to ${points(-pair.low)}`;
    return [`Accuracy fell by ${points(-pair.value)} points against ${before.name} (${range}).`];
  }
  if (now === undefined || then === undefined || now.high >= then.low) return [];
  return [`Accuracy fell from ${points(then.value)} % to ${points(now.value)} %, more than chance explains.`];
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

const points = (fraction: number): string => (100 * fraction).toFixed(2);

// The quantities that a requirement can be about: a name, where the record has it, how sure it is.
import {
  busyWords,
  type Interval,
  type Latency,
  type MetricInfo,
  metricWords,
  named,
  type RunRecord,
  type Stage,
} from "../record/index.ts";
import {
  bytes,
  count,
  type Dimension,
  metricDimensions,
  milliseconds,
  rate,
  ratio,
  seconds,
} from "./dimensions.ts";

/** A figure with its 95 % interval; both ends are the figure where it is exact. */
export interface Estimate extends Interval {
  /** Items that it rests on: its interval shrinks with their square root. */
  readonly n?: number;
  /** What the reader has to know about the interval. */
  readonly note?: string;
}

/** Why a figure that was measured says nothing: no requirement of it can be told. */
export interface Withheld {
  readonly withheld: string;
}

/** Whether it is no figure. */
export const isWithheld = (read: object | undefined): read is Withheld =>
  read !== undefined && "withheld" in read;

/** One stage of a record. */
export interface Place {
  readonly record: RunRecord;
  readonly stage: Stage;
}

/** One row of the table: what the figure is, and where it stands. */
export interface Quantity {
  readonly dimension: Dimension;
  /** In words, for the documentation. */
  readonly describe: string;
  /** Nothing where the run did not measure it. */
  readonly read: (place: Place) => Estimate | Withheld | undefined;
  /** The figure less `factor` times the teacher's, where the record knows that better than two figures. */
  readonly lessTeacher?: (place: Place, teacher: Place, factor: number) => Estimate | undefined;
  /** The teacher has no such figure, or the figure compares with it already: it cannot be the bound. */
  readonly relative?: true;
  /** It belongs to the run, not to a stage. */
  readonly whole?: true;
  /** What others call it, in small letters, for suggestions. */
  readonly also?: readonly string[];
  /** It depends on the machine that it was measured on. */
  readonly onMachine?: true;
}

const exact = (value: number | undefined): Estimate | undefined =>
  value === undefined ? undefined : { value, low: value, high: value };

/** The row at the smallest batch, which is what the report's own speed-up is about. */
const smallestBatch = ({ stage }: Place): Latency | undefined =>
  stage.latency.toSorted((a, b) => a.batch - b.batch)[0];

type LatencyKey = "p50Ms" | "p90Ms" | "p95Ms" | "p99Ms" | "throughput";

/** A figure of the smallest batch, which is as sure as its interval. */
const timed =
  (key: LatencyKey) =>
  (place: Place): Estimate | Withheld | undefined => {
    const row = smallestBatch(place);
    const value = row?.[key];
    if (row === undefined || value === undefined) return undefined;
    if (row.busy) return busyRow(row.busy);
    const bounds = row.intervals?.[key];
    if (!bounds) return { withheld: "the report is of an earlier version and has no interval for it" };
    return { value, low: bounds.low, high: bounds.high, note: `at batch ${row.batch}` };
  };

const busyRow = (busy: NonNullable<Latency["busy"]>): Withheld => ({ withheld: busyWords(busy) });

/** What is known of a metric before a record is read, or from it. */
export type KnownMetric = Pick<MetricInfo, "name" | "unit" | "role"> & { readonly about?: string };

const metricQuantity = ({ name, unit, role, about }: KnownMetric): Quantity => ({
  dimension: metricDimensions[unit],
  describe: about ?? metricWords(name),
  read: ({ stage }) => named(stage.metrics, name),
  lessTeacher: (place, teacher, factor) => pairedWithTeacher(name, place, teacher, factor),
  // nearness to the teacher is none of the teacher's own figures
  ...(role === "fidelity" && { relative: true as const }),
});

/** Own metric less the teacher's on the same items. */
function pairedWithTeacher(
  name: string,
  { stage }: Place,
  teacher: Place,
  factor: number,
): Estimate | undefined {
  const paired = named(stage.versusTeacher, name);
  const other = named(teacher.stage.metrics, name);
  if (!paired || !other) return undefined;
  const rest = [other.low, other.high].map((end) => (1 - factor) * end);
  return {
    value: paired.value + (1 - factor) * other.value,
    low: paired.low + Math.min(...rest),
    high: paired.high + Math.max(...rest),
    n: paired.n,
    note: `paired with the teacher on ${count.print(paired.n)} items`,
  };
}

/** Own median less the teacher's: the speed-up is the ratio of both, with an interval. */
function medianBySpeedup(place: Place, teacher: Place, factor: number): Estimate | undefined {
  const row = smallestBatch(place);
  const other = teacher.stage.latency.find(({ batch }) => batch === row?.batch);
  if (!row?.speedup || !other) return undefined;
  const { value, low, high } = row.speedup;
  if (low <= 0) return undefined;
  const less = (speedup: number): number => other.p50Ms * (1 / speedup - factor);
  return {
    value: less(value),
    low: less(high),
    high: less(low),
    note: `at batch ${row.batch}; the interval is that of the speed-up, measured in turns`,
  };
}

function speedup(place: Place): Estimate | Withheld | undefined {
  const row = smallestBatch(place);
  if (row?.busy) return busyRow(row.busy);
  return row?.speedup && { ...row.speedup, note: `at batch ${row.batch}` };
}

/** How many times smaller than the teacher's figure the stage's is. */
const timesSmaller = (key: "bytes" | "gzipBytes") => (place: Place) => {
  const [own, teacher] = [place.stage.size[key], place.record.stages[0]?.size[key]];
  if (own === undefined || teacher === undefined) return undefined;
  return exact(Math.max(teacher, 1) / Math.max(own, 1));
};

const size = (key: keyof Stage["size"], dimension: Dimension, describe: string): Quantity => ({
  dimension,
  describe,
  read: ({ stage }) => exact(stage.size[key]),
});

const time = (key: LatencyKey, describe: string): Quantity => ({
  dimension: milliseconds,
  describe,
  read: timed(key),
  onMachine: true,
});

const table = {
  bytes: { ...size("bytes", bytes, "the model file with its external data"), also: ["size", "filesize"] },
  gzipBytes: { ...size("gzipBytes", bytes, "the same at gzip level 6"), also: ["gzip"] },
  parameters: size("parameters", count, "elements of weights"),
  nonzero: size("nonzero", count, "parameters that are not zero"),
  smaller: {
    dimension: ratio,
    describe: "the teacher's bytes over the stage's",
    read: timesSmaller("bytes"),
    relative: true,
  },
  smallerGzip: {
    dimension: ratio,
    describe: "the same of the compressed files",
    read: timesSmaller("gzipBytes"),
    relative: true,
  },
  "latency.p50": {
    ...time("p50Ms", "median time of a call at the smallest batch measured"),
    lessTeacher: medianBySpeedup,
    also: ["latency", "median", "time", "ms"],
  },
  "latency.p90": time("p90Ms", "time that 90 % of the calls stay within"),
  "latency.p95": time("p95Ms", "time that 95 % of the calls stay within"),
  "latency.p99": time("p99Ms", "time that 99 % of the calls stay within; from 1,000 runs on"),
  throughput: {
    dimension: rate,
    describe: "items a second at the smallest batch measured",
    read: timed("throughput"),
    onMachine: true,
  },
  speedup: {
    dimension: ratio,
    describe: "the teacher's median time over the stage's, at the smallest batch measured",
    read: speedup,
    also: ["faster", "speed"],
    relative: true,
    onMachine: true,
  },
  memory: {
    dimension: bytes,
    describe: "most resident memory of a process that runs the file",
    read: ({ stage }) => exact(stage.memory?.peakRssBytes),
    also: ["rss", "ram"],
    onMachine: true,
  },
  seconds: {
    dimension: seconds,
    describe: "what the stage's step took",
    read: ({ stage }) => exact(stage.seconds),
    relative: true,
    onMachine: true,
  },
  "run.seconds": {
    dimension: seconds,
    describe: "what the whole run took, with measuring",
    read: ({ record }) => exact(record.seconds),
    relative: true,
    whole: true,
    onMachine: true,
  },
} as const satisfies Readonly<Record<string, Quantity>>;

/** All quantities by name, in the order of the documentation: the metrics, and what every record has. */
export const quantitiesWith = (metrics: readonly KnownMetric[]): ReadonlyMap<string, Quantity> =>
  new Map<string, Quantity>([
    ...metrics.map((metric) => [metric.name, metricQuantity(metric)] as const),
    ...Object.entries(table),
  ]);

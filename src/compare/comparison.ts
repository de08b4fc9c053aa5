// Several runs side by side: a row for each result and each teacher, and where each stands among them.
import { AppError, version } from "../base/index.ts";
import {
  busyWords,
  type Interval,
  inFavour,
  kindOf,
  type Latency,
  type Metric,
  type MetricKind,
  metricWords,
  named,
  primaryOf,
  quietLatency,
  type RunRecord,
  type Stage,
} from "../record/index.ts";
import { dataOf, refuseOtherData } from "./data.ts";
import { uniqueNames } from "./names.ts";
import { notesOf } from "./notes.ts";
import { type Point, paretoSet, type Standing, standing, type Words } from "./pareto.ts";

/** A run that is compared. */
export interface Run {
  /** As it was given, for errors. */
  readonly path: string;
  /** The folder of its report, as people know it. */
  readonly folder: string;
  readonly record: RunRecord;
  /** Its report.html, relative to where the comparison is written; absent where there is none. */
  readonly link?: string;
}

/** Where a row stands; left out where it has no metric to compare, or no cost that compares. */
export type Place =
  | Standing
  | { readonly verdict: "left out"; readonly by: readonly []; readonly words: string };

/** The result of a run, or a teacher; null is what was not measured. */
export interface Row {
  /** No two rows have the same. */
  readonly name: string;
  readonly kind: "run" | "teacher";
  /** The run that it was measured in, as it was given. */
  readonly run: string;
  readonly stage: string;
  readonly report: string | null;
  /** By name; those of nearness are to the run's own teacher. */
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly bytes: number;
  readonly gzipBytes: number | null;
  /** At the batch size of the comparison; the speed-up is over the run's own teacher. Null, too, where the machine was busy. */
  readonly latency: { readonly p50Ms: number; readonly speedup: Interval | null } | null;
  /** Why its latency is withheld, where the machine was busy. */
  readonly busy: string | null;
  /** Of the whole run; null for teachers. */
  readonly seconds: number | null;
  readonly machine: string;
  /** Hash of the test data, and the number of items. */
  readonly testData: string | null;
  readonly pareto: { readonly bytes: Place; readonly latency: Place };
}

/** What `minnow compare --json` prints, and compare.json holds. */
export interface Comparison {
  readonly schema: "minnow.compare/2";
  readonly minnow: string;
  readonly acrossData: boolean;
  /** What quality is in the Pareto sets: the task's metric; null where no run has one. */
  readonly metric: MetricKind | null;
  /** The smallest batch size that all rows with latencies have. */
  readonly batch: number | null;
  /** What a reader has to know before two figures are compared. */
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
  /** Names of the rows of both Pareto sets, the cheapest first. */
  readonly pareto: { readonly bytes: readonly string[]; readonly latency: readonly string[] };
}

/** How a comparison is made. */
export interface CompareOptions {
  /** Whether runs with other test data are compared all the same. */
  readonly acrossData?: boolean;
}

/**
 * The runs side by side; AppError `usage` where metrics are of other test data and `acrossData` is not
 * set.
 */
export function compareRuns(runs: readonly Run[], { acrossData = false }: CompareOptions = {}): Comparison {
  if (!acrossData) refuseOtherData(runs);
  const machine = runs.find(({ record }) => finalOf(record).latency.length > 0) ?? runs[0];
  const reference = machine && machineOf(machine.record);
  const sources = [...runs.map(sourceOf), ...teachersOf(runs, { acrossData, reference })];
  const names = uniqueNames(sources.map(({ name, run }) => ({ name, folder: run.folder })));
  const batch = commonBatch(sources.map(({ stage }) => stage));
  const bare = sources.map((source, i) => bareRow(source, names[i] ?? source.name, batch));
  const found = sources.map(({ stage }) => primaryOf(stage)).find((one) => one !== undefined);
  const metric = found ? kindOf(found) : null;
  const points = {
    bytes: pointsOf(bare, metric, bytesOf),
    latency: pointsOf(bare, metric, timeOf(reference)),
  };
  const quality = metric ? metricWords(metric.name) : "quality";
  const rows = bare.map(
    (row): Row => ({
      ...row,
      pareto: {
        bytes: placeOf(row, points.bytes, { quality, ...bytesWords }, ""),
        latency: placeOf(row, points.latency, { quality, ...timeWords }, whyNoTime(row, reference)),
      },
    }),
  );
  return {
    schema: "minnow.compare/2",
    minnow: version(),
    acrossData,
    metric,
    batch,
    notes: notesOf(rows, { runs, batch, reference }),
    rows,
    pareto: { bytes: namesOf(points.bytes), latency: namesOf(points.latency) },
  };
}

interface Source {
  readonly name: string;
  readonly kind: Row["kind"];
  readonly run: Run;
  readonly stage: Stage;
}

type BareRow = Omit<Row, "pareto">;

/** The final stage of a record; `parseRecord` has seen that it is there. */
function finalOf({ stages, result, name }: RunRecord): Stage {
  const stage = stages.find((one) => one.name === result.stage);
  if (!stage) throw new AppError("input", `${name} has no stage ${result.stage}`);
  return stage;
}

const sourceOf = (run: Run): Source => ({
  name: run.record.name,
  kind: "run",
  run,
  stage: finalOf(run.record),
});

/** Each teacher once, from a run that scored it, on the machine of reference if there is one. */
function teachersOf(
  runs: readonly Run[],
  { acrossData, reference }: { readonly acrossData: boolean; readonly reference: string | undefined },
): readonly Source[] {
  const keyOf = (run: Run): string => `${run.record.teacher.hash} ${acrossData ? (dataOf(run) ?? "") : ""}`;
  const scored = ({ record }: Run): boolean => primaryOf(record.stages[0]) !== undefined;
  return [...new Set(runs.map(keyOf))].flatMap((key) => {
    const group = runs.filter((run) => keyOf(run) === key);
    const run =
      group.find((one) => scored(one) && machineOf(one.record) === reference) ??
      group.find(scored) ??
      group[0];
    const stage = run?.record.stages[0];
    if (!run || !stage) return [];
    const { model, path } = run.record.teacher;
    return [{ name: `${model ?? lastPart(path)} (teacher)`, kind: "teacher", run, stage }];
  });
}

const lastPart = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== "") ?? path;

/** What decides whether latencies compare, in words. */
export const machineOf = ({ machine: { cpu, threads, engine } }: RunRecord): string =>
  `${cpu}, ${threads} ${threads === 1 ? "thread" : "threads"}, ${engine.name} ${engine.version}`;

function commonBatch(stages: readonly Stage[]): number | null {
  const sizes = stages
    .filter(({ latency }) => latency.length > 0)
    .map(({ latency }) => latency.map(({ batch }) => batch));
  const common = (sizes[0] ?? []).filter((size) => sizes.every((others) => others.includes(size)));
  return common.length === 0 ? null : Math.min(...common);
}

function bareRow({ kind, run, stage }: Source, name: string, batch: number | null): BareRow {
  const { metrics, size } = stage;
  const found: Latency | undefined = stage.latency.find((row) => row.batch === batch);
  const latency = quietLatency(found);
  return {
    name,
    kind,
    run: run.path,
    stage: stage.name,
    report: run.link ?? null,
    metrics,
    bytes: size.bytes,
    gzipBytes: size.gzipBytes ?? null,
    latency: latency ? { p50Ms: latency.p50Ms, speedup: latency.speedup ?? null } : null,
    busy: found?.busy ? busyWords(found.busy) : null,
    seconds: kind === "run" ? run.record.seconds : null,
    machine: machineOf(run.record),
    testData: dataOf(run) ?? null,
  };
}

type CostOf = (row: BareRow) => number | undefined;

const bytesOf: CostOf = ({ bytes }) => bytes;
const timeOf =
  (reference: string | undefined): CostOf =>
  ({ latency, machine }) =>
    machine === reference ? latency?.p50Ms : undefined;

const bytesWords: Omit<Words, "quality"> = { less: "has fewer bytes", same: "has as many bytes" };
const timeWords: Omit<Words, "quality"> = { less: "is faster", same: "is as fast" };

const pointsOf = (rows: readonly BareRow[], metric: MetricKind | null, costOf: CostOf): readonly Point[] =>
  rows.flatMap((row) => {
    const cost = costOf(row);
    const found = metric === null ? undefined : named(row.metrics, metric.name);
    if (cost === undefined || found === undefined) return [];
    return [{ name: row.name, quality: inFavour(found, found.better), cost }];
  });

function placeOf({ name, metrics }: BareRow, points: readonly Point[], words: Words, why: string): Place {
  const point = points.find((one) => one.name === name);
  if (point) return standing(point, points, words);
  return {
    verdict: "left out",
    by: [],
    words: `left out: ${primaryOf({ metrics }) ? why : `its ${words.quality} was not measured`}`,
  };
}

function whyNoTime({ latency, busy, machine }: BareRow, reference: string | undefined): string {
  if (busy !== null) return `its latency is withheld: ${busy}`;
  if (!latency) return "its latency was not measured";
  return machine === reference ? "" : `its latency is of another machine (${machine})`;
}

const namesOf = (points: readonly Point[]): readonly string[] => paretoSet(points).map(({ name }) => name);

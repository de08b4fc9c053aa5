// What each step cost and bought: changes of its figures against the stage before, as table, words and charts.
import {
  differenceHead,
  type Interval,
  type Metric,
  metricsOf,
  metricTitle,
  metricWords,
  named,
  type RunRecord,
  type Stage,
  units,
} from "../record/index.ts";
import type { Chart, ChartRow } from "./chart.ts";
import { batchesOf, measuredOnly, none, type Table } from "./tables.ts";
import { bytes, signed, signedAs, withoutZeros } from "./words.ts";

/** The heading of the section. */
export const stepsTitle = "What each step cost and bought";

/** How the section is to be read. */
export const stepsNote =
  "Each step against the stage before it, on the same items and in the same turns: metrics as paired " +
  "differences, the median time by blocks of turns, bytes exactly. " +
  "Only a step whose 95 % interval excludes zero is named as costing or buying most.";

/** One figure of a stage, and how a step changes it. */
interface Figure {
  readonly id: string;
  readonly name: string;
  readonly head: (record: RunRecord) => string;
  readonly title: string;
  /** What follows a change in a sentence. */
  readonly unit: string;
  readonly better: "more" | "less";
  /** Whether the change is known without an interval. */
  readonly exact?: true;
  readonly change: (stage: Stage, before: Stage) => Interval | undefined;
  /** All steps together, where that has an interval. */
  readonly total: (record: RunRecord) => Interval | undefined;
  /** How a change is written next to others, of which the largest is given. */
  readonly say: (largest: number) => (change: number) => string;
}

/** As many places for all as give the largest four digits. */
const fourDigits = (largest: number) => {
  const places = Math.min(9, Math.max(0, 3 - Math.floor(Math.log10(largest || 1))));
  return (change: number): string => signed(change, places);
};

/** The metrics of quality and of nearness to the teacher, whose changes are paired. */
const metricFigures = (stages: readonly Stage[]): readonly Figure[] =>
  metricsOf(stages).map(({ name, unit, better, role }): Figure => {
    const [said, scale, { counted }] = [metricTitle(name), units[unit].scale, units[unit]];
    const scaled = (found: Interval | undefined): Interval | undefined =>
      found && { value: scale * found.value, low: scale * found.low, high: scale * found.high };
    return {
      id: `waterfall-${name.replaceAll(".", "-")}`,
      name: said,
      head: () => differenceHead(said, unit),
      title: `What each step did to ${metricWords(name)}${unit === "share" || unit === "nats" ? `, in ${counted}` : ""}`,
      unit: units[unit].afterDifference,
      better: better === "higher" ? "more" : "less",
      change: ({ versusBefore }) => scaled(named(versusBefore, name)),
      total: ({ result }) => {
        const final = stages.find((stage) => stage.name === result.stage);
        return scaled(named(final?.versusTeacher, name) ?? nearness(final, name, role, better));
      },
      say: unit === "share" ? () => (change) => signed(change) : fourDigits,
    };
  });

/** A distance to the teacher begins at 0, so that all steps together make the final one. */
const nearness = (
  final: Stage | undefined,
  name: string,
  role: Metric["role"],
  better: Metric["better"],
): Interval | undefined =>
  role === "fidelity" && better === "lower" ? named(final?.metrics, name) : undefined;

const otherFigures: readonly Figure[] = [
  {
    id: "waterfall-bytes",
    name: "Bytes",
    head: () => "File",
    title: "What each step did to the file",
    unit: "",
    better: "less",
    exact: true,
    change: ({ size }, before) => {
      const value = size.bytes - before.size.bytes;
      return { value, low: value, high: value };
    },
    total: () => undefined,
    say: () => (change) => signedAs(change, bytes),
  },
  {
    id: "waterfall-ms",
    name: "Time",
    head: ({ stages }) => `p50, batch ${batchesOf(stages)[0] ?? 1}, ms`,
    title: "What each step did to the median time, in ms",
    unit: " ms",
    better: "less",
    change: ({ step }) => step?.ms,
    total: () => undefined,
    say: fourDigits,
  },
];

interface Change extends Interval {
  readonly step: string;
}

/** The change of every step, in order; undefined where one of them has none. */
function changesOf({ stages }: RunRecord, figure: Figure): readonly Change[] | undefined {
  const changes = stages.slice(1).flatMap((stage, i) => {
    const before = stages[i];
    const change = before && figure.change(stage, before);
    return change ? [{ step: stage.name, value: change.value, low: change.low, high: change.high }] : [];
  });
  return changes.length > 0 && changes.length === stages.length - 1 ? changes : undefined;
}

/** A figure that every step has, with its changes and how they are written. */
interface Measurement extends Omit<Figure, "say"> {
  readonly changes: readonly Change[];
  readonly say: (change: number) => string;
}

const measured = (record: RunRecord): readonly Measurement[] =>
  [...metricFigures(record.stages), ...otherFigures].flatMap((figure) => {
    const changes = changesOf(record, figure);
    if (!changes) return [];
    const say = figure.say(Math.max(...changes.map(({ value }) => Math.abs(value))));
    return [{ ...figure, changes, say }];
  });

const rangeOf = ({ say }: Measurement, { low, high }: Interval): string => `${say(low)} to ${say(high)}`;

/** A row for each step, with intervals; undefined where there is no step. */
export function stepsTable(record: RunRecord): Table | undefined {
  const columns = measured(record);
  if (columns.length === 0) return undefined;
  return measuredOnly({
    title: "Change by each step",
    head: [
      "Step",
      ...columns.flatMap(({ head, exact }) => (exact ? [head(record)] : [head(record), "95 % interval"])),
    ],
    rows: record.stages.slice(1).map(({ name }, i) => [
      name,
      ...columns.flatMap((column) => {
        const change = column.changes[i];
        if (!change) return [none];
        const said = column.say(change.value);
        return column.exact ? [said] : [said, rangeOf(column, change)];
      }),
    ]),
    numbers: 1,
  });
}

/** For each figure the steps that cost and that bought most, in words. */
export const blame = (record: RunRecord): readonly (readonly [figure: string, words: string])[] =>
  measured(record).map((figure) => [figure.name, blameOf(figure)]);

function blameOf(figure: Measurement): string {
  const sorted = figure.changes.toSorted((a, b) => a.value - b.value);
  const least = sorted.find(({ high }) => high < 0);
  const most = sorted.findLast(({ low }) => low > 0);
  const [worst, best] = figure.better === "more" ? [least, most] : [most, least];
  const said = (change: Change | undefined): string => {
    if (!change) return figure.exact ? "no step" : "no step that can be told apart from zero";
    const range = figure.exact ? "" : ` (${rangeOf(figure, change)})`;
    return `${change.step}, ${figure.say(change.value)}${figure.unit}${range}`;
  };
  return `Cost most: ${said(worst)}. Bought most: ${said(best)}.`;
}

/** A waterfall for each figure that every step has. */
export const stepCharts = (record: RunRecord): Chart[] =>
  measured(record).map((figure) => waterfall(record, figure));

function waterfall(record: RunRecord, figure: Measurement): Chart {
  const { id, title, unit, say, better, changes } = figure;
  let at = 0;
  const rows = changes.map((change): ChartRow => {
    const bar = [at, at + change.value] as const;
    at = bar[1];
    return {
      label: change.step,
      value: say(change.value),
      tone: change.value === 0 ? "stage" : change.value > 0 === (better === "more") ? "better" : "worse",
      bar,
      ...(!figure.exact && { detail: rangeOf(figure, change) }),
    };
  });
  const total = figure.total(record);
  const all: ChartRow = {
    label: "in all",
    value: say(at),
    tone: "final",
    bar: [0, at],
    ...(total && { detail: rangeOf(figure, total), whisker: [total.low, total.high] as const }),
  };
  const ends = [...rows, all].flatMap(({ bar = [0, 0], whisker = [0, 0] }) => [...bar, ...whisker]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const pad = 0.02 * (high - low) || 1;
  const told = [...rows, all].map(({ label, value, detail }) =>
    detail === undefined ? `${label} ${value}` : `${label} ${value} (${detail})`,
  );
  return {
    id,
    title,
    description: `A waterfall from the teacher: ${told.join("; ")}${unit}.`,
    caption: `${blameOf(figure)} Each step starts where the one before ended; zero is the teacher.`,
    domain: [low - pad, high + pad],
    tick: (change) => withoutZeros(say(change)),
    reference: 0,
    rows: [...rows, all],
  };
}

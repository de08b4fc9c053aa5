// What each part of a step costs alone: its words, tables and charts, for every format.
import {
  bareFigure,
  differenceHead,
  figure,
  figureCell,
  figureHead,
  figureRange,
  metricTitle,
  metricWords,
  type Sensitivity,
  type Stage,
  units,
} from "../record/index.ts";
import type { Chart, ChartRow } from "./chart.ts";
import { lostAndGained, measuredOnly, none, type Table } from "./tables.ts";
import { count, signedFigure, signedFigureRange } from "./words.ts";

/** The heading of the section. */
export const sensitivityTitle = "Which layer costs most";

/** What a reader has to know of all of it. */
export const sensitivityNote =
  "Each step once more, done to one part of the model alone and before any training: how far the answers move from " +
  "those of the stage before. Training repairs some of it, and the parts do not add up to the whole.";

/** Stages whose steps were tried part by part. */
export const triedByPart = (
  stages: readonly Stage[],
): readonly (Stage & { readonly sensitivity: Sensitivity })[] =>
  stages.flatMap((stage) => (stage.sensitivity ? [{ ...stage, sensitivity: stage.sensitivity }] : []));

/** The costliest part in words, and how sure that is; undefined where there is none. */
export function costliest({
  distance: { unit },
  parts: [first, second],
  left,
}: Sensitivity): string | undefined {
  if (!first) return undefined;
  const { value, low } = first.distance;
  const range = figureRange(first.distance, unit);
  const words = [`${first.target} costs most, ${figure(value, unit)} (${range})`];
  if (second && low <= second.distance.high)
    words.push(`its interval meets that of the next, ${second.target}`);
  if (left) words.push(`${count(left)} parts were not tried`);
  return words.join("; ");
}

/** All parts that were tried, the costliest first. */
export function partsTable(
  name: string,
  { parts, distance: { name: of, unit }, metric }: Sensitivity,
): Table {
  const own = metric?.unit ?? "plain";
  const counted = units[own].counted;
  return measuredOnly({
    title: `Parts of ${name}, each alone`,
    head: [
      ...["Part", "Changes", figureHead(metricTitle(of), unit), "95 % interval"],
      ...[metric ? differenceHead(metricTitle(metric.name), own) : counted, "95 % interval", "Lost / gained"],
    ],
    rows: parts.map(({ target, changes, distance, difference: pair }) => [
      target,
      count(changes),
      figureCell(distance.value, unit),
      figureRange(distance, unit),
      pair ? signedFigure(pair.value, own) : none,
      pair ? signedFigureRange(pair, own) : none,
      (pair && lostAndGained(pair)) ?? none,
    ]),
    numbers: 1,
  });
}

/** Parts that a chart draws. */
const DRAWN = 15;

/** Bars of the costliest parts. */
export function partsChart(
  id: string,
  name: string,
  { parts, items, against, distance: { name: of, unit }, metric, left = 0 }: Sensitivity,
): Chart {
  const { scale } = units[unit];
  const own = metric?.unit ?? "plain";
  const title = figureHead(metricTitle(of), unit).replace(",", " in");
  const rows = parts.slice(0, DRAWN).map(
    ({ target, distance, difference: pair }): ChartRow => ({
      label: ending(target),
      value: bareFigure(distance.value, unit),
      ...(pair &&
        (pair.lost ?? 1) + (pair.gained ?? 0) > 0 && {
          detail: `${signedFigure(pair.value, own)}${units[own].afterDifference}`,
        }),
      tone: "stage",
      bar: [0, scale * distance.value],
      whisker: [scale * distance.low, scale * distance.high],
    }),
  );
  const more = parts.length - rows.length;
  const rest = [
    ...(more > 0 ? [`${count(more)} parts that cost less are in report.json.`] : []),
    ...(left > 0 ? [`${count(left)} more were not tried.`] : []),
  ];
  const caption = `Mean ${metricWords(of)} of the answers of ${against} to ${count(items)} items, with 95 % intervals.`;
  return {
    id,
    title: `${name}, one part at a time: ${title}`,
    description: `Bars, the longest first: ${rows.map(({ label, value }) => `${label} ${value}`).join("; ")}.`,
    caption: [caption, ...rest].join(" "),
    domain: [0, Math.max(...rows.map(({ whisker: [, high] = [0, 0] }) => high)) || 1],
    tick: String,
    rows,
  };
}

/** Characters of a part's name that a chart has room for. */
const ROOM = 32;

/** The end of a weight's name, which tells it from the others: "…layer.0.attention.self.query". */
function ending(name: string): string {
  const plain = name.replace(/\.weight$/, "");
  if (plain.length <= ROOM) return plain;
  const kept = plain.slice(1 - ROOM);
  return `…${kept.slice(kept.indexOf(".") + 1)}`;
}

// What each part of a step costs alone: its words, tables and charts, for every format.
import type { Sensitivity, Stage } from "../record/index.ts";
import type { Chart, ChartRow } from "./chart.ts";
import { none, type Table } from "./tables.ts";
import { count, digits, signed, signedRange } from "./words.ts";

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
export function costliest({ parts: [first, second], left }: Sensitivity): string | undefined {
  if (!first) return undefined;
  const { value, low, high } = first.kl;
  const words = [`${first.target} costs most, ${digits(value)} nats (${digits(low)} to ${digits(high)})`];
  if (second && low <= second.kl.high) words.push(`its interval meets that of the next, ${second.target}`);
  if (left) words.push(`${count(left)} parts were not tried`);
  return words.join("; ");
}

/** All parts that were tried, the costliest first. */
export const partsTable = (name: string, { parts }: Sensitivity): Table => ({
  title: `Parts of ${name}, each alone`,
  head: ["Part", "Changes", "KL, nats", "95 % interval", "Points", "95 % interval", "Lost / gained"],
  rows: parts.map(({ target, changes, kl, accuracy }) => [
    target,
    count(changes),
    digits(kl.value),
    `${digits(kl.low)} to ${digits(kl.high)}`,
    accuracy ? signed(100 * accuracy.value) : none,
    accuracy ? signedRange({ value: 0, low: 100 * accuracy.low, high: 100 * accuracy.high }) : none,
    accuracy ? `${count(accuracy.lost)} / ${count(accuracy.gained)}` : none,
  ]),
  numbers: 1,
});

/** Parts that a chart draws. */
const DRAWN = 15;

/** Bars of the costliest parts. */
export function partsChart(
  id: string,
  name: string,
  { parts, items, against, left = 0 }: Sensitivity,
): Chart {
  const rows = parts.slice(0, DRAWN).map(
    ({ target, kl, accuracy }): ChartRow => ({
      label: ending(target),
      value: digits(kl.value),
      ...(accuracy &&
        accuracy.lost + accuracy.gained > 0 && { detail: `${signed(100 * accuracy.value)} points` }),
      tone: "stage",
      bar: [0, kl.value],
      whisker: [kl.low, kl.high],
    }),
  );
  const more = parts.length - rows.length;
  const rest = [
    ...(more > 0 ? [`${count(more)} parts that cost less are in report.json.`] : []),
    ...(left > 0 ? [`${count(left)} more were not tried.`] : []),
  ];
  const caption = `Mean KL of the answers of ${against} to ${count(items)} items, with 95 % intervals.`;
  return {
    id,
    title: `${name}, one part at a time: KL in nats`,
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

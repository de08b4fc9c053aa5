// Figures and verdicts in words, the same in every format.
import { grouped } from "../base/index.ts";
import {
  type Difference,
  difference,
  differenceRange,
  digits,
  type Interval,
  inFavour,
  metricWords,
  type RunRecord,
  type Unit,
  units,
} from "../record/index.ts";

export { digits };

/** Title of what is to be known of teacher and data. */
export const inputsTitle = "To know of teacher and data";

/** "91.2 MB": decimal units, three digits. */
export function bytes(value: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return `${unit === 0 ? value : digits(value / 1000 ** unit)} ${units[unit]}`;
}

/** "7,022,118". */
export const count = grouped;

/** "0.262 ms", "14.3 ms", "1.20 s". */
export const milliseconds = (value: number): string =>
  value >= 1000 ? `${digits(value / 1000)} s` : `${digits(value)} ms`;

/** "1.4 s", "6 min 53 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** "91.07 %". */
export const percent = (fraction: number, places = 2): string => `${(100 * fraction).toFixed(places)} %`;

/** "−4.67", "+0.20", "0.00": always with its sign. */
export function signed(value: number, places = 2): string {
  const size = Math.abs(value).toFixed(places);
  if (Number(size) === 0) return size;
  return `${value < 0 ? "−" : "+"}${size}`;
}

/** "−61.8 MB", "+0.174", or "0 bytes": what `say` makes of the size, with its sign. */
export const signedAs = (value: number, say: (size: number) => string): string =>
  `${value < 0 ? "−" : value > 0 ? "+" : ""}${say(Math.abs(value))}`;

/** "12.6×". */
export const times = (ratio: number): string => `${digits(ratio)}×`;

/** Without zeros at the end: "50 MB" for "50.0 MB". */
export const withoutZeros = (text: string): string =>
  text.replace(/(\.\d*?)0+(?=\s|$)/, "$1").replace(/\.(?=\s|$)/, "");

/** A ratio to the teacher as figure and word: 12.6× smaller, or 1.10× larger. */
export const comparison = (
  ratio: number,
  better: string,
  worse: string,
): readonly [figure: string, word: string] =>
  ratio >= 1 ? [times(ratio), better] : [times(1 / ratio), worse];

/** "−4.67": a difference of a metric, as `difference` but with a real minus. */
export const signedFigure = (value: number, unit: Unit): string => typographic(difference(value, unit));

/** "−6.13 to −3.29". */
export const signedFigureRange = (ends: Pick<Interval, "low" | "high">, unit: Unit): string =>
  typographic(differenceRange(ends, unit));

const typographic = (text: string): string => text.replaceAll("-", "−");

/** Whether the interval leaves no doubt that the metric is worse. */
export const isWorse = (pair: Pick<Difference, "value" | "low" | "high" | "better">): boolean =>
  inFavour(pair, pair.better).high < 0;

/** "4.67 points lower in accuracy", or that the items cannot tell. */
export function differenceVerdict({
  metric,
  value,
  low,
  high,
  unit,
}: NonNullable<RunRecord["result"]["difference"]>): string {
  if (low <= 0 && high >= 0) return `as good in ${metricWords(metric)} as the items can tell`;
  const by = `${difference(Math.abs(value), unit).replace("+", "")}${units[unit].afterDifference}`;
  return `${by} ${value < 0 ? "lower" : "higher"} in ${metricWords(metric)}`;
}

/** The run in one sentence. */
export const headline = (record: RunRecord): string => `${record.name} is ${verdict(record)}`;

/** The end of the sentence: what the result is, next to its teacher. */
export function verdict(record: RunRecord): string {
  const { smaller, faster, difference: pair } = record.result;
  const parts = [`${comparison(smaller, "smaller", "larger").join(" ")} than its teacher`];
  if (faster) parts.push(comparison(faster.value, "faster", "slower").join(" "));
  if (pair) {
    const range = `${signedFigureRange(pair, pair.unit)}${units[pair.unit].afterDifference} at 95 %`;
    parts.push(`${differenceVerdict(pair)} (${range}, ${count(pair.n)} items)`);
  }
  const last = parts.pop() ?? "";
  const sentence =
    parts.length === 0 ? last : `${parts.join(", ")}${parts.length > 1 ? "," : ""} and ${last}`;
  return `${sentence}.${pair ? "" : " Its quality was not measured."}`;
}

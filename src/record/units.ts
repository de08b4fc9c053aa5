// Units of metrics: what each is in a record, and how its figures are written, the same in every reader.
import { grouped } from "../base/index.ts";

/** All units that a metric can have: a share of 0 to 1, natural units of information, a correlation, or a bare number. */
export const unitNames = ["share", "nats", "correlation", "plain"] as const;
/** The unit of a metric. */
export type Unit = (typeof unitNames)[number];

/** How figures of one unit are written; differences have their own unit: those of shares are percentage points. */
export interface UnitWords {
  /** What stands after a figure, with its space. */
  readonly after: string;
  /** What stands after a difference, with its space. */
  readonly afterDifference: string;
  /** What a difference is counted in, as a noun: "points". */
  readonly counted: string;
  /** Factor from the record's figure to the written one. */
  readonly scale: number;
  /** Decimals of a figure; three digits where undefined. */
  readonly places?: number;
  /** The least and the largest value that there is. */
  readonly bounds?: readonly [least: number, most: number];
  /** Losses that a requirement may allow, in written units, and what follows them there. */
  readonly allowed?: { readonly steps: readonly number[]; readonly unit: string };
}

/** The units by name. */
export const units: Readonly<Record<Unit, UnitWords>> = {
  share: {
    after: " %",
    afterDifference: " points",
    counted: "points",
    scale: 100,
    places: 2,
    bounds: [0, 1],
    allowed: { steps: [0.5, 1, 2, 3, 5, 10], unit: "pt" },
  },
  nats: { after: " nats", afterDifference: " nats", counted: "nats", scale: 1 },
  correlation: {
    after: "",
    afterDifference: "",
    counted: "difference",
    scale: 1,
    places: 4,
    bounds: [-1, 1],
    allowed: { steps: [0.005, 0.01, 0.02, 0.03, 0.05, 0.1], unit: "" },
  },
  plain: { after: "", afterDifference: "", counted: "difference", scale: 1 },
};

interface Ends {
  readonly low: number;
  readonly high: number;
}

/** What an axis of figures shows: all their intervals with some room, and no value that there is not; in written units. */
export function axisRange(ends: readonly Ends[], unit: Unit): readonly [low: number, high: number] {
  const { scale, bounds: [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] } = units[unit];
  const low = Math.min(...ends.map((one) => one.low));
  const high = Math.max(...ends.map((one) => one.high));
  const room = Math.max(0.002 * scale, 0.06 * (high - low));
  return [Math.max(scale * least, low - room), Math.min(scale * most, high + room)];
}

/** Three digits, but never without those before the point: 0.262, 14.3, 120, 1,234. */
export function digits(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 1000) return grouped(Math.round(value));
  return Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toPrecision(3);
}

/** The figure without its unit: "91.07", "0.174". */
export function bareFigure(value: number, unit: Unit, places = units[unit].places): string {
  const written = units[unit].scale * value;
  return places === undefined ? digits(written) : written.toFixed(places);
}

/** "91.07 %", "0.174 nats". */
export const figure = (value: number, unit: Unit, places?: number): string =>
  `${bareFigure(value, unit, places)}${units[unit].after}`;

/** "89.52 to 92.41": the ends of an interval, without their unit. */
export const figureRange = ({ low, high }: Ends, unit: Unit): string =>
  `${bareFigure(low, unit)} to ${bareFigure(high, unit)}`;

/** "-4.67", "+0.20", "0.00": a difference with its sign, without its unit. */
export function difference(value: number, unit: Unit): string {
  const size = bareFigure(Math.abs(value), unit);
  if (Number(size) === 0) return size;
  return `${value < 0 ? "-" : "+"}${size}`;
}

/** "-6.13 to -3.29": the ends of a difference's interval. */
export const differenceRange = ({ low, high }: Ends, unit: Unit): string =>
  `${difference(low, unit)} to ${difference(high, unit)}`;

/** What a column of figures is headed with: "KL, nats", "Accuracy" where each cell has its sign. */
export const figureHead = (title: string, unit: Unit): string =>
  unit === "share" || units[unit].after === "" ? title : `${title},${units[unit].after}`;

/** A figure as it stands in a column of that head. */
export const figureCell = (value: number, unit: Unit): string =>
  unit === "share" ? figure(value, unit) : bareFigure(value, unit);

/** What a column of differences is headed with: "Accuracy, points". */
export const differenceHead = (title: string, unit: Unit): string => `${title}, ${units[unit].counted}`;

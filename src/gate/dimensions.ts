// Dimensions: the units that a bound may have, and how figures of that kind are shown.
import { grouped, sizeUnit, sizeUnits } from "../base/index.ts";
import { bareFigure, figure, type Unit } from "../record/index.ts";

/** A kind of figure. */
export interface Dimension {
  /** Factor to the record's unit, by name; "" is a bare number. */
  readonly units: Readonly<Record<string, number>>;
  /** The same for what is added to or taken from a bound. */
  readonly differences: Readonly<Record<string, number>>;
  /** The unit that is meant, where it can be written in several ways. */
  readonly spelled?: (unit: string) => string | undefined;
  /** The largest value that there is. */
  readonly most?: number;
  /** A figure with its unit. */
  readonly print: (value: number) => string;
  /** A difference of two figures, with its sign. */
  readonly printDifference: (value: number) => string;
}

const digits = (value: number): string =>
  Math.abs(value) >= 1000 ? grouped(Math.round(value)) : Number(value.toPrecision(4)).toString();
const whole = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 2 });
const sign = (value: number): string => (value < 0 ? "-" : "+");

/** Units that are the same in bounds and in differences; `unit` is what figures are shown in. */
function plain(
  units: Dimension["units"],
  unit: string,
  show: (value: number) => string = digits,
): Pick<Dimension, "units" | "differences" | "print" | "printDifference"> {
  const print = (value: number): string => `${show(value)}${unit}`;
  return {
    units,
    differences: units,
    print,
    printDifference: (value) => `${sign(value)}${print(Math.abs(value))}`,
  };
}

/** A share of items; differences are percentage points, so that "1 %" cannot mean two things. */
const fraction: Dimension = {
  units: { "": 1, "%": 0.01 },
  differences: { pt: 0.01 },
  most: 1,
  print: (value) => figure(value, "share"),
  printDifference: (value) => `${sign(value)}${bareFigure(Math.abs(value), "share")} pt`,
};
/** The dimension of each unit of metrics. */
export const metricDimensions: Readonly<Record<Unit, Dimension>> = {
  share: fraction,
  nats: plain({ "": 1, nats: 1 }, " nats"),
  correlation: { ...plain({ "": 1 }, "", (value) => bareFigure(value, "correlation")), most: 1 },
  plain: plain({ "": 1 }, ""),
};
/** Sizes, decimal and binary. */
export const bytes: Dimension = { ...plain(sizeUnits, " B", whole), spelled: sizeUnit };
/** Things that are counted. */
export const count = plain({ "": 1 }, "", whole);
/** Items a second. */
export const rate = plain({ "": 1 }, " items/s");
/** How many times. */
export const ratio = plain({ "": 1, x: 1 }, "x");
/** Times of a call; a bare number is in milliseconds, as in the record. */
export const milliseconds = plain({ "": 1, ms: 1, s: 1000, us: 1e-3 }, " ms");
/** Times of a step or a run. */
export const seconds = plain({ "": 1, s: 1, ms: 1e-3, us: 1e-6 }, " s");

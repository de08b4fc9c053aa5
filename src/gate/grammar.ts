// The language of requirements: `bytes of distill <= 0.5x teacher` as data, and back as text.
import { type AppError, suggestion } from "../base/index.ts";
import type { Dimension } from "./dimensions.ts";
import { type KnownMetric, type Quantity, quantitiesWith } from "./quantities.ts";
import { type Scanner, scannerOf } from "./scanner.ts";

/** The comparisons, with what they mean in words. */
export const operators = {
  ">=": { words: "at least", sign: 1, strict: false },
  "<=": { words: "at most", sign: -1, strict: false },
  ">": { words: "more than", sign: 1, strict: true },
  "<": { words: "less than", sign: -1, strict: true },
} as const;
/** A comparison. */
export type Operator = keyof typeof operators;

/** What a bound can refer to. */
export const references = ["teacher", "baseline"] as const;
/** What has the figure that a bound takes a part of. */
export type Reference = (typeof references)[number];

/** A number as it was written. */
export interface Amount {
  readonly value: number;
  /** "" for a bare number. */
  readonly unit: string;
}

/** A number, or a reference with its factor; plus or minus an amount. */
export interface Bound {
  readonly base: Amount | { readonly reference: Reference; readonly factor?: number };
  readonly offset?: { readonly sign: 1 | -1; readonly amount: Amount };
}

/** One requirement. */
export interface Requirement {
  readonly quantity: string;
  /** The final stage where none is named. */
  readonly stage?: string;
  readonly operator: Operator;
  readonly bound: Bound;
}

/** A requirement with the text that it was read from. */
export interface ParsedRequirement extends Requirement {
  readonly text: string;
  /** What it is about. */
  readonly measure: Quantity;
  /** An AppError `usage` about the stage's name, with its column. */
  readonly wrongStage: (message: string, hint?: string) => AppError;
}

export interface ParseOptions {
  /** What the text was given by, for messages; default `--require`. */
  readonly where?: string;
  /** What can be required besides what every report has; default: nothing. */
  readonly metrics?: readonly KnownMetric[];
  /** Whether there is a baseline to refer to. */
  readonly baseline?: boolean;
  /** What to do about a name that nothing known resembles; default: the known ones are named. */
  readonly unmeasured?: string | undefined;
}

/** The requirement of a text; an AppError `usage` with the column, the line and a caret under it. */
export function parseRequirement(text: string, options: ParseOptions = {}): ParsedRequirement {
  const scanner = scannerOf(text, options.where ?? "--require");
  const { name, quantity } = readQuantity(scanner, quantitiesWith(options.metrics ?? []), options.unmeasured);
  const stage = readStage(scanner, name, quantity);
  const operator = readOperator(scanner, stage === undefined && !quantity.whole);
  const bound = readBound(scanner, name, quantity, options.baseline ?? false);
  if (!scanner.atEnd()) {
    throw scanner.expected(bound.offset ? "the end" : "+, - or the end");
  }
  return {
    text: text.trim(),
    quantity: name,
    measure: quantity,
    ...(stage && { stage: stage.name }),
    operator,
    bound,
    wrongStage: (message, hint) => scanner.error(message, hint, stage?.at ?? 0),
  };
}

function readQuantity(
  scanner: Scanner,
  known: ReadonlyMap<string, Quantity>,
  unmeasured: string | undefined,
): { readonly name: string; readonly quantity: Quantity } {
  const at = scanner.skipSpace();
  const name = scanner.take(/[A-Za-z][\w.]*/y);
  if (name === undefined)
    throw scanner.expected(
      `a quantity, such as ${[...new Set([known.keys().next().value, "bytes"])].join(" or ")}`,
    );
  const quantity = known.get(name);
  if (quantity) return { name, quantity };
  const near = quantityHint(name, known);
  const hint = near?.startsWith("did") ? near : (unmeasured ?? near);
  throw scanner.error(`expected a quantity, not ${JSON.stringify(name)}`, hint, at);
}

/** What a name that is none was meant to be: by slips, by a part of it ("p95"), or by what it is called elsewhere. */
function quantityHint(name: string, quantities: ReadonlyMap<string, Quantity>): string | undefined {
  const known = [...quantities.keys()];
  const near = suggestion(name, known, 20);
  if (near?.startsWith("did")) return near;
  const word = name.toLowerCase();
  const meant = known.filter(
    (one) => one.toLowerCase().split(".").includes(word) || quantities.get(one)?.also?.includes(word),
  );
  return meant.length === 0 ? near : `did you mean ${meant.map((one) => JSON.stringify(one)).join(" or ")}?`;
}

/** Everything up to the comparison, since names of stages have spaces; in quotes where they have < > or =. */
function readStage(
  scanner: Scanner,
  quantity: string,
  { whole }: Quantity,
): { readonly name: string; readonly at: number } | undefined {
  const before = scanner.skipSpace();
  if (scanner.take(/of\b/y) === undefined) return undefined;
  if (whole) throw scanner.error(`${quantity} belongs to the run, not to a stage`, undefined, before);
  const at = scanner.skipSpace();
  const quoted = scanner.take(/"(?:[^"\\]|\\["\\])*"/y);
  const name = quoted === undefined ? scanner.take(/[^<>="]+/y)?.trim() : unquote(quoted);
  if (name === undefined || name === "") throw scanner.expected("the name of a stage", undefined, at);
  return { name, at };
}

const isOperator = (text: string | undefined): text is Operator =>
  text !== undefined && Object.hasOwn(operators, text);

function readOperator(scanner: Scanner, stageMayCome: boolean): Operator {
  const at = scanner.skipSpace();
  const found = scanner.take(/[<>=!~≥≤≠]+/y);
  if (isOperator(found)) return found;
  const expected = `${stageMayCome ? "of STAGE or " : ""}one of ${Object.keys(operators).join(" ")}`;
  const near = stageMayCome ? suggestion(scanner.take(/\w+/y) ?? "", ["of"]) : undefined;
  throw scanner.expected(expected, near?.startsWith("did") ? near : undefined, at);
}

function readBound(scanner: Scanner, name: string, quantity: Quantity, baseline: boolean): Bound {
  const base = readBase(scanner, name, quantity, baseline);
  const sign = scanner.take(/[+\-−]/y);
  if (sign === undefined) return { base };
  const value = readNumber(scanner, "a number");
  const { differences, spelled } = quantity.dimension;
  const amount = {
    value,
    unit: readUnit(scanner, { units: differences, spelled }, differenceHint(quantity)),
  };
  return { base, offset: { sign: sign === "+" ? 1 : -1, amount } };
}

function readBase(scanner: Scanner, name: string, quantity: Quantity, baseline: boolean): Bound["base"] {
  const at = scanner.skipSpace();
  if (!scanner.sees(/[\d.]/y)) {
    return { reference: readReference(scanner, name, quantity, baseline, "a number, teacher or baseline") };
  }
  const value = readNumber(scanner, "a number");
  const times = scanner.take(/[x×](?![\w.%])/y) !== undefined;
  if (times && (!Object.hasOwn(quantity.dimension.units, "x") || scanner.sees(/[^\s+\-−]/y))) {
    return {
      reference: readReference(scanner, name, quantity, baseline, "teacher or baseline"),
      factor: value,
    };
  }
  if (references.some((one) => scanner.sees(new RegExp(`${one}\\b`, "y")))) {
    throw scanner.error("expected x between the number and what it multiplies", "write it as 0.3x teacher");
  }
  const { units, most } = quantity.dimension;
  const amount = { value, unit: times ? "x" : readUnit(scanner, quantity.dimension, boundHint(quantity)) };
  if (most !== undefined && inUnits(amount, units) > most) {
    const message = `expected at most ${quantity.dimension.print(most)}`;
    throw scanner.error(message, amount.unit === "" ? `did you mean ${value}%?` : undefined, at);
  }
  return amount;
}

function readReference(
  scanner: Scanner,
  name: string,
  quantity: Quantity,
  baseline: boolean,
  expected: string,
): Reference {
  const at = scanner.skipSpace();
  const word = scanner.take(/[A-Za-z]+/y);
  if (word === undefined) throw scanner.expected(expected);
  const reference = references.find((one) => one === word);
  if (reference === undefined) {
    throw scanner.error(
      `expected ${expected}, not ${JSON.stringify(word)}`,
      suggestion(word, references),
      at,
    );
  }
  if (reference === "teacher" && quantity.relative) {
    throw scanner.error(`expected a number: ${name} has no value for the teacher`, undefined, at);
  }
  if (reference === "baseline" && !baseline) {
    throw scanner.error("there is no baseline", "minnow gate takes an earlier report by --baseline FILE", at);
  }
  return reference;
}

function readNumber(scanner: Scanner, expected: string): number {
  const at = scanner.skipSpace();
  const digits = scanner.take(/(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y);
  if (digits === undefined) throw scanner.expected(expected);
  const value = Number(digits);
  if (!Number.isFinite(value)) throw scanner.error(`${digits} is too large a number`, undefined, at);
  return value;
}

function readUnit(
  scanner: Scanner,
  {
    units,
    spelled,
  }: { readonly units: Dimension["units"]; readonly spelled?: Dimension["spelled"] | undefined },
  hintFor: (unit: string) => string | undefined,
) {
  const at = scanner.skipSpace();
  const written = scanner.take(/%|[A-Za-zµ]+/y) ?? "";
  const unit = spelled?.(written) ?? written;
  if (Object.hasOwn(units, unit)) return unit;
  const named = Object.keys(units).filter((one) => one !== "");
  const bare = Object.hasOwn(units, "");
  const expected = named.length === 0 ? "no unit" : `${named.join(", ")}${bare ? " or no unit" : ""}`;
  const near = suggestion(unit, named);
  const hint = hintFor(unit) ?? (near?.startsWith("did") ? near : undefined);
  if (unit === "") throw scanner.expected(expected, hint, at);
  throw scanner.error(`expected ${expected}, not ${JSON.stringify(unit)}`, hint, at);
}

/** "%" of a share that is itself in per cent could mean points or a part of it. */
const differenceHint =
  ({ dimension }: Quantity) =>
  (unit: string): string | undefined =>
    unit !== "pt" && Object.hasOwn(dimension.differences, "pt")
      ? "1pt is one percentage point; for a part of it write 0.99x teacher"
      : undefined;

const boundHint =
  ({ dimension }: Quantity) =>
  (unit: string): string | undefined =>
    unit === "pt" && Object.hasOwn(dimension.differences, "pt")
      ? "pt is for differences: teacher - 1pt"
      : undefined;

const quote = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
const unquote = (text: string): string => text.slice(1, -1).replace(/\\(["\\])/g, "$1");

/** The amount in the record's unit, without the last digits that binary fractions add. */
export const inUnits = ({ value, unit }: Amount, units: Dimension["units"]): number =>
  Number((value * (units[unit] ?? Number.NaN)).toPrecision(15));

/** The requirement as text that reads as the same requirement. */
export function printRequirement({ quantity, stage, operator, bound }: Requirement): string {
  const named = stage === undefined ? [] : ["of", /^[\w.-]+( [\w.-]+)*$/.test(stage) ? stage : quote(stage)];
  return [quantity, ...named, operator, printBound(bound)].join(" ");
}

/** The bound as text. */
export function printBound({ base, offset }: Bound): string {
  const first =
    "reference" in base
      ? `${base.factor === undefined ? "" : `${base.factor}x `}${base.reference}`
      : printAmount(base);
  return offset === undefined
    ? first
    : `${first} ${offset.sign > 0 ? "+" : "-"} ${printAmount(offset.amount)}`;
}

const printAmount = ({ value, unit }: Amount): string =>
  /^[A-Zkmnus]/.test(unit) ? `${value} ${unit}` : `${value}${unit}`;

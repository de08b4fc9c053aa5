// Which classes a column of labels means: one reading for the whole column, by name wherever names fit, else by index.
import { AppError, type Json, suggest, suggestion } from "../base/index.ts";
import { isList, isObject } from "./rows.ts";
import { fewShown, shown } from "./shown.ts";

/** Readings of single values that a note lists. */
const LISTED = 5;

export interface Labels {
  /** Class of each row; undefined where there is none and none is needed. */
  readonly indices: readonly (number | undefined)[];
  /** The reading that was taken, where another one was possible. */
  readonly notes: readonly string[];
}

export interface Column {
  /** The data file, for messages. */
  readonly path: string;
  readonly values: readonly (Json | undefined)[];
  /** `file:line` of a row. */
  at(row: number): string;
}

/** Every value that occurs, with its first row. */
type Distinct = ReadonlyMap<string, { readonly value: Json; readonly row: number }>;

/** A way to read values, and what is said of it where it is taken. */
export interface Reading {
  /** How sure it makes that a column holds labels. */
  readonly kind: "name" | "spelling" | "index";
  /** Class of a value; undefined where it is none. */
  of(value: Json): number | undefined;
}

/** The reading under which all values are classes; else undefined, and so where there is no value. */
export function readingOf(
  values: readonly (Json | undefined)[],
  names: readonly string[],
): Reading | undefined {
  const all = [...distinct(values).values()].map(({ value }) => value);
  if (all.length === 0 || countsInNames(all, names)) return undefined;
  return readings(names, all).find((reading) => all.every((value) => reading.of(value) !== undefined));
}

/** The classes of a column; AppError `input` that says of which kind the labels are and of which the model's. */
export function readLabels(column: Column, names: readonly string[], needed: boolean): Labels {
  const found = distinct(column.values);
  const all = [...found.values()].map(({ value }) => value);
  const reading = readingOf(column.values, names);
  if (all.length > 0 && !reading) throw misread(column, found, names);
  if (needed) checkWhole(column, names);
  return {
    indices: column.values.map((value) => (isEmpty(value) ? undefined : reading?.of(value))),
    notes: reading ? notesOf(column.path, reading, all, names) : [],
  };
}

/** By name as it is; by name but for case, spaces and zeros after a point; by index, if none of the values is a name. */
function readings(names: readonly string[], values: readonly Json[]): readonly Reading[] {
  const exact = new Map(names.map((name, i) => [name, i]));
  const folded = new Map<string, number | undefined>();
  names.forEach((name, i) => {
    folded.set(fold(name), folded.has(fold(name)) ? undefined : i);
  });
  const byName = (value: Json): number | undefined =>
    isScalar(value) ? exact.get(String(value)) : undefined;
  const bySpelling = (value: Json): number | undefined => {
    if (!isScalar(value)) return undefined;
    return byName(value) ?? byName(plainNumber(String(value).trim())) ?? folded.get(fold(String(value)));
  };
  const byIndex = (value: Json): number | undefined => {
    const text =
      typeof value === "string" || typeof value === "number" ? plainNumber(String(value).trim()) : "";
    const index = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    return index !== undefined && (names.length === 0 || index < names.length) ? index : undefined;
  };
  const named: readonly Reading[] = [
    { kind: "name", of: byName },
    { kind: "spelling", of: bySpelling },
  ];
  const isNamed = names.length > 0 && values.some((value) => bySpelling(value) !== undefined);
  return isNamed ? named : [{ kind: "index", of: byIndex }];
}

const fold = (text: string): string => text.trim().normalize("NFC").toLowerCase();

/** Whether numbers could mean the numbers in names, "4 stars" at index 3, as well as indices. */
function countsInNames(values: readonly Json[], names: readonly string[]): boolean {
  const counts = names.map((name) => /^\D*(\d+)\D*$/.exec(name.slice(0, 100))?.[1]);
  const texts = values.map((value) => (isScalar(value) ? plainNumber(String(value).trim()) : ""));
  return (
    !texts.some((text) => names.includes(text)) &&
    texts.every((text) => counts.includes(text)) &&
    texts.some((text) => counts[Number(text)] !== text)
  );
}

/** "1.0" as pandas writes a whole number in a column with gaps: "1". */
const plainNumber = (text: string): string => text.replace(/^(-?\d{1,9})\.0{1,9}$/, "$1");

const isScalar = (value: Json): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

const isEmpty = (value: Json | undefined): value is undefined | null | string =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "");

/** Names that transformers makes up where a config has none. */
const isPlaceholder = (name: string): boolean => /^LABEL_\d+$/.test(name);

function distinct(values: readonly (Json | undefined)[]): Distinct {
  const found = new Map<string, { readonly value: Json; readonly row: number }>();
  values.forEach((value, row) => {
    if (isEmpty(value)) return;
    const key = typeof value === "string" ? `"${value}` : JSON.stringify(value);
    if (!found.has(key)) found.set(key, { value, row });
  });
  return found;
}

/** Every row needs a label. */
function checkWhole({ values, at }: Column, names: readonly string[]): void {
  const row = values.findIndex(isEmpty);
  if (row < 0) return;
  const value = values[row];
  const found = value === undefined ? "none" : shown(value);
  throw new AppError("input", `expected ${wanted(names)}, found ${found}`, { path: at(row) });
}

const wanted = (names: readonly string[]): string =>
  names.length === 0 ? "an index from 0" : `one of the model's ${names.length} labels (or its index)`;

/** What is said of a reading that another program might not take. */
function notesOf(
  path: string,
  { kind, of }: Reading,
  all: readonly Json[],
  names: readonly string[],
): readonly string[] {
  const nameOf = (value: Json): string => names[of(value) ?? -1] ?? "";
  if (kind === "name") {
    const digits = all.filter((value) => /^\d+$/.test(String(value)) && of(value) !== Number(value));
    if (digits.length === 0) return [];
    const [first = ""] = digits;
    return [
      `${path}: labels that are numbers are read as the classes' names, not as indices: ${shown(first)} is the class with index ${of(first)}`,
    ];
  }
  const other = all.filter((value) => String(value) !== nameOf(value));
  if (names.length === 0 || other.length === 0 || (kind === "index" && names.every(isPlaceholder))) return [];
  const pairs = other.slice(0, LISTED).map((value) => `${shown(value)} is ${shown(nameOf(value))}`);
  const more = other.length > LISTED ? `, and ${other.length - LISTED} more` : "";
  const how = kind === "index" ? "as indices" : "as names spelled otherwise";
  return [`${path}: labels are read ${how}: ${pairs.join(", ")}${more}`];
}

/** Why the values are no classes: their kind, that none of them is one, or the first that is none. */
function misread(column: Column, found: Distinct, names: readonly string[]): AppError {
  const entries = [...found.values()];
  const odd = entries.find(
    ({ value }) => isSet(value, names) || isObject(value) || typeof value === "boolean",
  );
  if (odd) return oddLabel(odd.value, column.at(odd.row), names);
  const values = entries.map(({ value }) => value);
  const [reading] = readings(names, values).slice(-1);
  const unread = entries.filter(({ value }) => reading?.of(value) === undefined);
  // where each could be read, none is certain
  const wrong = unread.length > 0 ? unread : entries;
  const [first] = wrong;
  const path = column.at(first?.row ?? 0);
  const numbers = values.every((value) => /^-?\d+$/.test(plainNumber(String(value).trim())));
  if (!numbers && wrong.length === entries.length && !isSlip(values, names))
    return foreign(column, values, names, path);
  const hint = hintFor(first?.value ?? null, values, names, numbers);
  const count = wrong.length > 1 ? `, and ${wrong.length - 1} more of the kind` : "";
  return new AppError("input", `expected ${wanted(names)}, found ${shown(first?.value)}${count}`, {
    path,
    facts: { values: wrong.slice(0, 100).map(({ value }) => value) },
    ...(hint !== undefined && { hint }),
  });
}

/** Whether the only value is nearly a name. */
const isSlip = ([only, ...more]: readonly Json[], names: readonly string[]): boolean =>
  more.length === 0 && typeof only === "string" && suggest(only.slice(0, 100), names) !== undefined;

/** Whether a value is a list, or the text of one: "[0, 1]", "spam, sport" of two names. */
function isSet(value: Json, names: readonly string[]): boolean {
  if (typeof value !== "string") return isList(value);
  const text = value.slice(0, 1000).trim();
  if (text.startsWith("[") && text.endsWith("]")) return true;
  const parts = text.split(/[,;|]/).map((part) => part.trim());
  return parts.length > 1 && parts.every((part) => names.includes(part));
}

function oddLabel(value: Json, path: string, names: readonly string[]): AppError {
  if (isSet(value, names))
    return new AppError(
      "input",
      `the label is ${shown(value)}, a list: several classes for one text (multi-label data) are not scored`,
      {
        path,
        hint: "give one class for each text",
      },
    );
  const what = isObject(value) ? "an object" : "a truth value";
  const hint = isObject(value)
    ? "name the key inside it, such as label.name"
    : `write the class: ${names.length === 0 ? "its index" : fewShown(names)}`;
  return new AppError("input", `expected ${wanted(names)}, found ${what}, ${shown(value)}`, {
    path,
    hint,
  });
}

/** None of the labels is a class of this model: it has no names, or it is another model's data. */
function foreign(column: Column, values: readonly Json[], names: readonly string[], path: string): AppError {
  const facts = { labels: values.slice(0, 100), classes: names.slice(0, 100) };
  const many = values.length === 1 ? "the class" : `the ${values.length} classes`;
  if (names.length === 0 || names.every(isPlaceholder)) {
    const has = names.length === 0 ? "names no classes" : `calls its classes ${fewShown(names)}`;
    return new AppError(
      "input",
      `the labels of ${column.path} are names (${fewShown(values)}), and the model's config.json ${has}`,
      {
        path,
        facts,
        hint: "write their names into id2label of config.json, in the order that the model was trained with, or give indices from 0",
      },
    );
  }
  return new AppError(
    "input",
    `none of ${many} of ${column.path} (${fewShown(values)}) is among this model's ${names.length} (${fewShown(names)})`,
    {
      path,
      facts,
      hint: "take a model that was trained for these classes (minnow compresses it and learns no new ones), data with the model's own classes, or name another column",
    },
  );
}

function hintFor(
  value: Json,
  values: readonly Json[],
  names: readonly string[],
  numbers: boolean,
): string | undefined {
  if (!numbers && /^\d+$/.test(String(value)))
    return "the other labels are names, and a column is read in one way";
  if (!numbers) return typeof value === "string" ? suggestion(value.slice(0, 100), names) : undefined;
  const found = values.map(Number);
  if (found.every((one) => one === -1))
    return "data sets write -1 where the labels are kept back; such data cannot be scored";
  if (names.some((name) => /^-?\d+$/.test(name)))
    return `the classes are called ${fewShown(names)}, so numbers are read as names`;
  if (countsInNames(values, names))
    return `these could be indices or the numbers in the classes' names, ${fewShown(names)}: write the names`;
  if (names.length > 0 && Math.min(...found) === 1 && Math.max(...found) === names.length)
    return `indices begin at 0, and these go from 1 to ${names.length}`;
  return names.length > 0
    ? `the classes are ${fewShown(names)}, with the indices 0 to ${names.length - 1}`
    : undefined;
}

// Rows of data as every reader gives them, and their values by name, also of names with dots.
import type { Json } from "../base/index.ts";

/** One row: values by column, or by position for an array. */
export interface Row {
  readonly values: { readonly [column: string]: Json } | readonly Json[];
}

export interface Rows {
  readonly rows: readonly Row[];
  /** Column names of a table's header; undefined where each row names its own. */
  readonly columns?: readonly string[];
  /** Whether the first line named the columns. */
  readonly header?: boolean;
  /** Line of a row, from 1; of row -1, the line of the header. */
  line(row: number): number;
  /** Readings that were taken and that another reader might not take, a sentence each. */
  readonly notes: readonly string[];
}

/** What a reader is given: its file's text and name, and what the model calls its classes. */
export interface Given {
  readonly text: string;
  readonly file: string;
  readonly key: string | undefined;
  readonly labels: readonly string[];
  /** Whether each row needs a label. */
  readonly labelled: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Objects inside objects whose values have names of their own. */
const DEPTH = 4;
/** Names of one row that are listed. */
const MOST = 1000;

/** Whether a JSON value is an array. */
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** Whether a JSON value is an object. */
export const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !isList(value);

/** A value by its name; "a.b" is the key b of the object under a, "a.0.b" that of the first object in a list. */
export function valueAt(values: Row["values"], name: string): Json | undefined {
  if (isObject(values) && Object.hasOwn(values, name)) return values[name];
  let at: Json | undefined = values;
  for (const part of name.split(".")) {
    if (isList(at)) at = /^\d{1,9}$/.test(part) ? at[Number(part)] : undefined;
    else at = isObject(at) && Object.hasOwn(at, part) ? at[part] : undefined;
  }
  return at;
}

/** Names of a row's values: keys, and dotted ones for what lies in objects and in lists of one object. */
export function namesOf(values: Json, prefix = "", depth = 1): readonly string[] {
  const names: string[] = [];
  for (const [key, value] of Object.entries(isObject(values) ? values : {})) {
    if (names.length >= MOST) break;
    const name = `${prefix}${key}`;
    const [inner, path] =
      isList(value) && value.length === 1 ? [value[0], `${name}.0.`] : [value, `${name}.`];
    if (isObject(inner) && depth < DEPTH) names.push(...namesOf(inner, path, depth + 1));
    else names.push(name);
  }
  return names;
}

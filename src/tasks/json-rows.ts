// Rows of .json and .jsonl files: objects or [text, label] pairs, in an array or one on each line.
import { AppError, asObject, busy, type Json, parseJson } from "../base/index.ts";
import { elementLines } from "./json-lines.ts";
import { pause } from "./pause.ts";
import { type Given, isList, isObject, type Row, type Rows } from "./rows.ts";
import { namesShown, shown } from "./shown.ts";

/** One value on each line; blank lines are left out. An array of rows is read as one, whatever the file is called. */
export async function readJsonLines(given: Given): Promise<Rows> {
  const { text, file, signal } = given;
  const array = arrayIn(text);
  if (array)
    return { ...rowsOf(array, given), notes: [`${file}: it is one JSON array, and is read as such`] };
  const rows: Row[] = [];
  const lines: number[] = [];
  let blank: number | undefined;
  let [line, blanks] = [0, 0];
  for (let start = 0; start <= text.length; ) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    const own = text.slice(start, end);
    line++;
    await pause(line, signal);
    if (own.trim() === "") {
      blank ??= line;
      blanks++;
    } else {
      rows.push(rowAt(own, `${file}:${line}`));
      lines.push(line);
    }
    start = end + 1;
  }
  return { rows, line: (row) => lines[row] ?? 1, notes: blankNotes(file, blanks, blank) };
}

/** The array at the top, or under a key. One value on each line is read as that, where the whole is no JSON. */
export async function readJson(given: Given): Promise<Rows> {
  const { text, file, key } = given;
  if (key === undefined && isLines(text)) {
    const { notes, ...rest } = await readJsonLines(given);
    return { ...rest, notes: [`${file}: it holds one JSON value on each line, and is read so`, ...notes] };
  }
  const document = busy(() => parseJson(text, file));
  const list = key === undefined ? document : asObject(document)?.[key];
  if (!isList(list)) throw noArray(document, file, key);
  return rowsOf(list, given);
}

/** "2 blank lines are left out", where there are any. */
export const blankNotes = (file: string, blanks: number, first: number | undefined): readonly string[] =>
  first === undefined
    ? []
    : [
        `${file}: ${blanks === 1 ? `line ${first} is blank and is` : `${blanks} blank lines, the first of them line ${first}, are`} left out`,
      ];

function rowsOf(list: readonly Json[], { text, file, key }: Given): Rows {
  let lines: readonly number[] | undefined;
  const line = (row: number): number => {
    lines ??= elementLines(text, key);
    return lines[row] ?? 1;
  };
  return { rows: list.map((value, i) => asRow(value, () => `${file}:${line(i)}`)), line, notes: [] };
}

/** Whether the first line is a whole object or array, and more of them follow. */
function isLines(text: string): boolean {
  const end = text.indexOf("\n");
  if (end < 0) return false;
  const value = parsed(text.slice(0, end));
  return (isObject(value) || isList(value)) && text.slice(end).trim() !== "";
}

/** The rows of a text that is one array over several lines, or an array of rows on one line. */
function arrayIn(text: string): readonly Json[] | undefined {
  if (!/^\s*\[/.test(text.slice(0, 100))) return undefined;
  const end = text.indexOf("\n");
  const first = parsed(end < 0 ? text : text.slice(0, end));
  if (first !== undefined && end >= 0) return undefined;
  const value = first ?? parsed(text);
  return isList(value) && value.length > 0 && value.every((one) => isObject(one) || isList(one))
    ? value
    : undefined;
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text, "");
  } catch {
    return undefined;
  }
}

function rowAt(line: string, path: string): Row {
  try {
    return asRow(parseJson(line, path), () => path);
  } catch (cause) {
    throw cause instanceof AppError ? new AppError("input", cause.message, { path, cause }) : cause;
  }
}

function noArray(document: Json, file: string, key: string | undefined): AppError {
  const object = asObject(document) ?? {};
  const values = Object.values(object);
  const what = key === undefined ? "an array" : `an array under the key ${shown(key)}`;
  const keys = Object.keys(object).filter((name) => rowsUnder(object[name]));
  if (keys.length === 0 && values.length > 0 && values.every((value) => isList(value) || isObject(value)))
    return new AppError(
      "input",
      `expected ${what} of rows; it holds columns (${namesShown(Object.keys(object))})`,
      {
        path: `${file}:1`,
        hint: 'write it row by row, as pandas does with to_json(orient="records")',
      },
    );
  const hint =
    keys.length === 0
      ? "the file holds no arrays under keys"
      : `write ${file}#KEY with one of ${namesShown(keys)}`;
  return new AppError("input", `expected ${what}, found none`, { path: `${file}:1`, hint });
}

/** Whether a value can be an array of rows; an empty one can. */
const rowsUnder = (value: Json | undefined): boolean =>
  isList(value) && (value.length === 0 || isObject(value[0]) || isList(value[0]));

function asRow(value: Json, path: () => string): Row {
  if (isObject(value) || isList(value)) return { values: value };
  throw new AppError("input", `expected an object or a [text, label] pair, found ${shown(value)}`, {
    path: path(),
  });
}

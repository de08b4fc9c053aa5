// Data sources: rows with line numbers from .csv, .tsv, .jsonl and .json#key files.
import { isUtf8 } from "node:buffer";
import { resolve } from "node:path";
import { AppError, asObject, busy, type Json, parseJson, readRegular } from "../base/index.ts";
import { elementLines } from "./json-lines.ts";

/** One row: values by column, or by position for an array. */
export interface Row {
  readonly values: { readonly [column: string]: Json } | readonly Json[];
}

export interface Source {
  /** As the user wrote it, with its #key. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly rows: readonly Row[];
  /** Column names of a table's header; undefined where each row names its own. */
  readonly columns: readonly string[] | undefined;
  /** `file:line` of a row, for messages. */
  at(row: number): string;
}

export interface DataPath {
  readonly file: string;
  readonly key: string | undefined;
}

interface Rows {
  readonly rows: readonly Row[];
  readonly columns?: readonly string[];
  /** Line of a row, from 1. */
  line(row: number): number;
}

type Reader = (text: string, file: string, key: string | undefined) => Promise<Rows> | Rows;

const readers: Readonly<Record<string, Reader>> = {
  ".csv": (text, file) => readTable(text, file, ",", true),
  ".tsv": (text, file) => readTable(text, file, "\t", false),
  ".jsonl": readJsonLines,
  ".json": readJson,
};

/** Endings of the files that can be read. */
export const dataFormats: readonly string[] = Object.keys(readers);

/** Splits `data.json#train` into file and key; only .json files take a key. */
export function dataPath(spec: string): DataPath {
  const at = spec.lastIndexOf(".json#");
  return at < 0 ? { file: spec, key: undefined } : { file: spec.slice(0, at + 5), key: spec.slice(at + 6) };
}

/** All rows of `spec`, relative to `folder`; AppError `input`, `file:line: what was expected`. */
export async function readSource(spec: string, folder: string): Promise<Source> {
  const { file, key } = dataPath(spec);
  const ending = /\.[^.\\/]*$/.exec(file)?.[0].toLowerCase() ?? "";
  const reader = Object.hasOwn(readers, ending) ? readers[ending] : undefined;
  if (reader === undefined) {
    const hint = `data files are ${dataFormats.join(", ")} (with #key for an array under a key)`;
    throw new AppError("input", `the file ending "${ending}" is not a known data format`, {
      path: spec,
      hint,
    });
  }
  const bytes = readRegular(resolve(folder, file), { name: file });
  const { rows, columns, line } = await busy(() => reader(decode(bytes, file), file, key));
  const at = (row: number): string => `${file}:${line(row)}`;
  if (rows.length === 0)
    throw new AppError("input", "expected at least one row, found none", { path: at(-1) });
  return { path: spec, bytes, rows, columns, at };
}

/** Strict UTF-8, without a byte order mark and without line ends at the end. */
function decode(bytes: Uint8Array, file: string): string {
  if (!isUtf8(bytes)) {
    let start = 0;
    for (let line = 1; start < bytes.length; line++) {
      const end = bytes.indexOf(10, start);
      const stop = end < 0 ? bytes.length : end;
      if (!isUtf8(bytes.subarray(start, stop))) {
        const hint = "save the file as UTF-8";
        throw new AppError("input", "expected UTF-8 text, found other bytes", {
          path: `${file}:${line}`,
          hint,
        });
      }
      start = stop + 1;
    }
  }
  const text = new TextDecoder().decode(bytes).replace(/[\r\n]+$/, "");
  if (text.trim() === "")
    throw new AppError("input", "expected data, found an empty file", { path: `${file}:1` });
  return text;
}

async function readTable(text: string, file: string, delimiter: string, quoted: boolean): Promise<Rows> {
  const { CsvError, parse } = await import("csv-parse/sync");
  const starts = [1];
  const quote = quoted ? '"' : null;
  let records: readonly (readonly string[])[];
  try {
    records = parse(text, {
      delimiter,
      quote,
      escape: quote,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      on_record(record) {
        starts.push((starts.at(-1) ?? 1) + record.join("").split("\n").length);
        return record;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const hint = "a field with quotes in it is quoted, and its quotes are doubled";
    throw new AppError("input", "expected a closing quote", {
      path: `${file}:${starts.at(-1)}`,
      hint,
      cause,
    });
  }
  const [columns = [], ...rest] = records;
  checkHeader(columns, file);
  const rows = rest.map((fields, i) => ({
    values: namedFields(columns, fields, `${file}:${starts[i + 1]}`),
  }));
  return { rows, columns, line: (row) => starts[row + 1] ?? 1 };
}

function checkHeader(columns: readonly string[], file: string): void {
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new AppError("input", `expected different column names, found "${twice}" twice`, {
    path: `${file}:1`,
  });
}

function namedFields(columns: readonly string[], fields: readonly string[], path: string): Row["values"] {
  if (fields.length === 1 && fields[0] === "")
    throw new AppError("input", "expected a row, found an empty line", { path });
  if (fields.length !== columns.length) {
    throw new AppError(
      "input",
      `expected ${columns.length} fields (${columns.join(", ")}), found ${fields.length}`,
      { path },
    );
  }
  return Object.fromEntries(columns.map((name, i) => [name, fields[i] ?? ""]));
}

function readJsonLines(text: string, file: string): Rows {
  const rows = text.split(/\r?\n/).map((line, i) => {
    const path = `${file}:${i + 1}`;
    if (line.trim() === "")
      throw new AppError("input", "expected a JSON value, found an empty line", { path });
    try {
      return asRow(parseJson(line, path), path);
    } catch (cause) {
      throw cause instanceof AppError ? new AppError("input", cause.message, { path, cause }) : cause;
    }
  });
  return { rows, line: (row) => row + 1 };
}

function readJson(text: string, file: string, key: string | undefined): Rows {
  const document = parseJson(text, file);
  const list = key === undefined ? document : asObject(document)?.[key];
  if (!Array.isArray(list)) throw noArray(document, file, key);
  let lines: readonly number[] | undefined;
  const line = (row: number): number => {
    lines ??= elementLines(text, key);
    return lines[row] ?? 1;
  };
  return { rows: list.map((value: Json, i) => asRow(value, () => `${file}:${line(i)}`)), line };
}

function noArray(document: Json, file: string, key: string | undefined): AppError {
  const object = asObject(document) ?? {};
  const keys = Object.keys(object).filter((name) => Array.isArray(object[name]));
  const hint =
    keys.length === 0
      ? "the file holds no arrays under keys"
      : `write ${file}#KEY with one of ${keys.join(", ")}`;
  const what = key === undefined ? "an array" : `an array under the key "${key}"`;
  return new AppError("input", `expected ${what}, found none`, { path: `${file}:1`, hint });
}

/** Whether a JSON value is an array. */
export const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

function asRow(value: Json, path: string | (() => string)): Row {
  const object = asObject(value);
  if (object !== undefined) return { values: object };
  if (isList(value)) return { values: value };
  const where = typeof path === "string" ? path : path();
  throw new AppError("input", `expected an object or a [text, label] pair, found ${JSON.stringify(value)}`, {
    path: where,
  });
}

// Data sources: the rows of a file, read as its ending says.
import { resolve } from "node:path";
import { AppError, busy, readRegular } from "../base/index.ts";
import { decode, refuseBinary } from "./decode.ts";
import { readJson, readJsonLines } from "./json-rows.ts";
import type { Given, Row, Rows } from "./rows.ts";
import { shown } from "./shown.ts";
import { readCsv, readTsv } from "./table.ts";
import { readText } from "./text-lines.ts";

export interface Source {
  /** As the user wrote it, with its #key. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly rows: readonly Row[];
  /** Column names of a table's header; undefined where each row names its own. */
  readonly columns: readonly string[] | undefined;
  /** Whether the file's first line named the columns. */
  readonly header: boolean;
  /** Readings that were taken, a sentence each. */
  readonly notes: readonly string[];
  /** `file:line` of a row, for messages; of row -1, of the header. */
  at(row: number): string;
}

export interface DataPath {
  readonly file: string;
  readonly key: string | undefined;
}

export interface SourceOptions {
  /** Class names of the model: a first row with one of them is no header. */
  readonly labels?: readonly string[];
  /** False lets a format without labels be read. */
  readonly labelled?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const readers: Readonly<Record<string, (given: Given) => Promise<Rows>>> = {
  ".csv": readCsv,
  ".tsv": readTsv,
  ".jsonl": readJsonLines,
  ".json": readJson,
  ".txt": readText,
};

/** Endings of the files that can be read. */
export const dataFormats: readonly string[] = Object.keys(readers);

/** Splits `data.json#train` into file and key; only .json files take a key. */
export function dataPath(spec: string): DataPath {
  const at = spec.lastIndexOf(".json#");
  return at < 0 ? { file: spec, key: undefined } : { file: spec.slice(0, at + 5), key: spec.slice(at + 6) };
}

/** All rows of `spec`, relative to `folder`; AppError `input`, `file:line: what was expected`. */
export async function readSource(
  spec: string,
  folder: string,
  { labels = [], labelled = true, signal }: SourceOptions = {},
): Promise<Source> {
  const { file, key } = dataPath(spec);
  const ending = /\.[^.\\/]*$/.exec(file.slice(-20))?.[0].toLowerCase() ?? "";
  const bytes = readRegular(resolve(folder, file), { name: file });
  refuseBinary(bytes, file);
  const reader = Object.hasOwn(readers, ending) ? readers[ending] : undefined;
  if (reader === undefined)
    throw new AppError("input", `the file ending ${shown(ending)} is not a known data format`, {
      path: spec,
      hint: `data files are ${dataFormats.join(", ")} (with #key for an array under a key)`,
    });
  const { text, notes } = busy(() => decode(bytes, file));
  const {
    rows,
    columns,
    header = false,
    line,
    notes: own,
  } = await reader({ text, file, key, labels, labelled, signal });
  const at = (row: number): string => `${file}:${line(row)}`;
  if (rows.length === 0)
    throw new AppError("input", "expected at least one row, found none", { path: at(-1) });
  return { path: spec, bytes, rows, columns, header, notes: [...notes, ...own], at };
}

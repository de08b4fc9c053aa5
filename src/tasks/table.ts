// Tables: .csv and .tsv files, however their fields are divided and quoted, with a header or without.
import { AppError, type Json } from "../base/index.ts";
import { blankNotes } from "./json-rows.ts";
import { readingOf } from "./labels.ts";
import { pause } from "./pause.ts";
import { type Dialect, readRecords, type TableRecord } from "./records.ts";
import type { Given, Row, Rows } from "./rows.ts";
import { namesShown, shown } from "./shown.ts";

/** Records by which a file is judged before it is read. */
const SAMPLE = 200;

const separators: ReadonlyMap<string, string> = new Map([
  [",", "commas"],
  [";", "semicolons"],
  ["\t", "tabs"],
  ["|", "bars"],
]);

/** Fields divided by commas and quoted where needed, unless header and rows show another separator. */
export const readCsv = (given: Given): Promise<Rows> => readTable(given, ",");

/** Fields divided by tabs and taken as they are, unless the whole file shows another separator or quoting. */
export const readTsv = (given: Given): Promise<Rows> => readTable(given, "\t");

async function readTable(given: Given, usual: string): Promise<Rows> {
  const { text, file, labels, signal } = given;
  // Excel's own way to say how fields are divided
  const [marked, separator] = /^sep=([^\r\n])\r?\n/.exec(text.slice(0, 8)) ?? [];
  const chosen = await dialectOf(given, separator ?? usual, usual);
  const records: TableRecord[] = [];
  let blanks = 0;
  let blank: number | undefined;
  const { records: all, broken } = await readRecords(text, chosen.dialect, file);
  if (broken) throw broken;
  for (const [i, record] of all.entries()) {
    await pause(i, signal);
    if (marked !== undefined && record.line === 1) continue;
    if (record.fields.every((field) => field.trim() === "")) {
      blank ??= record.line;
      blanks++;
    } else records.push(record);
  }
  const { columns, data, note } = headerOf(records, labels, file);
  const divided = separators.get(chosen.dialect.separator) ?? "";
  const rows = data.map(({ fields, line }): Row => {
    if (fields.length !== columns.length) throw misfit(fields, columns, `${file}:${line}`, divided);
    return { values: Object.fromEntries(columns.map((name, i): [string, Json] => [name, fields[i] ?? ""])) };
  });
  const line = (row: number): number => data[row]?.line ?? records[0]?.line ?? 1;
  return {
    rows,
    columns,
    header: note.length === 0,
    line,
    notes: [...chosen.notes, ...note, ...blankNotes(file, blanks, blank)],
  };
}

interface Chosen {
  readonly dialect: Dialect;
  readonly notes: readonly string[];
}

/** The usual dialect of the file's ending, unless it does not fit and exactly one other does. */
async function dialectOf(given: Given, wanted: string, usual: string): Promise<Chosen> {
  const { file } = given;
  const separator = await separatorOf(given, wanted);
  const words = separators.get(separator) ?? shown(separator);
  const other = separator === usual ? [] : [`${file}: its fields are divided by ${words}, and are read so`];
  if (separator !== "\t") return { dialect: { separator, quotes: true }, notes: other };
  const quotes = await isQuoted(given);
  const quoted = quotes ? [`${file}: its fields are quoted where they need to be, and are read so`] : [];
  return { dialect: { separator, quotes }, notes: [...other, ...quoted] };
}

async function separatorOf({ text, file }: Given, usual: string): Promise<string> {
  const fit = async (separator: string): Promise<{ readonly width: number; readonly even: boolean }> => {
    const dialect = { separator, quotes: separator !== "\t" };
    const widths = (await sample(text, dialect, file)).map(({ fields }) => fields.length);
    const [width = 0] = widths;
    return { width, even: width > 1 && widths.every((one) => one === width) };
  };
  const own = await fit(usual);
  if (own.even) return usual;
  const others: { separator: string; width: number; even: boolean }[] = [];
  for (const separator of separators.keys())
    if (separator !== usual) others.push({ separator, ...(await fit(separator)) });
  const even = others.filter((one) => one.even);
  const found = even.length > 0 ? even : own.width > 1 ? [] : others.filter(({ width }) => width > 1);
  return found.length === 1 ? (found[0]?.separator ?? usual) : usual;
}

/** The first records that are not blank, up to one that is broken. */
async function sample(text: string, dialect: Dialect, file: string): Promise<readonly TableRecord[]> {
  const { records } = await readRecords(text, dialect, file, SAMPLE);
  return records.filter(({ fields }) => fields.length > 1 || fields[0]?.trim() !== "");
}

/**
 * Whether a file of tabs is quoted as .csv files are. It is where every quote can be read so and either the header is
 * quoted or some field needs it: a quote in it is doubled, or a tab or line end stands in it.
 */
async function isQuoted({ text, file }: Given): Promise<boolean> {
  if (!text.includes('"')) return false;
  const { records, stray, broken } = await readRecords(text, { separator: "\t", quotes: true }, file);
  const rows = records.filter(({ fields, quoted }) => fields.length > 1 || fields[0] !== "" || quoted > 0);
  const [first] = rows;
  if (stray || broken || !first || rows.some(({ fields }) => fields.length !== first.fields.length))
    return false;
  return first.quoted === first.fields.length || rows.some(({ needed }) => needed);
}

interface Header {
  readonly columns: readonly string[];
  readonly data: readonly TableRecord[];
  readonly note: readonly string[];
}

/** The first record names the columns, unless one of its fields is a class, as every row has one in that place. */
function headerOf(records: readonly TableRecord[], labels: readonly string[], file: string): Header {
  const [first, ...data] = records;
  const columns = (first?.fields ?? []).map((name) => name.trim());
  const places = records.slice(0, SAMPLE).map(({ fields }) => fields);
  const isClass = (place: number): boolean => {
    const values = places.map((fields) => fields[place]);
    const kind = values.includes("") ? undefined : readingOf(values, labels)?.kind;
    return kind === "name" || kind === "spelling";
  };
  const place = records.length > 1 && columns.length > 1 ? columns.findIndex((_, i) => isClass(i)) : -1;
  if (place >= 0) {
    const note = `${file}: it has no header: its first row has a class in place ${place + 1}, as all rows do; columns are called 1, 2 ...`;
    return { columns: columns.map((_, i) => String(i + 1)), data: records, note: [note] };
  }
  const seen = new Set<string>();
  for (const name of columns) {
    if (name !== "" && seen.has(name))
      throw new AppError("input", `expected different column names, found ${shown(name)} twice`, {
        path: `${file}:${first?.line ?? 1}`,
        hint: "the first line names the columns",
      });
    seen.add(name);
  }
  return { columns, data, note: [] };
}

/** Names of columns that are no names: numbers, but for 0, 1, 2 ... as pandas has them, and whole sentences. */
export function likeData(columns: readonly string[]): readonly string[] {
  if (columns.every((name, i) => name === String(i))) return [];
  return columns.filter((name) => /^-?\d+(\.\d+)?$/.test(name) || name.split(/\s+/, 4).length > 3);
}

function misfit(
  fields: readonly string[],
  columns: readonly string[],
  path: string,
  divided: string,
): AppError {
  const wanted = `${columns.length} fields (${namesShown(columns, 8)})`;
  const hint =
    fields.length > columns.length
      ? `the fields are divided by ${divided}; one with ${divided} inside stands in double quotes`
      : `the fields are divided by ${divided}`;
  return new AppError("input", `expected ${wanted}, found ${fields.length}`, { path, hint });
}

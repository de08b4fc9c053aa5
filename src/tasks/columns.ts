// Which columns of classification data hold the text and the class: those that are given, else as the first rows tell.
import { AppError, type Json, suggestion } from "../base/index.ts";
import { type Reading, readingOf } from "./labels.ts";
import { isList, namesOf, type Row, valueAt } from "./rows.ts";
import { namesShown, shown } from "./shown.ts";
import type { Source } from "./source.ts";
import { likeData } from "./table.ts";

/** Rows that are looked at. */
const LOOKED_AT = 200;
/** Columns that are looked at. */
const MOST = 1000;

/** Usual names, the likeliest first; case does not matter. */
const textNames = ["text", "sentence", "utterance", "content"];
const labelNames = ["label", "intent", "category", "class", "labels", "target"];

/** Columns of two texts that are asked about together. */
const pairs: readonly (readonly [string, string])[] = [
  ["text", "textpair"],
  ["premise", "hypothesis"],
  ["question", "sentence"],
  ["question", "context"],
  ["question", "passage"],
  ["question", "answer"],
  ["query", "document"],
  ["query", "passage"],
];

export interface Columns {
  readonly text: string;
  /** Undefined where no column holds classes and none is needed. */
  readonly label: string | undefined;
}

/** Columns by key of the task, as far as they were named. */
export interface NamedColumns {
  readonly text?: string | undefined;
  readonly label?: string | undefined;
}

export interface Guess {
  /** Undefined where the rows do not decide it. */
  readonly column: string | undefined;
  /** Those that it can be. */
  readonly candidates: readonly string[];
}

/** Answers what the rows do not decide. */
export type Decide = (key: "text" | "label", candidates: readonly string[]) => Promise<string>;

export interface Found {
  readonly columns: Columns;
  readonly notes: readonly string[];
}

/**
 * The columns of a source, undefined where its rows are [text, label] pairs. AppError `input` for a name that is not
 * there, for what neither the rows nor `decide` settle, and for a second text beside one that nobody named.
 */
export async function findColumns(
  source: Source,
  labels: readonly string[],
  named: NamedColumns,
  labelled: boolean,
  decide: Decide = unclear(source, labels),
): Promise<Found | undefined> {
  const names = columnsOf(source);
  if (names === undefined) return undefined;
  for (const key of ["text", "label"] as const) checkNamed(source, key, named[key], labelled);
  const label = await labelColumn(source, labels, named, labelled, decide);
  const guess = guessText(source, label);
  const text = named.text ?? guess.column ?? (await decide("text", guess.candidates));
  checkHeader(source, { text, label }, named);
  const second = partner(source, text, names);
  if (second !== undefined && named.text === undefined) throw pair(source, text, second);
  return { columns: { text, label }, notes: notesOf(source, { text, label }, named, second) };
}

function notesOf(
  { path }: Source,
  { text, label }: Columns,
  named: NamedColumns,
  second: string | undefined,
): readonly string[] {
  const own = (key: "text" | "label", column: string | undefined): boolean =>
    named[key] !== undefined || column === key;
  const found = label === undefined ? [] : [`the classes in ${shown(label)}`];
  return [
    ...(own("text", text) && (label === undefined || own("label", label))
      ? []
      : [`${path}: the text was found in ${[shown(text), ...found].join(", ")}`]),
    ...(label === undefined
      ? [`${path}: no column holds the model's classes, so its texts are read without labels`]
      : []),
    ...(second === undefined
      ? []
      : [`${path}: ${shown(second)} looks like a second text beside ${shown(text)}, and is not read`]),
  ];
}

async function labelColumn(
  source: Source,
  labels: readonly string[],
  named: NamedColumns,
  labelled: boolean,
  decide: Decide,
): Promise<string | undefined> {
  if (named.label !== undefined) return columnNames(source).has(named.label) ? named.label : undefined;
  const { column, candidates, fits } = guessLabel(source, labels, named.text, labelled);
  if (column !== undefined) return column;
  return labelled || fits ? decide("label", candidates) : undefined;
}

/** The first rows that name their values; those of pairs do not. */
const namedRows = ({ rows }: Pick<Source, "rows">): readonly Exclude<Row["values"], readonly Json[]>[] =>
  rows.slice(0, LOOKED_AT).flatMap(({ values }) => (isList(values) ? [] : [values]));

/** Columns that all of the first rows have; undefined where these are [text, label] pairs. */
export function columnsOf(source: Pick<Source, "rows" | "columns">): readonly string[] | undefined {
  const [first, ...rest] = namedRows(source);
  if (first === undefined) return undefined;
  if (source.columns) return source.columns;
  return namesOf(first).filter((name) => rest.every((row) => valueAt(row, name) !== undefined));
}

/** Columns that any of the first rows has. */
const columnNames = (source: Source): ReadonlySet<string> =>
  new Set(source.columns ?? namedRows(source).flatMap((row) => namesOf(row)));

/** The column whose values are the classes: by name, or where there is none such, by index; else one of a usual name. */
function guessLabel(
  source: Source,
  labels: readonly string[],
  except: string | undefined,
  needed: boolean,
): Guess & { readonly fits: boolean } {
  const names = (columnsOf(source) ?? []).filter((name) => name !== except).slice(0, MOST);
  const rows = namedRows(source);
  const kinds = new Map(
    names.map((name) => [
      name,
      readingOf(
        rows.map((row) => valueAt(row, name)),
        labels,
      )?.kind,
    ]),
  );
  const whose = (kind: Reading["kind"]): readonly string[] =>
    names.filter((name) => kinds.get(name) === kind);
  // numbers alone do not make a column one of labels where there may be none
  const numbers = needed ? whose("index") : [];
  const found = [whose("name"), whose("spelling"), numbers].find((fit) => fit.length > 0);
  if (!found) return { column: usual(names, labelNames), candidates: names, fits: false };
  const column = found.length === 1 ? found[0] : usual(found, labelNames);
  return { column, candidates: found, fits: true };
}

/** The column that has a usual name and texts, else of those with a text in every row the one with the most characters. */
function guessText(source: Source, except: string | undefined): Guess {
  const rows = namedRows(source);
  const isText = (value: Json | undefined): boolean => typeof value === "string" && value.trim() !== "";
  const names = (columnsOf(source) ?? []).filter((name) => name !== except).slice(0, MOST);
  const candidates = names.filter((name) => rows.every((row) => isText(valueAt(row, name))));
  const some = names.filter((name) => rows.some((row) => isText(valueAt(row, name))));
  const column = usual(some, textNames) ?? longest(candidates, rows) ?? usual(names, textNames);
  return { column, candidates };
}

/** The last part of a dotted name counts. */
const usual = (names: readonly string[], wanted: readonly string[]): string | undefined =>
  wanted.flatMap((one) => {
    const exact = names.find((name) => name.toLowerCase() === one);
    return exact ?? names.find((name) => name.toLowerCase().split(".").at(-1) === one) ?? [];
  })[0];

/** Undefined where two are equally long. */
function longest(names: readonly string[], rows: readonly Row["values"][]): string | undefined {
  const sized = names.map((name) => {
    return { name, size: rows.reduce((sum, row) => sum + String(valueAt(row, name)).length, 0) };
  });
  const [first, second] = sized.sort((a, b) => b.size - a.size);
  return first?.size === second?.size ? undefined : first?.name;
}

/** The column of texts that belongs to another one as its second: text and text_pair, sentence1 and sentence2. */
function partner(source: Source, text: string, names: readonly string[]): string | undefined {
  const rows = namedRows(source);
  const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const own = plain(text);
  const others = pairs.flatMap(([a, b]) => (a === own ? [b] : b === own ? [a] : []));
  const [, stem, mark] = /^(.+)([12ab])$/.exec(own) ?? [];
  if (stem !== undefined && mark !== undefined) others.push(stem + { 1: "2", 2: "1", a: "b", b: "a" }[mark]);
  return names.find(
    (name) =>
      name !== text &&
      others.includes(plain(name)) &&
      rows.some((row) => {
        const value = valueAt(row, name);
        return typeof value === "string" && value.trim() !== "";
      }),
  );
}

const pair = ({ path, at }: Source, text: string, second: string): AppError =>
  new AppError(
    "input",
    `${path} has two texts in each row, ${shown(text)} and ${shown(second)}: pairs of texts are not read`,
    {
      path: at(-1),
      hint: `name the one text, ${shown(text)} or ${shown(second)}: --text, or the key text of the task`,
    },
  );

/** A column that is named must be there; one for labels only where they are needed. */
function checkNamed(
  source: Source,
  key: "text" | "label",
  name: string | undefined,
  labelled: boolean,
): void {
  if (name === undefined || (key === "label" && !labelled)) return;
  const known = [...columnNames(source)];
  if (known.includes(name)) return;
  const what = source.columns ? "column" : "key";
  if (!source.columns && namedRows(source).some((row) => valueAt(row, name) !== undefined)) return;
  throw missing(what, name, known, source);
}

/** That a row or a header has no such column, and which it has. */
export function missing(
  what: string,
  name: string,
  known: readonly string[],
  source: Source,
  row = -1,
): AppError {
  const hint = headerHint(source) ?? suggestion(name, known.slice(0, 100));
  return new AppError("input", `expected a ${what} ${shown(name)}, found ${namesShown(known)}`, {
    path: source.at(row),
    ...(hint && { hint }),
  });
}

/** Columns that were found, and not named, have names that are names: the first line is no row that would be lost. */
function checkHeader(source: Source, { text, label }: Columns, named: NamedColumns): void {
  const hint = headerHint(source);
  const odd = likeData(source.columns ?? []);
  const found = [...(named.text === undefined ? [text] : []), ...(named.label === undefined ? [label] : [])];
  const wrong = found.find((name) => name !== undefined && odd.includes(name));
  if (hint === undefined || wrong === undefined) return;
  throw new AppError("input", `${shown(wrong)} is no name of a column`, { path: source.at(-1), hint });
}

/** What to do about a first line that is no header. */
const headerHint = ({ columns = [], header }: Source): string | undefined =>
  header && likeData(columns).length > 0
    ? "the first line is read as the names of the columns, and looks like data: put a line such as text,label above it"
    : undefined;

/** The error for what the rows do not decide. */
const unclear =
  (source: Source, labels: readonly string[]): Decide =>
  (key, candidates) => {
    const { path, at } = source;
    const classes = labels.filter((name) => columnNames(source).has(name));
    const what = key === "text" ? "the text" : "the classes";
    const several =
      key === "label" && classes.length > 1
        ? `; it has a column for each class (${namesShown(classes)}), and one that names the class is wanted`
        : "";
    const hint =
      headerHint(source) ??
      `name it with --${key}, or the key ${key} of the task${candidates.length > 0 ? `: one of ${namesShown(candidates)}` : ""}`;
    return Promise.reject(
      new AppError("input", `it is not clear which column of ${path} holds ${what}${several}`, {
        path: at(-1),
        hint,
      }),
    );
  };

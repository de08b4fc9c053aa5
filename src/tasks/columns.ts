// Which columns of classification data hold the text and the class, as far as the first rows tell.
import type { Json } from "../base/index.ts";
import { isList, type Source } from "./source.ts";
import { classOf } from "./text-classification.ts";

/** Rows that are looked at. */
const LOOKED_AT = 200;

/** Usual names, the likeliest first; case does not matter. */
const textNames = ["text", "sentence", "utterance", "content"];
const labelNames = ["label", "intent", "category", "class"];

export interface Guess {
  /** Undefined where the rows do not decide it. */
  readonly column: string | undefined;
  /** Those that it can be. */
  readonly candidates: readonly string[];
}

type Named = Readonly<Record<string, Json>>;

/** The first rows that name their values; those of pairs do not. */
const namedRows = ({ rows }: Source): readonly Named[] =>
  rows.slice(0, LOOKED_AT).flatMap(({ values }) => (isList(values) ? [] : [values]));

/** Columns that all of the first rows have; undefined where these are [text, label] pairs. */
export function columnsOf(source: Source): readonly string[] | undefined {
  const [first, ...rest] = namedRows(source);
  if (first === undefined) return undefined;
  const names = source.columns ?? Object.keys(first);
  return names.filter((name) => rest.every((row) => Object.hasOwn(row, name)));
}

/** The column whose values are the classes: by name, or where there is none such, by index. */
export function guessLabel(source: Source, labels: readonly string[], except?: string): Guess {
  const names = (columnsOf(source) ?? []).filter((name) => name !== except);
  const rows = namedRows(source);
  const indexOf = new Map(labels.map((name, i) => [name, i]));
  const whose = (fits: (value: Json | undefined) => boolean): readonly string[] =>
    names.filter((name) => rows.every((row) => fits(row[name])));
  const byName = whose((value) => typeof value === "string" && indexOf.has(value));
  const byIndex = whose((value) => classOf(value, labels, indexOf) !== undefined);
  const found = byName.length > 0 ? byName : byIndex;
  const column = found.length === 1 ? found[0] : usual(found, labelNames);
  return { column, candidates: found.length > 0 ? found : names };
}

/** The column of texts that has a usual name, else the one with the most characters. */
export function guessText(source: Source, except?: string): Guess {
  const rows = namedRows(source);
  const isText = (value: Json | undefined): boolean => typeof value === "string" && value.trim() !== "";
  const names = (columnsOf(source) ?? []).filter((name) => name !== except);
  const candidates = names.filter((name) => rows.every((row) => isText(row[name])));
  const column = usual(candidates, textNames) ?? longest(candidates, rows);
  return { column, candidates };
}

const usual = (names: readonly string[], wanted: readonly string[]): string | undefined =>
  wanted.flatMap((one) => names.find((name) => name.toLowerCase() === one) ?? [])[0];

/** Undefined where two are equally long. */
function longest(names: readonly string[], rows: readonly Named[]): string | undefined {
  const sized = names.map((name) => {
    return { name, size: rows.reduce((sum, row) => sum + String(row[name]).length, 0) };
  });
  const [first, second] = sized.sort((a, b) => b.size - a.size);
  return first?.size === second?.size ? undefined : first?.name;
}

// Variants of a recipe: the recipe with other values at some of its keys, in a folder of its own.
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { parseDocument } from "yaml";
import { AppError, grouped, hash } from "../base/index.ts";

/** What a key of a recipe can be set to. */
export type Scalar = string | number | boolean;

/** One key with the values that it is to have: "steps[0].distill.student.hidden=96,128". */
export interface Axis {
  readonly key: string;
  readonly values: readonly Scalar[];
}

/** One key with one value. */
export interface Setting {
  readonly key: string;
  readonly value: Scalar;
}

export interface Variant {
  /** "hidden=96 layers=2". */
  readonly name: string;
  readonly settings: readonly Setting[];
  /** The recipe with these values, as it stands in its output folder: relative paths begin there. */
  readonly text: string;
  /** Its output folder, absolute, named after the values. */
  readonly output: string;
}

/** The axis that a word of the command line means; AppError `usage` where it is none. */
export function axisOf(word: string): Axis {
  const [, key, values] = /^([^=]+)=(.+)$/.exec(word) ?? [];
  if (key === undefined || values === undefined) {
    throw new AppError("usage", `${JSON.stringify(word)} is no key=value,value`, {
      path: "--matrix",
      hint: "--matrix steps[0].distill.student.hidden=96,128",
    });
  }
  return { key, values: values.split(",").map(scalar) };
}

/** Every combination of the axes' values, each with an output folder beside the recipe's; each is checked when it runs. */
export function variantsOf(text: string, path: string, axes: readonly Axis[]): readonly Variant[] {
  const base = { text, path, where: "--matrix" };
  return combinations(axes, base.where).map((settings) =>
    variantOf(base, settings, (output, name) => `${output}-${folderName(name)}`),
  );
}

/** What variants are made of: a recipe's text and absolute path, and what its settings were given by, for errors. */
export interface VariantBase {
  readonly text: string;
  readonly path: string;
  readonly where: string;
}

/** The recipe with these settings; `place` names its output folder after the recipe's, which is absolute. */
export function variantOf(
  { text, path, where }: VariantBase,
  settings: readonly Setting[],
  place: (output: string, name: string) => string,
): Variant {
  const folder = dirname(path);
  const document = parseDocument(text);
  for (const key of ["sweep", "budget"]) document.delete(key);
  for (const { key, value } of settings) {
    const keys = placeOf(key);
    if (!document.hasIn(keys.slice(0, -1)))
      throw new AppError("usage", `${basename(path)} has no ${key}`, { path: where });
    document.setIn(keys, value);
  }
  const name = nameOf(settings);
  const output = place(resolve(folder, String(document.get("output"))), name);
  for (const keys of [["teacher"], ["task", "train"], ["task", "test"]]) {
    const value = document.getIn(keys);
    if (typeof value === "string" && !isAbsolute(value))
      document.setIn(keys, relative(output, resolve(folder, value)));
  }
  document.set("output", ".");
  return { name, settings, text: document.toString(), output };
}

/** Combinations that are made at most. */
export const maxCombinations = 10_000;

/** Every combination of one value for each key; AppError `usage` for more than can be run. */
export function combinations(axes: readonly Axis[], where: string): readonly (readonly Setting[])[] {
  const total = axes.reduce((product, { values }) => product * values.length, 1);
  if (total > maxCombinations)
    throw new AppError("usage", `these values have ${grouped(total)} combinations`, {
      path: where,
      hint: `at most ${grouped(maxCombinations)} are run; kind: random tries some of them`,
    });
  return axes.reduce<readonly (readonly Setting[])[]>(
    (found, { key, values }) => found.flatMap((choice) => values.map((value) => [...choice, { key, value }])),
    [[]],
  );
}

/** "hidden=96 layers=2". */
export const nameOf = (settings: readonly Setting[]): string =>
  settings.map(({ key, value }) => `${key.split(".").at(-1)}=${value}`).join(" ");

/** A name as a folder's: letters, digits, dots and dashes, at most 100 of them. */
export function folderName(name: string): string {
  const plain = name.replace(/[^\w.-]+/g, "-");
  return plain.length <= 100 ? plain : `${plain.slice(0, 87)}-${hash(name).slice(0, 12)}`;
}

/** "steps[0].distill" as ["steps", 0, "distill"]. */
const placeOf = (key: string): (string | number)[] =>
  key.split(".").flatMap((part) => {
    const [, name = part, index] = /^(.*?)\[(\d+)\]$/.exec(part) ?? [];
    return index === undefined ? [name] : [name, Number(index)];
  });

const scalar = (text: string): Scalar => {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
};

/** Where a variant's recipe is kept: in its output folder. */
export const variantPath = ({ output }: Pick<Variant, "output">): string => join(output, "recipe.yaml");

// Variants of a recipe: every combination of the values that a matrix gives to some of its keys.
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { parseDocument } from "yaml";
import { AppError } from "../base/index.ts";

/** One key of a matrix with its values: "steps[0].distill.student.hidden=96,128". */
export interface Axis {
  readonly key: string;
  readonly values: readonly string[];
}

export interface Variant {
  /** "hidden=96 layers=2". */
  readonly name: string;
  /** The recipe with these values, its paths absolute, its output folder named after them. */
  readonly text: string;
  /** Absolute. */
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
  return { key, values: values.split(",") };
}

/** Every combination of the axes' values; the recipe itself is checked when it runs. */
export function variantsOf(text: string, path: string, axes: readonly Axis[]): readonly Variant[] {
  return combinations(axes).map((choice) => {
    const document = parseDocument(text);
    const folder = dirname(path);
    for (const place of [["teacher"], ["task", "train"], ["task", "test"], ["output"]]) {
      const value = document.getIn(place);
      if (typeof value === "string" && !isAbsolute(value)) document.setIn(place, resolve(folder, value));
    }
    for (const { key, value } of choice) {
      const place = keysOf(key);
      if (!document.hasIn(place.slice(0, -1)))
        throw new AppError("usage", `${basename(path)} has no ${key}`, { path: "--matrix" });
      document.setIn(place, scalar(value));
    }
    const name = choice.map(({ key, value }) => `${key.split(".").at(-1)}=${value}`).join(" ");
    const output = `${String(document.get("output"))}-${name.replace(/[^\w.-]+/g, "-")}`;
    document.set("output", output);
    return { name, text: document.toString(), output };
  });
}

function combinations(axes: readonly Axis[]): readonly (readonly { key: string; value: string }[])[] {
  return axes.reduce<readonly (readonly { key: string; value: string }[])[]>(
    (found, { key, values }) => found.flatMap((choice) => values.map((value) => [...choice, { key, value }])),
    [[]],
  );
}

/** "steps[0].distill" as ["steps", 0, "distill"]. */
const keysOf = (key: string): (string | number)[] =>
  key.split(".").flatMap((part) => {
    const [, name = part, index] = /^(.*?)\[(\d+)\]$/.exec(part) ?? [];
    return index === undefined ? [name] : [name, Number(index)];
  });

const scalar = (text: string): string | number | boolean => {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
};

/** Where a variant's recipe is kept: in its output folder. */
export const variantPath = ({ output }: Variant): string => join(output, "recipe.yaml");

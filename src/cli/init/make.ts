// From flags to a recipe: looks at the teacher and the data, and writes nothing that compress would not accept.
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { AppError, writeAtomic } from "../../base/index.ts";
import { type Described, describeFolder } from "../../families/index.ts";
import { noTokenizer, type Tokenizer } from "../../hub/index.ts";
import {
  draftRecipe,
  expectation,
  learns,
  measuredOn,
  type PresetStep,
  parseRecipe,
  presetNamed,
} from "../../recipe/index.ts";
import { type Dataset, dataPath, dataWarnings, readSource, type Source } from "../../tasks/index.ts";
import { plural } from "../render/figures.ts";
import type { Asker, Question } from "./ask.ts";
import { type Columns, chooseColumns } from "./columns.ts";

export interface InitFlags {
  readonly teacher: string | undefined;
  readonly train: string | undefined;
  readonly test: string | undefined;
  readonly text: string | undefined;
  readonly label: string | undefined;
  readonly preset: string;
  /** The recipe's file. */
  readonly output: string;
  readonly force: boolean;
}

/** The flags once nothing is left to ask. */
type Given = InitFlags & { readonly teacher: string; readonly test: string };

/** What minnow init --json prints, without its schema. */
export interface InitResult {
  readonly recipe: string;
  readonly preset: string;
  readonly teacher: {
    readonly path: string;
    readonly family: string;
    readonly layers: number;
    readonly hidden: number;
    readonly labels: number;
  };
  /** Null where no step learns and no file was given. */
  readonly train: DataFound | null;
  readonly test: DataFound;
  /** Null where the rows are [text, label] pairs. */
  readonly columns: Columns | null;
  readonly steps: readonly PresetStep["step"][];
  /** What is to be known of the data; absent where there is nothing. */
  readonly warnings?: readonly string[];
  /** Words of the command line to run next. */
  readonly next: readonly string[];
}

export interface DataFound {
  readonly path: string;
  readonly rows: number;
}

/**
 * Writes the recipe. AppError `usage` for what was not given and cannot be decided, `input` for what cannot be
 * read; nothing is written then.
 */
export async function makeRecipe(flags: InitFlags, asker: Asker, cwd: string): Promise<InitResult> {
  const { output, force } = flags;
  if (!force && existsSync(resolve(cwd, output)))
    throw new AppError("usage", "it is already there", { path: output, hint: "--force writes over it" });
  const teacher = flags.teacher ?? (await asker.ask(questions.teacher));
  const seen = lookAt(teacher, cwd);
  const steps = presetNamed(flags.preset).steps(seen.sizes);
  const train = flags.train ?? (learns(steps) ? await asker.ask(questions.train) : undefined);
  const test = flags.test ?? (await asker.ask(questions.test));
  const trainSource = train === undefined ? undefined : await readSource(train, cwd, seen);
  const testSource = await readSource(test, cwd, seen);
  const columns = await chooseColumns(trainSource ?? testSource, seen.labels, flags, asker);
  const text = recipeText({ ...flags, teacher, train, test }, seen, steps, columns, cwd);
  const data = train === undefined ? [test] : [train, test];
  const warnings = await checkRecipe(text, output, data, { ...seen, path: teacher }, cwd);
  await writeAtomic(resolve(cwd, output), text);
  return {
    recipe: output,
    preset: flags.preset,
    teacher: { path: teacher, ...sizesOf(seen) },
    train: trainSource ? dataFound(trainSource) : null,
    test: dataFound(testSource),
    columns: columns ?? null,
    steps: steps.map(({ step }) => step),
    ...(warnings.length > 0 && { warnings }),
    next: ["minnow", "compress", output],
  };
}

const questions = {
  teacher: {
    flag: "--teacher",
    why: "there is no teacher yet",
    wanted: "a folder with config.json and model.safetensors",
  },
  train: {
    flag: "--train",
    why: "the steps of this preset learn from data",
    wanted: "training data, a file or file.json#key",
  },
  test: {
    flag: "--test",
    why: "the report measures on test data",
    wanted: "test data, a file or file.json#key",
  },
} as const satisfies Readonly<Record<string, Question>>;

const sizesOf = ({ family, sizes, classes }: Described): Omit<InitResult["teacher"], "path"> => ({
  family: family.name,
  layers: sizes.layers.length,
  hidden: sizes.hidden,
  labels: classes,
});

const dataFound = ({ path, rows }: Source): DataFound => ({ path, rows: rows.length });

/** The teacher by its config; what compress would miss beside it is told now. */
function lookAt(teacher: string, cwd: string): Described {
  const folder = resolve(cwd, teacher);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats) throw new AppError("input", "there is no such folder", { path: teacher });
  if (!stats.isDirectory())
    throw new AppError("usage", "it is a file, and a folder with config.json is wanted", {
      path: teacher,
      hint: "a recipe for an .onnx file is written by hand: docs/recipes.md has every key",
    });
  const seen = describeFolder(folder);
  if (!existsSync(join(folder, "tokenizer.json"))) throw noTokenizer(folder);
  return seen;
}

/** The recipe with paths from its own folder. */
function recipeText(
  flags: Given,
  seen: Described,
  steps: readonly PresetStep[],
  columns: Columns | undefined,
  cwd: string,
): string {
  const { teacher, train, test, preset, output } = flags;
  const folder = dirname(resolve(cwd, output));
  const fromFolder = (path: string): string =>
    relative(folder, resolve(cwd, path)).replaceAll(sep, "/") || ".";
  const data = (spec: string): string => {
    const { file, key } = dataPath(spec);
    return `${fromFolder(file)}${key === undefined ? "" : `#${key}`}`;
  };
  const { family, layers, hidden, labels } = sizesOf(seen);
  return draftRecipe({
    about: [
      `The preset ${preset}: ${presetNamed(preset).describe}.`,
      `On ${measuredOn}: ${expectation(presetNamed(preset))}.`,
      `The teacher: ${family}, ${plural(layers, "layer")} x ${hidden}, ${plural(labels, "label")}.`,
      "Paths are relative to this file; docs/recipes.md has every key.",
    ],
    teacher: fromFolder(teacher),
    task: {
      name: "text-classification",
      train: train === undefined ? undefined : data(train),
      test: data(test),
      ...columns,
    },
    steps,
    output: `out/${basename(resolve(cwd, teacher))}-${preset}`,
  });
}

/** Reads the recipe and its data as compress will, but for tokens; gives and throws what compress would. */
async function checkRecipe(
  text: string,
  path: string,
  data: readonly string[],
  { labels, sizes, config, path: model }: Described & { readonly path: string },
  cwd: string,
): Promise<readonly string[]> {
  const { task, params } = parseRecipe(text, path, undefined, cwd).task;
  const maxLength = sizes.positions;
  const context = { model, config, tokenizer: noTokens, labels, maxLength, folder: cwd, labelled: true };
  const sets: Dataset[] = [];
  for (const file of data) sets.push(await task.load(file, params, context));
  const [first, second] = sets;
  const together = second ? dataWarnings(first, second) : [];
  return [...new Set([...sets.flatMap(({ warnings = [] }) => warnings), ...together])];
}

const noTokens: Tokenizer = {
  encode: () => ({ inputIds: [], tokenTypeIds: [] }),
  differs: () => false,
  maxLength: undefined,
  padId: 0,
  mask: undefined,
  warnings: [],
  filesFor: () => new Map(),
};

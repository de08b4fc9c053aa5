// Every recipe in the documents is one: it parses, and its steps take the keys that they are given.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { parseRecipe } from "../../src/recipe/index.ts";
import { blocksOf, isWorkflow, titleOf } from "./documents.ts";

const folder = mkdtempSync(join(tmpdir(), "minnow-docs-recipes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Recipe = Readonly<Record<string, unknown>>;

/** Keys that a block leaves out because it shows others. */
const rest: Recipe = {
  teacher: "models/teacher",
  task: { name: "text-classification", train: "data/train.tsv", test: "data/test.tsv" },
  steps: [{ quantize: { kind: "dynamic" } }],
  output: "out/mini",
};

/** The whole recipe: a list is its steps, and what it lacks is filled in. */
function wholeOf(text: string): string {
  const value = parse(text) as Recipe | readonly unknown[];
  if (Array.isArray(value)) return stringify({ ...rest, steps: value });
  const given = value as Recipe;
  return Object.keys(rest).every((key) => key in given) ? text : stringify({ ...rest, ...given });
}

/** Puts a file at every path that the recipe names. */
function placeFiles(recipe: string, text: string): void {
  const { teacher, task } = parse(text) as { teacher: string; task: Readonly<Record<string, string>> };
  for (const path of [teacher, task.train, task.test]) {
    if (path === undefined) continue;
    const file = resolve(dirname(recipe), path.replace(/#.*$/, ""));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
  }
}

const recipes = blocksOf("yaml").filter((block) => !isWorkflow(block));

test("there are recipes", () => {
  expect(recipes.length).toBeGreaterThan(1);
});

test.each(recipes.map((block) => [titleOf(block), block] as const))("%s", (_title, block) => {
  const path = join(folder, "inner/recipes/recipe.yaml");
  const text = wholeOf(block.text);
  placeFiles(path, text);
  const { steps } = parseRecipe(text, path);
  expect(steps.length).toBeGreaterThan(0);
});

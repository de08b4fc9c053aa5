// Sweeps in recipes: which trials they mean, each a recipe of its own, and what is refused.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { AppError } from "../../src/base/index.ts";
import { parseRecipe, trialsOf } from "../../src/recipe/index.ts";

const folder = mkdtempSync(join(tmpdir(), "minnow-sweep-"));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ["teacher.onnx", "train.tsv", "test.tsv"]) writeFileSync(join(folder, name), "");

const recipe = (sweep: string): string => `# kept
teacher: teacher.onnx
task: { name: text-classification, train: train.tsv, test: test.tsv }
seed: 3
steps:
  - distill: { student: { layers: 1, hidden: 32 } }
  - prune: { kind: magnitude, sparsity: 0.3 }
output: out/mini
${sweep}`;
const parsed = (sweep: string) => parseRecipe(recipe(sweep), join(folder, "recipe.yaml"));
const trials = (sweep: string) => trialsOf(parsed(sweep), folder);
const valuesOf = (sweep: string, key: number): readonly unknown[] =>
  trials(sweep).map(({ settings }) => settings[key]?.value);

/** What is wrong, without the folder. */
function failure(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof AppError) return error.describe().replaceAll(`${folder}/`, "");
    throw error;
  }
  throw new Error("nothing was wrong");
}

const over = (values: string, more = ""): string =>
  `sweep: { ${more} over: { "steps[1].prune.sparsity": ${values} } }`;

describe("a grid", () => {
  const sweep = `sweep:
  over:
    steps[0].distill.student.hidden: [32, 64]
    steps[1].prune.sparsity: { from: 0.2, to: 0.6, step: 0.2 }
budget: ["bytes <= 2 MB"]
`;

  test("gives every combination, in order, in folders of their own", () => {
    const all = trials(sweep);
    expect(all.map(({ name }) => name)).toEqual([
      "hidden=32 sparsity=0.2",
      "hidden=32 sparsity=0.4",
      "hidden=32 sparsity=0.6",
      "hidden=64 sparsity=0.2",
      "hidden=64 sparsity=0.4",
      "hidden=64 sparsity=0.6",
    ]);
    expect(all[4]?.output).toBe(join(folder, "out/mini/trials/hidden-64-sparsity-0.4"));
    expect(parse(all[4]?.text ?? "")).toEqual({
      teacher: "../../../../teacher.onnx",
      task: {
        name: "text-classification",
        train: "../../../../train.tsv",
        test: "../../../../test.tsv",
      },
      seed: 3,
      steps: [
        { distill: { student: { layers: 1, hidden: 64 } } },
        { prune: { kind: "magnitude", sparsity: 0.4 } },
      ],
      output: ".",
    });
    expect(all[4]?.text).toContain("# kept");
  });

  test("ends at its number of trials", () => {
    expect(valuesOf(over("[0.1, 0.2, 0.3]", "trials: 2,"), 0)).toEqual([0.1, 0.2]);
  });

  test("can set what the recipe leaves out", () => {
    const [trial] = trials('sweep: { over: { "steps[0].distill.epochs": [2] } }');
    expect(parse(trial?.text ?? "").steps[0].distill.epochs).toBe(2);
  });
});

describe("a random choice", () => {
  const random = (values: string, count: number): string => over(values, `kind: random, trials: ${count},`);

  test("is the same for the same recipe, and another for another seed", () => {
    const sweep = random("{ from: 0.1, to: 0.9 }", 8);
    expect(valuesOf(sweep, 0)).toEqual(valuesOf(sweep, 0));
    const other = parseRecipe(recipe(sweep).replace("seed: 3", "seed: 4"), join(folder, "recipe.yaml"));
    expect(trialsOf(other, folder).map(({ name }) => name)).not.toEqual(
      trials(sweep).map(({ name }) => name),
    );
  });

  test("stays within its range, on its steps, and is never there twice", () => {
    const values = valuesOf(random("{ from: 0.1, to: 0.9, step: 0.2 }", 5), 0);
    expect(values.toSorted()).toEqual([0.1, 0.3, 0.5, 0.7, 0.9]);
    for (const value of valuesOf(random("{ from: 0.1, to: 0.9 }", 50), 0)) {
      expect(value).toBeGreaterThanOrEqual(0.1);
      expect(value).toBeLessThanOrEqual(0.9);
    }
  });

  test("ends where there are no more values", () => {
    expect(valuesOf(random("[0.1, 0.2, 0.3]", 100), 0).toSorted()).toEqual([0.1, 0.2, 0.3]);
  });

  test("on a log scale takes each factor as often", () => {
    const sweep =
      'sweep: { kind: random, trials: 200, over: { "steps[0].distill.learningRate": { from: 1e-5, to: 1e-1, scale: log } } }';
    const below = valuesOf(sweep, 0).filter((value) => Number(value) < 1e-3).length;
    expect(below).toBeGreaterThan(70);
    expect(below).toBeLessThan(130);
  });
});

describe("refused", () => {
  test.each([
    ["sweep: { over: {} }", "recipe.yaml:9:16 sweep.over: it names no key"],
    [over("[]"), "recipe.yaml:9:46 sweep.over.steps[1].prune.sparsity: [] is refused: it has no value"],
    [over("[0.1]", "kind: random,"), "recipe.yaml:9:1 sweep.trials: random needs a number of trials"],
    [
      over("[0.1]", "gaol: bytes,"),
      'recipe.yaml:9:10 sweep.gaol: there is no such key. Hint: did you mean "goal"?',
    ],
    [
      "budget: [bytes <= 2 MB]",
      "recipe.yaml:9:1 budget: there is no sweep whose trials it could choose. Hint: require is what the one result of a recipe must satisfy",
    ],
  ])("%s", (sweep, words) => expect(failure(() => parsed(sweep))).toBe(words));

  test.each([
    [over("{ from: 0.1, to: 0.5 }"), /^sweep\.over\.steps\[1\]\.prune\.sparsity: a grid needs a step/],
    ['sweep: { over: { "steps[7].prune.sparsity": [0.1] } }', /^sweep\.over: recipe\.yaml has no steps\[7\]/],
    [
      over("[0.1, 1.5]"),
      /^out\/mini\/trials\/sparsity-1\.5\/recipe\.yaml:\d+:\d+ steps\[1\]\.prune\.sparsity: 1\.5 is not/,
    ],
    [
      'sweep: { over: { "steps[1].prune.sparsty": [0.1] } }',
      /steps\[1\]\.prune\.sparsty: there is no such key/,
    ],
  ])("%s", (sweep, words) => expect(failure(() => trials(sweep))).toMatch(words));
});

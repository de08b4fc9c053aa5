// Recipes that would take long: refused by size, depth or number of words, soon, with one line.
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { parseRecipe, trialsOf, variantsOf } from "../../src/recipe/index.ts";
import { goodRecipe, known, recipeFolder } from "./world.ts";

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("it was read");
}
const parse = (text: string) => parseRecipe(text, "recipe.yaml", known, recipeFolder());

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

describe("a text that would take long", () => {
  it.each<[string, string, RegExp]>([
    ["40 explicit keys", `${"? ".repeat(40)}a: 1`, /^recipe\.yaml:1:3: a key must be a name/],
    ["600 explicit keys", `${"? ".repeat(600)}a: 1`, /nested more than 100 levels deep/],
    ["50,000 keys", lines(50_000, (i) => `k${i}: 1`), /488,889 characters; at most 262,144/],
    ["10,000 keys", lines(10_000, (i) => `k${i}: 1`), /more than 20,000 words and signs/],
    ["100,000 open lists", "[".repeat(100_000), /^recipe\.yaml:1: it is nested more than 100 levels/],
    ["100,000 open mappings", "{".repeat(100_000), /nested more than 100 levels/],
    ["100,000 lists in a line", "- ".repeat(100_000), /nested more than 100 levels/],
    ["a staircase", lines(600, (i) => `${" ".repeat(i)}k:`), /characters|nested more than 100 levels/],
    ["200,000 commas", `[${",".repeat(200_000)}]`, /more than 20,000 words and signs/],
    ["130,000 aliases", "*a ".repeat(80_000), /more than 20,000 words and signs/],
    ["an alias within its own list", "steps: &a [ *a ]", /^recipe\.yaml:1:13: an alias stands inside/],
    ["an alias within its own mapping", "task: &a { b: { c: *a } }", /an alias stands inside/],
    ["3,000 steps", `steps:\n${lines(3000, () => "- a: 1")}`, /./],
  ])("%s", (_, text, expected) => {
    const begin = performance.now();
    const error = refusal(() => parse(text));
    expect(performance.now() - begin).toBeLessThan(2000);
    expect(error.describe()).toMatch(expected);
    expect(error.kind).toBe("usage");
  });

  it("a hundred levels are within the bounds", () => {
    const text = `a: ${"[".repeat(95)}${"]".repeat(95)}`;
    expect(refusal(() => parse(text)).describe()).toContain("there is no such key");
  });
});

it.each([
  ["a mapping", "{ a: 1 }: 1"],
  ["a list", "? [a]\n: 1"],
  ["an alias", "a: &k x\n*k : 1"],
  ["nothing", ": 1"],
  ["nothing after a value", "a: { b: 1 }: 2"],
  ["nothing under a value", "a: t\n : b"],
  ["null", "null: 1"],
])("a key that is %s is refused", (_, text) => {
  expect(refusal(() => parse(text)).describe()).toContain("a key must be a name. Hint: write key: value");
});

it.each(["teacher", "output", "steps"])(
  "%s with a length that nothing can be compared with is refused",
  (key) => {
    expect(refusal(() => parse(`${key}: { length: [{ toString: [] }] }`)).describe()).toContain(
      "a length in it is not a number",
    );
  },
);

it("keys that are equal once they are text are there twice", () => {
  expect(refusal(() => parse('1: a\n"1": b')).describe()).toMatch(
    /^recipe\.yaml:2:1: the key is there twice/,
  );
});

it("of many unknown keys fifty are told, and the number of the others", () => {
  const { facts } = refusal(() => parse(`${goodRecipe}${lines(1000, (i) => `k${i}: 1`)}`));
  const problems = facts.problems as readonly string[];
  expect(problems).toHaveLength(51);
  expect(problems.at(-1)).toBe("recipe.yaml: 950 more problems");
});

describe("more combinations than can be run", () => {
  const values = Array.from({ length: 101 }, (_, i) => i);
  it("of a sweep", () => {
    const over = `{ seed: [${values}], "steps[0].distill.epochs": [${values}] }`;
    const recipe = parse(`${goodRecipe}sweep: { over: ${over} }\n`);
    expect(refusal(() => trialsOf(recipe, recipe.folder)).describe()).toBe(
      "sweep.over: these values have 10,201 combinations. Hint: at most 10,000 are run; kind: random tries some of them",
    );
  });

  it("of a range with a tiny step", () => {
    const recipe = parse(
      `${goodRecipe}sweep: { over: { seed: { from: 0, to: 1000000000, step: 0.001 } } }\n`,
    );
    expect(refusal(() => trialsOf(recipe, recipe.folder)).describe()).toMatch(
      /^sweep\.over\.seed: it has 1,000,000,000,001 values\. Hint: take a larger step/,
    );
  });

  it("of --matrix", () => {
    const axes = ["a", "b", "c", "d", "e", "f", "g", "h"].map((key) => ({ key, values }));
    expect(refusal(() => variantsOf(goodRecipe, "/recipe.yaml", axes)).message).toMatch(/combinations$/);
  });
});

// A recipe is read whole, or every problem is told with line, column, key, what is allowed and what was meant.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { methodKeys, parseRecipe, parseYaml, type Recipe, recipeSchemaDocs } from "../../src/recipe/index.ts";
import { goodRecipe, known, recipeFolder } from "./world.ts";

const parse = (text: string, folder = recipeFolder()): Recipe =>
  parseRecipe(text, "recipe.yaml", known, folder);

function failure(text: string): AppError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("expected an AppError");
}

const problems = (text: string): unknown => failure(text).facts.problems;

describe("a good recipe", () => {
  it("has methods bound, defaults filled in and paths resolved", () => {
    const folder = recipeFolder();
    const recipe = parse(goodRecipe, folder);
    expect(recipe).toMatchObject({
      folder,
      teacher: join(folder, "teacher"),
      output: join(folder, "out/mini"),
      seed: 7,
      measure: { batch: 16 },
      task: { train: "train.tsv", test: "test.tsv", params: { label: "intent" } },
    });
    expect(
      recipe.steps.map(({ method, path, line, raw, bound }) => [method.name, path, line, raw, bound.params]),
    ).toEqual([
      [
        "distill",
        "steps[0].distill",
        4,
        { student: { layers: 3 } },
        { student: { layers: 3 }, temperature: 4 },
      ],
      [
        "prune.heads",
        "steps[1].prune",
        5,
        { ratio: 0.25, finetune: { epochs: 1 } },
        { ratio: 0.25, finetune: { epochs: 1 } },
      ],
      ["quantize.dynamic", "steps[2].quantize", 6, { bits: 8 }, { bits: 8, how: "channel" }],
    ]);
  });

  it("may say what its result must satisfy, of stages that its steps make", () => {
    const texts = ["bytes of teacher > 1", "accuracy of prune.heads >= teacher - 1pt"];
    const recipe = parse(`${goodRecipe}require: ${JSON.stringify(texts)}\n`);
    expect(recipe.require.map(({ text }) => text)).toEqual(texts);
    expect(parse(goodRecipe).require).toEqual([]);
  });

  it("may leave out parameters that all have defaults, and training data that nobody learns from", () => {
    const recipe = parse(
      "teacher: teacher\ntask: {name: text-classification, test: test.tsv}\nsteps: [{quantize: }]\noutput: o\n",
    );
    expect(recipe.steps[0]?.bound.params).toEqual({ bits: 8, how: "channel" });
    expect(recipe.task.train).toBeUndefined();
  });

  it("may use anchors and aliases", () => {
    const text = goodRecipe
      .replace("distill: {", "distill: &d {")
      .replace("quantize: { bits: 8 }", "distill: *d");
    expect(parse(text).steps[2]?.raw).toEqual({ student: { layers: 3 } });
  });
});

/** What is changed in the good recipe, and the problem that it makes: at the caret, which is not part of the text. */
const cases: readonly (readonly [from: string, to: string, problem: string])[] = [
  ["output: out", "^ouput: out", 'ouput: there is no such key. Hint: did you mean "output"?'],
  ["test: test.tsv", "^tset: test.tsv", 'task.tset: there is no such key. Hint: did you mean "test"?'],
  [
    "name: text-classification",
    "^nmae: text-classification",
    'task.nmae: there is no such key. Hint: did you mean "name"?',
  ],
  ["kind: heads", "^kidn: heads", 'steps[1].prune.kidn: there is no such key. Hint: did you mean "kind"?'],
  ["bits: 8", "bits: ^3", "steps[2].quantize.bits: 3 is not one of 4, 8"],
  ["bits: 8", "^bist: 8", 'steps[2].quantize.bist: there is no such key. Hint: did you mean "bits"?'],
  [
    "bits: 8",
    "how: ^chanel",
    'steps[2].quantize.how: "chanel" is not one of tensor, channel. Hint: did you mean "channel"?',
  ],
  ["bits: 8", "kind: ^static", 'steps[2].quantize.kind: "static" is not dynamic'],
  ["layers: 3", 'layers: ^"3"', 'steps[0].distill.student.layers: "3" is not a whole number of at least 1'],
  ["layers: 3", "layers: ^0", "steps[0].distill.student.layers: 0 is not a whole number of at least 1"],
  ["layers: 3", "layers: ^1.5", "steps[0].distill.student.layers: 1.5 is not a whole number of at least 1"],
  [
    "student: { layers: 3 }",
    "^student: { hidden: 8 }",
    "steps[0].distill.student.layers: it is missing; expected a whole number of at least 1",
  ],
  [
    "layers: 3 }",
    "layers: 3 }, from: [0, ^x]",
    'steps[0].distill.from[1]: "x" is not a whole number of at least 0',
  ],
  [
    "distill: { student: { layers: 3 } }",
    "^distill: {}",
    "steps[0].distill.student: it is missing; expected a mapping with the keys layers, hidden",
  ],
  ["ratio: 0.25", "ratio: ^0", "steps[1].prune.ratio: 0 is not a number above 0 and below 1"],
  ["ratio: 0.25", "ratio: ^0.5", "steps[1].prune.ratio: 0.5 is unlucky"],
  [
    "epochs: 1",
    "^epoch: 1",
    'steps[1].prune.finetune.epoch: there is no such key. Hint: did you mean "epochs"?',
  ],
  ["epochs: 1", "epochs: ^-1", "steps[1].prune.finetune.epochs: -1 is not a whole number of at least 1"],
  ["{ epochs: 1 }", "^yes", 'steps[1].prune.finetune: "yes" is not false or a mapping with the keys epochs'],
  [
    "prune: { kind: heads, ",
    "^prune: { ",
    "steps[1].prune.kind: it is missing; expected one of magnitude, heads",
  ],
  [
    "kind: heads",
    "kind: ^head",
    'steps[1].prune.kind: "head" is not one of magnitude, heads. Hint: did you mean "heads"?',
  ],
  ["- prune", "- ^prun", 'steps[1].prun: there is no such key. Hint: did you mean "prune"?'],
  [
    "- quantize: { bits: 8 }",
    "- ^quantize",
    'steps[2]: "quantize" is not a mapping of one of distill, prune, quantize to its parameters',
  ],
  ["- quantize: { bits: 8 }", "- quantize: ^8", "steps[2].quantize: 8 is not a mapping of parameters"],
  [
    "- quantize: { bits: 8 }",
    "- ^{quantize: {}, prune: {}}",
    "steps[2]: expected a mapping of one of distill, prune, quantize to its parameters; found quantize, prune in one step",
  ],
  [
    "name: text-classification",
    "name: ^text-clasification",
    'task.name: "text-clasification" is not text-classification. Hint: did you mean "text-classification"?',
  ],
  ["label: intent", "^labels: intent", 'task.labels: there is no such key. Hint: did you mean "label"?'],
  ["label: intent", "label: ^5", "task.label: 5 is not a text"],
  [
    "task: { name: text-classification, train: train.tsv,",
    "^task: { name: text-classification,",
    "task.train: it is missing; steps[0].distill learns from it",
  ],
  [
    "test: test.tsv",
    "test: ^tst.tsv",
    'task.test: there is no such file: "tst.tsv". Hint: paths are relative to the recipe',
  ],
  [
    "test: test.tsv",
    "test: ^teacher",
    'task.test: it is a folder, not a file: "teacher". Hint: paths are relative to the recipe',
  ],
  [
    "teacher: teacher",
    "teacher: ^no/model.onnx",
    'teacher: there is no such file: "no/model.onnx". Hint: paths are relative to the recipe',
  ],
  ["teacher: teacher", "teacher: ^[teacher]", 'teacher: ["teacher"] is not a text'],
  ["out/mini", "^teacher", 'output: "teacher" holds the teacher, which would be overwritten'],
  ["out/mini", "^.", 'output: "." holds the teacher, which would be overwritten'],
  ["out/mini", "^test.tsv", 'output: "test.tsv" is a file, and a folder is wanted'],
  ["out/mini", "o\nseed: ^x", 'seed: "x" is not a whole number of at least 0'],
  ["out/mini", "o\nmeasure: { batch: ^0 }", "measure.batch: 0 is not a whole number from 1 to 1024"],
  [
    "out/mini",
    "o\nmeasure: { robustness: ^-1 }",
    "measure.robustness: -1 is not a whole number of at least 0",
  ],
  [
    "out/mini",
    "o\nmeasure: { price: { perHour: ^0, currency: USD } }",
    "measure.price.perHour: 0 is not a number above 0",
  ],
  [
    "out/mini",
    "o\nmeasure: { price: { perHour: 1, currency: ^usd } }",
    "measure.price.currency: a currency is three capitals, such as USD",
  ],
  [
    "out/mini",
    "o\nmeasure: { ^price: { perHour: 1 } }",
    "measure.price.currency: it is missing; expected a text",
  ],
  [
    "out/mini",
    "o\nmeasure: { price: { perHour: 1, currency: USD, ^perDay: 2 } }",
    "measure.price.perDay: there is no such key. Hint: known: perHour, currency",
  ],
  [
    "out/mini",
    "o\n^__proto__: { seed: 1 }",
    "__proto__: there is no such key. Hint: known: teacher, task, seed, steps, output, measure, require, sweep, budget",
  ],
  [
    "out/mini",
    "o\n^<<: { seed: 1 }",
    "<<: there is no such key. Hint: known: teacher, task, seed, steps, output, measure, require, sweep, budget",
  ],
  [
    "out/mini",
    "o\nrequire:\n  - bytes <= 2 MB\n  - ^bytes <= 2 mo",
    'require[1]: "bytes <= 2 mo" at character 12: expected B, kB, MB, GB, KiB, MiB, GiB or no unit, not "mo". Hint: did you mean "MB"?',
  ],
  [
    "out/mini",
    "o\nrequire: [^'bytes of prune.heads 2 <= 1']",
    'require[0]: "bytes of prune.heads 2 <= 1" at character 10: no step makes a stage "prune.heads 2". Hint: did you mean "prune.heads"?',
  ],
  [
    "out/mini",
    "o\nrequire: [^bytes < baseline]",
    'require[0]: "bytes < baseline" at character 9: there is no baseline. Hint: minnow gate takes an earlier report by --baseline FILE',
  ],
  ["out/mini", "o\nrequire: ^bytes < 1", 'require: "bytes < 1" is not a list, each a text'],
  ["out/mini", "o\nrequire: [^3]", "require[0]: 3 is not a text"],
];

describe("a recipe with one problem", () => {
  it.each(cases)("%s -> %s", (from, to, problem) => {
    expect(goodRecipe).toContain(from);
    const marked = goodRecipe.replace(from, to);
    const before = marked.slice(0, marked.indexOf("^")).split("\n");
    const whole = `recipe.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1} ${problem}`;
    const error = failure(marked.replace("^", ""));
    expect(error.facts.problems).toEqual([whole]);
    expect(error.describe()).toBe(whole);
    expect([error.kind, error.exitCode]).toEqual(["usage", 2]);
  });
});

describe("steps whose order cannot work", () => {
  const quantizedFirst = goodRecipe.replace(
    /( +- distill:.*\n)( +- prune:.*\n)( +- quantize:.*\n)/,
    "$3$1$2",
  );
  it("are told of, each at its line, before anything is read", () => {
    expect(quantizedFirst).not.toBe(goodRecipe);
    const lines = failure(quantizedFirst).facts.problems;
    expect(lines).toEqual([
      expect.stringMatching(
        /^recipe\.yaml:5:\d+ steps\[1\]\.distill: distill needs float weights, and steps\[0\]\.quantize before it leaves integers\. Hint: put quantize last$/,
      ),
      expect.stringMatching(/^recipe\.yaml:6:\d+ steps\[2\]\.prune: prune needs float weights/),
    ]);
  });
});

describe("a recipe with several problems", () => {
  it("tells all of them in the order of the lines", () => {
    expect(problems("teacher: teacher\nsteps: []\nseed: -1\n")).toEqual([
      "recipe.yaml:1:1 task: it is missing; expected a mapping with the keys name, train, test",
      "recipe.yaml:1:1 output: it is missing; expected a text",
      "recipe.yaml:2:8 steps: [] is not a list of 1 to 100 items",
      "recipe.yaml:3:7 seed: -1 is not a whole number of at least 0",
    ]);
  });

  it.each(["", "# nothing\n", "null", "- a\n", "5"])("%j is not a mapping", (text) => {
    expect(failure(text).describe()).toMatch(
      /^recipe\.yaml:1:1: .* is not a mapping with the keys teacher, task/,
    );
  });
});

const notYaml: readonly (readonly [string, RegExp])[] = [
  ["seed: 1\nseed: 2\n", /^recipe\.yaml:2:1: the key is there twice\. Hint: keep one of them/],
  ["a: [1, 2\nb: 3", /^recipe\.yaml:\d:\d+: it is not YAML: /],
  ["a: !!js/function 'x'\n", /^recipe\.yaml:1:4: .*tags are not allowed/],
  ["a: !secret x\n", /^recipe\.yaml:1:4: .*tags are not allowed/],
  ["a: !!str 5\n", /^recipe\.yaml:1:10: tags are not allowed/],
  ["a: !!set {x}\n", /^recipe\.yaml:1:10: .*tags are not allowed/],
  ["a: 1\n---\nb: 2\n", /^recipe\.yaml:2:1: a recipe is one document/],
  ["a: 1\nb\n : 2\n", /^recipe\.yaml:2:1: it is not YAML: the colon of a key stands on another line/],
  ["a: 1\n'b' # why\n\n  : 2\n", /^recipe\.yaml:2:1: .*colon of a key stands on another line/],
  ["a: 1\n? b\n : 2\n", /^recipe\.yaml:2:3: .*colon of a key stands on another line/],
  ["a: *b\n", /^recipe\.yaml:1:\d: .*b/],
  [`a: &a [x]\nb: [${"*a,".repeat(101)}]\n`, /^recipe\.yaml:2:\d+: more than 100 aliases/],
  [
    [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ...[..."bcdefg"].map((k, i) => `${k}: &${k} [${`*${"abcdef"[i]},`.repeat(9)}]`),
    ].join("\n"),
    /^recipe\.yaml:1:1: aliases cannot be followed/,
  ],
];

it("ends a line at a carriage return alone, too", () => {
  expect(parseYaml("a: 1\rb: [x]\r\n", "recipe.yaml").value).toEqual({ a: 1, b: ["x"] });
});

it("reads a key over its colon where YAML allows it", () => {
  expect(parseYaml("? a\n: { b\n   : 1 }\n", "recipe.yaml").value).toEqual({ a: { b: 1 } });
});

describe("what is not a recipe", () => {
  it.each(notYaml)("%j", (text, message) => {
    const error = failure(text);
    expect(error.describe()).toMatch(message);
    expect(error.exitCode).toBe(2);
  });
});

describe("the recipes of this repository", () => {
  it.each(readdirSync("recipes"))("%s is one, but for data that is not here", (name) => {
    const path = join("recipes", name);
    try {
      expect(parseRecipe(readFileSync(path, "utf8"), path).steps.length).toBeGreaterThan(0);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const lines = Array.isArray(error.facts.problems) ? error.facts.problems : [error.describe()];
      expect(lines.filter((line) => !/there is no such file: "\.\.\/\.\.\/shared\/data/.test(line))).toEqual(
        [],
      );
    }
  });
});

describe("recipeSchemaDocs", () => {
  it("gives every key with what it takes", () => {
    const sections = recipeSchemaDocs(known);
    expect(sections.map(({ title }) => title)).toEqual([
      "recipe",
      "task: text-classification",
      "distill",
      "prune, kind: magnitude",
      "prune, kind: heads",
      "quantize, kind: dynamic",
    ]);
    const rows = sections.flatMap(({ title, keys }) =>
      keys.map(
        ({ key, allowed, required, default: value }) =>
          `${title} | ${key} | ${allowed} | ${required ? "required" : JSON.stringify(value)}`,
      ),
    );
    expect(rows).toMatchInlineSnapshot(`
      [
        "recipe | teacher | a text | required",
        "recipe | task.name | a text | required",
        "recipe | task.train | a text | undefined",
        "recipe | task.test | a text | required",
        "recipe | seed | a whole number of at least 0 | 7",
        "recipe | steps | a list of 1 to 100 items | required",
        "recipe | output | a text | required",
        "recipe | measure.batch | a whole number from 1 to 1024 | 16",
        "recipe | measure.items | a whole number of at least 1 | undefined",
        "recipe | measure.budget | a number above 0 | undefined",
        "recipe | measure.sensitivity | a whole number from 0 to 100000 | 256",
        "recipe | measure.robustness | a whole number of at least 0 | 500",
        "recipe | measure.price.perHour | a number above 0 | undefined",
        "recipe | measure.price.currency | a text | undefined",
        "recipe | require | a list, each a text | []",
        "recipe | sweep.kind | one of grid, random | "grid"",
        "recipe | sweep.over | a mapping | undefined",
        "recipe | sweep.trials | a whole number from 1 to 10000 | undefined",
        "recipe | sweep.goal | a text | undefined",
        "recipe | budget | a list, each a text | []",
        "task: text-classification | text | a text | undefined",
        "task: text-classification | label | a text | undefined",
        "distill | student.layers | a whole number of at least 1 | required",
        "distill | student.hidden | a whole number of at least 8 | undefined",
        "distill | temperature | a number above 0 | 4",
        "distill | from | a list, each a whole number of at least 0 | undefined",
        "prune, kind: magnitude | sparsity | a number of at least 0 and below 1 | required",
        "prune, kind: magnitude | finetune.epochs | a whole number of at least 1 | 3",
        "prune, kind: heads | ratio | a number above 0 and below 1 | required",
        "prune, kind: heads | finetune | false | false",
        "prune, kind: heads | finetune.epochs | a whole number of at least 1 | 3",
        "quantize, kind: dynamic | bits | one of 4, 8 | 8",
        "quantize, kind: dynamic | how | one of tensor, channel | "channel"",
      ]
    `);
    expect(sections[0]?.keys.every(({ description }) => description !== undefined)).toBe(true);
  });

  it("describes the keys of every real method", () => {
    for (const { keys } of recipeSchemaDocs()) {
      for (const { key, description } of keys) expect([key, description]).not.toEqual([key, undefined]);
    }
    expect(methodKeys(known.methods[1] ?? expect.fail()).map(({ key, required }) => [key, required])).toEqual(
      [
        ["sparsity", true],
        ["finetune.epochs", false],
      ],
    );
  });
});

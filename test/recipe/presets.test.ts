// Presets: over a grid of teachers, each gives a recipe that parses and a student that distill does not refuse.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { type Bundle, type Config, familyOf, instantiate } from "../../src/families/index.ts";
import { opTable } from "../../src/ops/index.ts";
import {
  draftRecipe,
  learns,
  type Preset,
  parseRecipe,
  presetNamed,
  presets,
  type Recipe,
} from "../../src/recipe/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { recipeFolder } from "./world.ts";

const family = familyOf({ model_type: "bert" });

/** Heads and their size, from the smallest that there can be to that of BERT-large; widths are their products. */
const attention: readonly (readonly [heads: number, headSize: number])[] = [
  [1, 1],
  [1, 4],
  [1, 7],
  [1, 37],
  [3, 1],
  [3, 5],
  [5, 3],
  [7, 32],
  [12, 32],
  [11, 13],
  [16, 64],
];
const depths = Array.from({ length: 24 }, (_, i) => i + 1);

const configOf = (depth: number, heads: number, headSize: number): Config => ({
  ...family.tiny,
  num_hidden_layers: depth,
  num_attention_heads: heads,
  hidden_size: heads * headSize,
  intermediate_size: 4 * heads * headSize,
});

/** Layers of different sizes, as pruning leaves them. */
const pruned: Config = {
  ...configOf(4, 6, 16),
  minnow: {
    headSize: 16,
    layers: [
      { heads: 4, intermediate: 200 },
      { heads: 6, intermediate: 384 },
      { heads: 5, intermediate: 384 },
      { heads: 6, intermediate: 96 },
    ],
  },
};

function recipeOf(preset: Preset, config: Config, folder: string): Recipe {
  const text = draftRecipe({
    about: ["a test"],
    teacher: "teacher",
    task: { name: "text-classification", train: "train.tsv", test: "test.tsv" },
    steps: preset.steps(family.sizes(config)),
    output: "out/mini",
  });
  return parseRecipe(text, join(folder, "recipe.yaml"));
}

/** The student of a distill step with weights that nobody reads, as the steps after it find it. */
function studentOf(teacher: Config, student: Student): Bundle {
  const { hidden, headSize, layers } = family.sizes(teacher);
  const width = student.hidden ?? hidden;
  const intermediate = student.hidden ? 4 * width : (layers[0]?.intermediate ?? 0);
  const heads = student.heads ?? width / headSize;
  const config = family.shrink(teacher, { layers: student.layers, hidden: width, heads, intermediate });
  const unread = (): never => {
    throw new Error("weights were asked for");
  };
  const graph = instantiate(family, config, (_, shape) => new Tensor("f32", shape, unread), opTable);
  return modelOf(config, () => ({ graph, metadata: {} }));
}

/** A model, for a teacher without its graph: what distill checks before it starts needs none. */
const modelOf = (config: Config, model?: () => Bundle["model"]): Bundle => ({
  path: "teacher",
  get model() {
    if (!model) throw new Error("the graph was asked for");
    return model();
  },
  family,
  config,
  maxLength: 64,
  labels: [],
  tokenizer: undefined,
});

interface Student {
  readonly layers: number;
  readonly hidden?: number;
  readonly heads?: number;
}

describe.each(presets.map((preset) => [preset.name, preset] as const))("%s", (_name, preset) => {
  it.each(attention)("parses for %d heads of %d, 1 to 24 layers deep", (heads, headSize) => {
    const folder = recipeFolder();
    for (const depth of depths) {
      const config = configOf(depth, heads, headSize);
      const { steps } = recipeOf(preset, config, folder);
      expect(steps.at(-1)?.method.name).toBe("quantize.dynamic");
      const [first] = steps;
      if (first?.method.name !== "distill") continue;
      expect(first.bound.requires(modelOf(config))).toEqual([]);
      const { layers, hidden = heads * headSize } = first.raw.student as Student;
      expect(layers).toBeLessThanOrEqual(depth);
      expect(hidden).toBeLessThanOrEqual(heads * headSize);
      expect(hidden % headSize).toBe(0);
      const single = hidden === headSize || headSize === 1;
      if (single) expect(steps.map(({ method }) => method.name)).not.toContain("prune.heads");
    }
  });

  it("takes a teacher that was pruned, whose layers a student cannot have as they are", () => {
    const { steps } = recipeOf(preset, pruned, recipeFolder());
    const [first] = steps;
    if (first?.method.name !== "distill") return;
    expect(first.bound.requires(modelOf(pruned))).toEqual([]);
    expect(first.raw.start).toBe("projected");
    const { hidden = 96, heads = hidden / 16 } = first.raw.student as Student;
    expect(hidden % heads).toBe(0);
  });
});

describe("steps after distill are not refused either", () => {
  const teachers: readonly (readonly [string, Config])[] = [
    ...attention.map(([heads, size]) => [`${heads} heads of ${size}`, configOf(3, heads, size)] as const),
    ["one layer", configOf(1, 2, 8)],
    ["pruned", pruned],
  ];
  it.each(teachers)("%s", (_title, config) => {
    const folder = recipeFolder();
    for (const preset of presets) {
      const [first, ...rest] = recipeOf(preset, config, folder).steps;
      if (first?.method.name !== "distill") continue;
      const student = studentOf(config, first.raw.student as Student);
      for (const { bound, path } of rest)
        expect(bound.requires(student), `${preset.name} ${path}`).toEqual([]);
    }
  });
});

const minilm = family.sizes(configOf(6, 12, 32));
const stepsIn = (path: string): unknown => parse(readFileSync(path, "utf8")).steps;
const stepsOf = (name: string): readonly unknown[] =>
  presetNamed(name)
    .steps(minilm)
    .map(({ step }) => step);

test("small is, for MiniLM, the recipe that was measured", () => {
  expect(stepsOf("small")).toEqual(stepsIn("recipes/clinc150.yaml"));
});

test("balanced starts, for MiniLM, as the recipe that was measured does", () => {
  expect(stepsOf("balanced")[0]).toEqual((stepsIn("recipes/clinc150-layers.yaml") as unknown[])[0]);
  expect(stepsOf("balanced").slice(1)).toEqual([
    { prune: { kind: "neurons", ratio: 0.25, finetune: { epochs: 1, learningRate: 2e-4 } } },
    { quantize: { kind: "dynamic" } },
  ]);
});

test("tiny and quality, for MiniLM", () => {
  expect(stepsOf("tiny")[0]).toMatchObject({ distill: { student: { layers: 2, hidden: 96 } } });
  expect(stepsOf("quality")).toEqual([{ quantize: { kind: "dynamic" } }]);
});

test("what learns is known from the methods", () => {
  const learning = presets.filter((preset) => learns(preset.steps(minilm))).map(({ name }) => name);
  expect(learning).toEqual(["tiny", "small", "balanced"]);
});

test("a name that is no preset is told with the one that was meant", () => {
  expect(() => presetNamed("smal")).toThrow(
    expect.objectContaining({ kind: "usage", hint: 'did you mean "small"?' }),
  );
});

test("paths and columns that YAML would read as something else are quoted", () => {
  const folder = recipeFolder();
  const odd = [
    "a: b",
    "c #d",
    "true",
    "12",
    "- x",
    "e\nf",
    "g\r\u0007\n",
    "'g\"",
    "{h}",
    " i ",
    "&j",
    "*k",
    "~",
  ];
  for (const name of odd) {
    const task = { name: "text-classification", test: "test.tsv", text: name, label: name };
    const draft = { about: [], teacher: "teacher", task, steps: presetNamed("quality").steps(minilm) };
    const text = draftRecipe({ ...draft, output: name });
    expect(parse(text)).toMatchObject({ output: name, task: { text: name, label: name } });
    writeFileSync(join(folder, "recipe.yaml"), text);
    expect(parseRecipe(text, join(folder, "recipe.yaml")).task.params).toEqual({ text: name, label: name });
  }
});

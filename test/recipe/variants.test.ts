// Variants: every combination of a matrix, each a recipe of its own with absolute paths and its own output folder.
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { axisOf, variantsOf } from "../../src/recipe/index.ts";

const text = `# a comment
teacher: ../models/bert
task: { name: text-classification, train: train.tsv, test: data.json#test }
steps:
  - distill: { student: { layers: 3 } }
  - quantize: { kind: dynamic }
output: out/mini
`;

describe("variantsOf", () => {
  test("gives every combination, in order", () => {
    const axes = [axisOf("steps[0].distill.student.hidden=96,128"), axisOf("seed=1,2")];
    const variants = variantsOf(text, "/data/recipes/r.yaml", axes);
    expect(variants.map(({ name }) => name)).toEqual([
      "hidden=96 seed=1",
      "hidden=96 seed=2",
      "hidden=128 seed=1",
      "hidden=128 seed=2",
    ]);
    expect(parse(variants[2]?.text ?? "")).toEqual({
      teacher: "../../../models/bert",
      task: {
        name: "text-classification",
        train: "../../train.tsv",
        test: "../../data.json#test",
      },
      steps: [{ distill: { student: { layers: 3, hidden: 128 } } }, { quantize: { kind: "dynamic" } }],
      output: ".",
      seed: 1,
    });
    expect(variants.map(({ output }) => output)).toEqual([
      "/data/recipes/out/mini-hidden-96-seed-1",
      "/data/recipes/out/mini-hidden-96-seed-2",
      "/data/recipes/out/mini-hidden-128-seed-1",
      "/data/recipes/out/mini-hidden-128-seed-2",
    ]);
  });

  test("takes words, numbers and truth values", () => {
    const [one] = variantsOf(text, "/r.yaml", [axisOf("steps[1].quantize.tables=false")]);
    expect(parse(one?.text ?? "").steps[1]).toEqual({ quantize: { kind: "dynamic", tables: false } });
  });

  test.each([
    ["hidden", /no key=value/],
    ["=1", /no key=value/],
    ["steps[7].distill.epochs=1", /has no steps\[7\]\.distill\.epochs/],
  ])("refuses %s", (word, message) => {
    expect(() => variantsOf(text, "/r.yaml", [axisOf(word)])).toThrow(message);
  });
});

// Two dummy verbs and a folder with a teacher and data, for the tests of recipes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { defineMethod, type Method } from "../../src/methods/define.ts";
import type { Registry } from "../../src/recipe/index.ts";
import { tasks } from "../../src/tasks/index.ts";

const learn = z.strictObject({ epochs: z.int().min(1).default(3).describe("Passes over the data") });

/** A method that refuses nothing and changes nothing. */
const dummy = <P>(verb: string, kind: string | undefined, params: z.ZodType<P>, training = false): Method =>
  defineMethod({
    verb,
    ...(kind !== undefined && { kind }),
    describe: `${verb} as a test`,
    params,
    learns: () => training,
    writes: "onnx/model.onnx",
    requires: () => [],
    apply: async (model) => ({ model, changes: [], refused: [] }),
  });

export const known: Registry = {
  tasks,
  methods: [
    dummy(
      "distill",
      undefined,
      z.strictObject({
        student: z.strictObject({ layers: z.int().min(1), hidden: z.int().min(8).optional() }),
        temperature: z.number().gt(0).default(4).describe("Softens both"),
        from: z.array(z.int().min(0)).optional(),
      }),
      true,
    ),
    dummy(
      "prune",
      "magnitude",
      z.strictObject({ sparsity: z.number().min(0).lt(1), finetune: learn.optional() }),
    ),
    dummy(
      "prune",
      "heads",
      z.strictObject({
        ratio: z
          .number()
          .gt(0)
          .lt(1)
          .refine((ratio) => ratio !== 0.5, "0.5 is unlucky"),
        finetune: z.union([z.literal(false), learn]).default(false),
      }),
    ),
    // Not strict: an unknown key is found all the same.
    {
      ...dummy(
        "quantize",
        "dynamic",
        z.object({
          bits: z.literal([4, 8]).default(8),
          how: z.enum(["tensor", "channel"]).default("channel"),
        }),
      ),
      writes: "onnx/model_quantized.onnx",
    },
  ],
};

/** A folder with `teacher/`, `train.tsv` and `test.tsv`; the recipe lies in it. */
export function recipeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "minnow-recipe-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "teacher"));
  for (const name of ["train.tsv", "test.tsv"]) writeFileSync(join(folder, name), "text\tlabel\na\tb\n");
  return folder;
}

export const goodRecipe = `teacher: teacher
task: { name: text-classification, train: train.tsv, test: test.tsv, label: intent }
steps:
  - distill: { student: { layers: 3 } }
  - prune: { kind: heads, ratio: 0.25, finetune: { epochs: 1 } }
  - quantize: { bits: 8 }
output: out/mini
`;

// What a recipe is once it was read: registered methods and tasks with checked parameters, paths resolved.
import { z } from "zod";
import type { ParsedRequirement } from "../gate/index.ts";
import { type Method, methods } from "../methods/index.ts";
import { type Task, tasks } from "../tasks/index.ts";

/** What recipes are checked against. */
export interface Registry {
  readonly methods: readonly Method[];
  readonly tasks: readonly Task[];
}

/** All methods and tasks of minnow. */
export const registry: Registry = { methods, tasks };

/** One step: a method with its parameters. */
export interface RecipeStep {
  readonly method: Method;
  /** Parameters as they were written, without `kind`. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Parameters with defaults, and the method's functions over them. */
  readonly bound: ReturnType<Method["bind"]>;
  /** "steps[1].prune", for messages. */
  readonly path: string;
  /** Line in the recipe, from 1. */
  readonly line: number;
}

export interface RecipeTask {
  readonly task: Task;
  /** Data paths as they were written, with their #key; relative to the recipe's folder. */
  readonly train: string | undefined;
  readonly test: string;
  /** What the task's schema made of its keys. */
  readonly params: unknown;
}

export interface Recipe {
  /** As it was given, for messages. */
  readonly path: string;
  readonly text: string;
  /** Absolute folder that paths in the recipe are relative to. */
  readonly folder: string;
  /** Absolute path of a folder or an .onnx file. */
  readonly teacher: string;
  readonly task: RecipeTask;
  readonly seed: number;
  readonly steps: readonly RecipeStep[];
  /** Absolute path of the output folder. */
  readonly output: string;
  readonly measure: z.infer<typeof measureSchema>;
  /** What the result must satisfy. */
  readonly require: readonly ParsedRequirement[];
  /** Undefined where the recipe is run once, as it stands. */
  readonly sweep: z.infer<typeof sweepSchema> | undefined;
  /** What a trial of the sweep must satisfy to be chosen. */
  readonly budget: readonly ParsedRequirement[];
}

export const measureSchema = z.strictObject({
  batch: z.int().min(1).max(1024).default(16).describe("batch size that latency is measured at, beside 1"),
  items: z.int().min(1).optional().describe("test items that are measured; all when left out"),
  budget: z
    .number()
    .gt(0)
    .optional()
    .describe("seconds that latency may be measured for; chosen by minnow when left out"),
  sensitivity: z
    .int()
    .min(0)
    .max(100_000)
    .default(256)
    .describe("test items that each part of a step is tried on alone; 0 leaves it out"),
  robustness: z
    .int()
    .min(0)
    .default(500)
    .describe("test items whose variants (typos, case, ...) teacher and result are asked too; 0: none"),
  price: z
    .strictObject({
      perHour: z.number().gt(0).describe("price of the machine for an hour; the report then has costs"),
      currency: z
        .string()
        .refine((code) => /^[A-Z]{3}$/.test(code), "a currency is three capitals, such as USD")
        .describe("its currency, three capitals: `USD`"),
    })
    .optional(),
});

const scalarSchema = z.union([z.number(), z.string(), z.boolean()]);

const rangeSchema = z
  .strictObject({
    from: z.number().describe("least value"),
    to: z.number().describe("greatest value"),
    step: z.number().gt(0).optional().describe("values are this far apart; a grid needs it"),
    scale: z
      .enum(["linear", "log"])
      .default("linear")
      .describe("of a random choice; log: each factor is as likely"),
  })
  .refine(({ from, to }) => from <= to, "from is above to")
  .refine(({ from, scale }) => scale === "linear" || from > 0, "a log scale begins above 0");

/** What a recipe's `sweep` takes. */
export const sweepSchema = z
  .strictObject({
    kind: z
      .enum(["grid", "random"])
      .default("grid")
      .describe("all combinations of the values, or some by chance"),
    over: z
      .record(z.string(), z.union([z.array(scalarSchema).min(1, "it has no value"), rangeSchema]))
      .refine((over) => Object.keys(over).length > 0, "it names no key")
      .describe(
        "keys of the recipe, such as `steps[0].distill.student.hidden`, each with a list of values or a range",
      ),
    trials: z.int().min(1).max(10000).optional().describe("how many; random needs it, a grid ends there"),
    goal: z
      .string()
      .optional()
      .describe(
        "what the best trial is best in, of those within the budget: a metric of the task, `bytes` or `latency`; " +
          "the task's metric when left out",
      ),
  })
  .refine(({ kind, trials }) => kind === "grid" || trials !== undefined, {
    message: "random needs a number of trials",
    path: ["trials"],
  });

/** Steps of one recipe. */
export const maxSteps = 100;

/** The keys of a recipe; a task's and a step's own keys come from their schemas. */
export const recipeSchema = z.strictObject({
  teacher: z.string().min(1).describe("Hugging Face folder, minnow output folder or .onnx file"),
  task: z
    .looseObject({
      name: z.string().describe("what the model is asked to do"),
      train: z
        .string()
        .min(1)
        .optional()
        .describe("training data: a file, or file.json#key; steps that learn need it"),
      test: z.string().min(1).describe("test data that the report measures on: a file, or file.json#key"),
    })
    .describe("task and data"),
  seed: z.int().min(0).default(7).describe("seed of everything random"),
  steps: z
    .array(z.unknown())
    .min(1)
    .max(maxSteps)
    .describe("steps in order, each a mapping of one verb to its parameters"),
  output: z.string().min(1).describe("folder that the result is written to"),
  measure: measureSchema.prefault({}).describe("how the report measures"),
  require: z
    .array(z.string())
    .default([])
    .describe("what the result must satisfy, or the run ends with exit code 1, such as `bytes <= 2 MB`"),
  sweep: sweepSchema.optional().describe("run the recipe with other values, and keep the best"),
  budget: z
    .array(z.string())
    .default([])
    .describe("what a trial of the sweep must satisfy to be chosen, in the language of `require`"),
});

/** Verbs of the methods, each once, in the registry's order. */
export const verbsOf = (known: readonly Method[]): readonly string[] => [
  ...new Set(known.map(({ verb }) => verb)),
];

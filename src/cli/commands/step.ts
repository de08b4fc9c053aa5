// minnow distill, prune, quantize: one step on one model; the flags are the schemas of the verb's methods.
import type { CommandContext, Flags } from "../define.ts";
import { defineCommand, runOptions } from "../define.ts";
import { fileFlag } from "../file.ts";
import { forceFlag } from "../force.ts";

const flags = {
  output: {
    type: "string",
    alias: "o",
    demandOption: true,
    describe: "folder that the result is written to",
    offers: "files",
  },
  teacher: {
    type: "string",
    describe: "model whose answers are learnt (default: the model itself)",
    offers: "files",
  },
  task: { type: "string", default: "text-classification", describe: "what the data asks of the model" },
  train: { type: "string", describe: "training data: a file, or file.json#key", offers: "files" },
  test: {
    type: "string",
    describe: "test data that the report measures on: a file, or file.json#key",
    offers: "files",
  },
  seed: { type: "number", default: 7, describe: "seed of everything random" },
  file: fileFlag,
  force: forceFlag,
} as const satisfies Flags;

interface StepArguments {
  readonly model: string;
  readonly output: string;
  readonly teacher: string | undefined;
  readonly task: string;
  readonly train: string | undefined;
  readonly test: string | undefined;
  readonly seed: number;
  readonly file: string | undefined;
  readonly force: boolean;
  readonly only?: boolean;
}

/** A command of one verb of the method registry. */
const stepCommand = <const O extends Flags>(
  verb: string,
  describe: string,
  examples: readonly string[],
  own: O,
) =>
  defineCommand({
    name: verb,
    describe,
    examples,
    positionals: { model: { describe: "Hugging Face folder, minnow output folder or .onnx file" } },
    flags: { ...flags, ...own },
    more: async () => (await import("../flags.ts")).stepFlags(verb),
    sections: async () => (await import("../flags.ts")).stepSections(verb),
    run: (args, context) => runStep(verb, args, context),
  });

async function runStep(verb: string, args: StepArguments, context: CommandContext) {
  const { readStepFlags } = await import("../flags.ts");
  const { runText } = await import("./run-text.ts");
  const { resolve } = await import("node:path");
  const { model, output, teacher, seed, file, force, only } = args;
  const { method, params, task } = readStepFlags(verb, args, context);
  const pipeline = await context.pipeline();
  const record = await pipeline.runStep({
    ...runOptions(context),
    model,
    output,
    method,
    params,
    seed,
    ...(force && { force }),
    ...(file !== undefined && { file }),
    ...(only && { only }),
    ...(teacher !== undefined && { teacher }),
    ...(task && { task }),
  });
  return { json: record, text: runText(record, resolve(context.io.cwd, output), context) };
}

export const distill = stepCommand(
  "distill",
  "train a smaller student on a teacher's answers",
  ["distill models/teacher --student.layers 3 --train train.tsv --test test.tsv -o out/student"],
  {},
);

export const prune = stepCommand(
  "prune",
  "take out what matters least: weights, attention heads, neurons",
  ["prune models/teacher --kind heads --ratio 0.25 --train train.tsv --test test.tsv -o out/pruned"],
  {},
);

export const quantize = stepCommand(
  "quantize",
  "store and compute with integers",
  ["quantize models/teacher -o out/int8", "quantize models/teacher --test test.tsv -o out/int8"],
  {
    only: {
      type: "boolean",
      default: false,
      describe: "write the quantized file without onnx/model.onnx, the float model",
    },
  },
);

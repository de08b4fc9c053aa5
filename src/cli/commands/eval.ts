// minnow eval: how right a model is, and how far from another one.

import { defineCommand, runOptions } from "../define.ts";
import { fileFlag } from "../file.ts";
import { wholeNumber } from "../numbers.ts";

export const evaluate = defineCommand({
  name: "eval",
  describe: "measure metrics on data, with intervals, also against another model",
  examples: [
    "eval out/mini --task text-classification --data test.tsv",
    "eval out/mini --data test.tsv --label intent --against models/teacher",
  ],
  positionals: { model: { describe: "Hugging Face folder, minnow output folder or .onnx file" } },
  flags: {
    task: { type: "string", default: "text-classification", describe: "what the data asks of the model" },
    data: { type: "string", demandOption: true, describe: "a file, or file.json#key", offers: "files" },
    file: fileFlag,
    against: {
      type: "string",
      describe: "second model: nearness of the answers, and paired difference",
      offers: "files",
    },
    batch: { type: "number", describe: "items at once (default: 1)" },
    items: { type: "number", describe: "the first so many items only" },
  },
  more: async () => (await import("../flags.ts")).taskFlags(),
  async run({ model, file, task, data, against, batch, items }, context) {
    const { readTaskFlags } = await import("../flags.ts");
    const params = readTaskFlags(task, context.given);
    const { evaluateModel } = await context.pipeline();
    const result = await evaluateModel({
      ...runOptions(context),
      model,
      task,
      data,
      params,
      ...(file !== undefined && { file }),
      ...(against !== undefined && { against }),
      ...(batch !== undefined && { batch: wholeNumber(batch, "--batch") }),
      ...(items !== undefined && { items: wholeNumber(items, "--items") }),
    });
    const { evaluateText } = await import("./texts.ts");
    return { json: { schema: "minnow.eval/2", ...result }, text: evaluateText(result) };
  },
});

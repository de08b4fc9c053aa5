// minnow inspect: what is inside a model.

import { defineCommand, runOptions } from "../define.ts";
import { fileFlag } from "../file.ts";

export const inspect = defineCommand({
  name: "inspect",
  describe: "show what is inside a model: inputs, layers, ops, weights",
  examples: ["inspect out/mini", "inspect model.onnx --weights"],
  positionals: { model: { describe: "Hugging Face folder, minnow output folder or .onnx file" } },
  flags: {
    file: fileFlag,
    weights: {
      type: "boolean",
      default: false,
      describe: "a line for each weight (always there with --json)",
    },
  },
  async run({ model, file, weights }, context) {
    const { inspectModel } = await context.pipeline();
    const result = await inspectModel({ ...runOptions(context), model, ...(file !== undefined && { file }) });
    const { inspectText } = await import("./texts.ts");
    return { json: { schema: "minnow.inspect/1", ...result }, text: inspectText(result, weights) };
  },
});

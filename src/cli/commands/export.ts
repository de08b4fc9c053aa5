// minnow export: a Hugging Face folder as ONNX.

import { defineCommand, runOptions } from "../define.ts";
import { fileFlag } from "../file.ts";
import { forceFlag } from "../force.ts";

export const exportCommand = defineCommand({
  name: "export",
  describe: "write a Hugging Face folder as ONNX, unchanged",
  examples: ["export models/teacher -o out/teacher"],
  positionals: { folder: { describe: "Hugging Face folder with config.json and model.safetensors" } },
  flags: {
    output: {
      type: "string",
      alias: "o",
      demandOption: true,
      describe: "folder that is written",
      offers: "files",
    },
    file: fileFlag,
    force: forceFlag,
  },
  async run({ folder, output, file, force }, context) {
    const { exportModel } = await context.pipeline();
    const result = await exportModel({
      ...runOptions(context),
      folder,
      output,
      force,
      ...(file !== undefined && { file }),
    });
    const { exportText } = await import("./texts.ts");
    return { json: { schema: "minnow.export/1", ...result }, text: exportText(result) };
  },
});

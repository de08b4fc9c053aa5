// minnow bench: how fast models are, side by side.

import { defineCommand, runOptions } from "../define.ts";
import { fileFlag } from "../file.ts";
import { positive, wholeNumber } from "../numbers.ts";

export const bench = defineCommand({
  name: "bench",
  describe: "measure latency of models side by side, in turns",
  examples: ["bench models/teacher out/mini", "bench out/mini --batch 1,8,32 --sequence 64"],
  positionals: { model: { describe: "models; speed-ups are over the first", many: true } },
  flags: {
    file: fileFlag,
    batch: {
      type: "string",
      describe: "batch sizes, with commas between [default: 1,16, or what the models fix]",
    },
    sequence: {
      type: "number",
      describe: "length in tokens [default: 32, or what the models fix or take at most]",
    },
    budget: { type: "number", default: 10, describe: "longest time for a batch size, in seconds" },
  },
  async run({ model: models, file, batch, sequence, budget }, context) {
    const options = {
      models,
      ...(file !== undefined && { file }),
      ...(batch !== undefined && { batches: batch.split(",").map((one) => wholeNumber(one, "--batch")) }),
      ...(sequence !== undefined && { sequence: wholeNumber(sequence, "--sequence") }),
      budget: positive(budget, "--budget"),
    };
    const { benchModels } = await context.pipeline();
    const result = await benchModels({ ...runOptions(context), ...options });
    const { benchText } = await import("./texts.ts");
    return { json: { schema: "minnow.bench/1", ...result }, text: benchText(result) };
  },
});

// minnow init: a recipe for a teacher and its data.
import { defineCommand } from "../define.ts";

export const init = defineCommand({
  name: "init",
  describe: "write a recipe for a teacher and its data",
  examples: [
    "init --teacher models/teacher --train train.tsv --test test.tsv",
    "init --teacher models/teacher --train data.json#train --test data.json#test --preset balanced -o mini.yaml",
  ],
  positionals: {},
  flags: {
    teacher: { type: "string", describe: "folder of the model to compress", offers: "files" },
    train: { type: "string", describe: "training data: a file, or file.json#key", offers: "files" },
    test: { type: "string", describe: "test data: a file, or file.json#key", offers: "files" },
    text: { type: "string", describe: "column (or key) of the text (default: found in the rows)" },
    label: { type: "string", describe: "column (or key) of the class (default: found in the rows)" },
    output: {
      type: "string",
      alias: "o",
      default: "recipe.yaml",
      describe: "the recipe that is written",
      offers: "files",
    },
    force: { type: "boolean", default: false, describe: "write over a file that is there" },
  },
  more: async () => {
    const { defaultPreset, presets } = await import("../../recipe/index.ts");
    return {
      preset: {
        type: "string",
        choices: presets.map(({ name }) => name),
        default: defaultPreset,
        describe: presets.map(({ name, describe }) => `${name}: ${describe}`).join("; "),
      },
    };
  },
  asks: true,
  async run(flags, { io, given }) {
    const { openAsker } = await import("../init/ask.ts");
    const { makeRecipe } = await import("../init/make.ts");
    const { initText } = await import("../init/text.ts");
    const asker = openAsker(io);
    const result = await makeRecipe({ ...flags, preset: String(given.preset) }, asker, io.cwd).finally(() =>
      asker.close(),
    );
    return { json: { schema: "minnow.init/1", ...result }, text: initText(result) };
  },
});

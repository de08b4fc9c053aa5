// minnow compress: a whole recipe.
import { defineCommand, runOptions } from "../define.ts";

export const compress = defineCommand({
  name: "compress",
  describe: "run a recipe: distil, prune, quantize, write the result and its report",
  examples: ["compress recipes/quickstart.yaml", "compress recipe.yaml --json --quiet > run.json"],
  positionals: { recipe: { describe: "a YAML file; docs/recipes.md has every key" } },
  flags: {},
  async run({ recipe: path }, context) {
    const { readRecipe, runText } = await import("./run-text.ts");
    const recipe = await readRecipe(path, context.io.cwd);
    const { compress: run } = await context.pipeline();
    const record = await run({ ...runOptions(context), recipePath: path });
    return { json: record, text: runText(record, recipe.output, context) };
  },
});

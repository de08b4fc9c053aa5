// minnow compress: a whole recipe.
import { join, relative } from "node:path";
import { AppError } from "../../base/index.ts";
import { cacheFlag, cacheOf } from "../cache.ts";
import { defineCommand, runOptions } from "../define.ts";
import { forceFlag } from "../force.ts";
import { runnerFlags, runnerOf } from "../runner.ts";

export const compress = defineCommand({
  name: "compress",
  describe: "run a recipe: distil, prune, quantize, write the result and its report",
  examples: [
    "compress recipes/quickstart.yaml",
    "compress recipe.yaml --json --quiet > run.json",
    "compress - < recipe.yaml",
  ],
  positionals: {
    recipe: { describe: "a YAML file, or - for the standard input; docs/recipes.md has every key" },
  },
  flags: {
    "dry-run": {
      type: "boolean",
      default: false,
      describe: "check everything, and say which steps would run and why; writes nothing",
    },
    ...runnerFlags,
    cache: cacheFlag,
    force: forceFlag,
  },
  async run({ recipe: path, jobs, queue, cache, force, "dry-run": dry }, context) {
    const { dryText, readRecipe, runText } = await import("./run-text.ts");
    const recipe = await readRecipe(path, context.io);
    if (recipe.sweep) {
      const { sweepOutcome } = await import("./sweep.ts");
      const runner = async () => runnerOf({ jobs, queue, force }, await cacheOf(cache, context), context);
      return sweepOutcome(recipe, { dry, force }, runner, context);
    }
    if (jobs !== 1 || queue !== undefined)
      throw new AppError("usage", "it has no sweep: there is one run only", {
        path: recipe.path,
        hint: "--jobs and --queue are for the trials of a sweep",
      });
    const { compress: run, dryRun } = await context.pipeline();
    const options = {
      ...runOptions(context),
      recipePath: recipe.path,
      ...(force && { force }),
      ...(path === "-" && { recipeText: recipe.text }),
      ...(await cacheOf(cache, context)),
    };
    if (dry) {
      const planned = await dryRun(options);
      return { json: { schema: "minnow.dry-run/1", ...planned }, text: dryText(planned) };
    }
    const record = await run(options);
    const text = runText(record, recipe.output, context);
    if (recipe.require.length === 0) return { json: record, text };
    const { requiredOf } = await import("./gate-files.ts");
    const required = requiredOf(recipe.require, {
      path: relative(context.io.cwd, join(recipe.output, "report.json")),
      record,
    });
    return { ...required, json: record, text: `${text}\n${required.text}` };
  },
});

// minnow compress: a whole recipe.
import { join, relative } from "node:path";
import { cacheFolder } from "../../base/index.ts";
import { type CommandContext, defineCommand, runOptions } from "../define.ts";

export const compress = defineCommand({
  name: "compress",
  describe: "run a recipe: distil, prune, quantize, write the result and its report",
  examples: ["compress recipes/quickstart.yaml", "compress recipe.yaml --json --quiet > run.json"],
  positionals: { recipe: { describe: "a YAML file; docs/recipes.md has every key" } },
  flags: {
    "dry-run": {
      type: "boolean",
      default: false,
      describe: "check everything, and say which steps would run and why; writes nothing",
    },
    cache: {
      type: "string",
      describe:
        "where results of steps are kept for later runs (default: $MINNOW_CACHE, else minnow in $XDG_CACHE_HOME, else ~/.cache/minnow); --no-cache: nowhere",
    },
  },
  async run({ recipe: path, cache, "dry-run": dry }, context) {
    const { dryText, readRecipe, runText } = await import("./run-text.ts");
    const recipe = await readRecipe(path, context.io.cwd);
    const { compress: run, dryRun } = await context.pipeline();
    const folder = await cacheOf(cache, context);
    const options = {
      ...runOptions(context),
      recipePath: path,
      ...(folder !== undefined && { cache: { folder } }),
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

/** The cache's folder; undefined with --no-cache, which the parser gives as false. */
async function cacheOf(
  flag: string | false | undefined,
  { io }: CommandContext,
): Promise<string | undefined> {
  if (flag === false) return undefined;
  const { homedir } = await import("node:os");
  return flag ?? cacheFolder(io.env, homedir());
}

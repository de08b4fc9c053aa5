// minnow compare: several runs side by side, and which results are worth having.
import { cacheFlag, cacheOf } from "../cache.ts";
import { defineCommand } from "../define.ts";
import { forceFlag } from "../force.ts";
import { runnerFlags, runnerOf } from "../runner.ts";

export const compare = defineCommand({
  name: "compare",
  describe: "set runs side by side: quality against bytes and latency, and which are worth having",
  examples: [
    "compare out/small out/tiny",
    "compare out/small out/tiny/report.json --output out/compared",
    "compare recipe.yaml --matrix steps[0].distill.student.hidden=96,128",
  ],
  positionals: {
    run: { describe: "output folders with a report.json, such files, or recipes, which are run", many: true },
  },
  flags: {
    output: {
      type: "string",
      alias: "o",
      describe: "folder for compare.json, compare.md and compare.html",
      offers: "files",
    },
    matrix: {
      type: "string",
      array: true,
      describe: "run each recipe once for each value of a key: steps[0].distill.student.hidden=96,128",
    },
    ...runnerFlags,
    cache: cacheFlag,
    force: forceFlag,
    "across-data": {
      type: "boolean",
      default: false,
      describe: "show runs with other test data side by side, with a note",
    },
  },
  async run({ run: given, output, matrix, jobs, queue, cache, force, "across-data": acrossData }, context) {
    const { io } = context;
    const { checkComparison, compareRuns, readRuns, writeComparison } = await import(
      "../../compare/index.ts"
    );
    const { compareText } = await import("./compare-text.ts");
    const { runsOf } = await import("./compare-runs.ts");
    const runner = async () => runnerOf({ jobs, queue, force }, await cacheOf(cache, context), context);
    const paths = await runsOf(given, (matrix ?? []).map(String), { cwd: io.cwd, force }, runner);
    if (output !== undefined) checkComparison(paths, output, { cwd: io.cwd, force });
    const runs = readRuns(paths, { cwd: io.cwd, output });
    const comparison = compareRuns(runs, { acrossData });
    if (output !== undefined) await writeComparison(comparison, output, io.cwd);
    return { json: comparison, text: compareText(comparison, output) };
  },
});

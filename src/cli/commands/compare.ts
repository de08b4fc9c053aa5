// minnow compare: several runs side by side, and which results are worth having.
import { defineCommand } from "../define.ts";

export const compare = defineCommand({
  name: "compare",
  describe: "set runs side by side: accuracy against bytes and latency, and which are worth having",
  examples: ["compare out/small out/tiny", "compare out/small out/tiny/report.json --output out/compared"],
  positionals: { run: { describe: "output folders with a report.json, or such files", many: true } },
  flags: {
    output: {
      type: "string",
      alias: "o",
      describe: "folder for compare.json, compare.md and compare.html",
      offers: "files",
    },
    "across-data": {
      type: "boolean",
      default: false,
      describe: "show runs with other test data side by side, with a note",
    },
  },
  async run({ run: paths, output, "across-data": acrossData }, { io }) {
    const { compareRuns } = await import("../../compare/index.ts");
    const { compareText, readRuns, writeComparison } = await import("./compare-files.ts");
    const runs = await readRuns(paths, { cwd: io.cwd, output });
    const comparison = compareRuns(runs, { acrossData });
    if (output !== undefined) await writeComparison(comparison, output, io.cwd);
    return { json: comparison, text: compareText(comparison, output) };
  },
});

// minnow gate: whether a report satisfies what is required of it.
import { defineCommand } from "../define.ts";

const noMetrics =
  "the report has no metrics of quality: its run had no test data; run it again with --test FILE, or with test in its recipe";

export const gate = defineCommand({
  name: "gate",
  describe: "check a report against requirements; exit code 1 when one fails",
  examples: [
    'gate out/mini --require "accuracy >= teacher - 1pt" --require "bytes <= 2 MB"',
    'gate out/mini/report.json --baseline old.json --require "latency.p50 <= 1.1x baseline"',
  ],
  positionals: {
    report: {
      describe: "output folder of a run, or a report.json; docs/gate.md has the language of requirements",
    },
  },
  flags: {
    require: {
      type: "string",
      array: true,
      demandOption: true,
      describe: "QUANTITY [of STAGE] OPERATOR BOUND; may be given several times",
    },
    baseline: {
      type: "string",
      describe: "an earlier output folder or report.json, for bounds that name it",
    },
    inconclusive: {
      type: "string",
      choices: ["fail", "pass"],
      default: "pass",
      describe: "what an interval on both sides of a bound does",
    },
    junit: { type: "string", describe: "JUnit XML that is written" },
    annotations: { type: "string", describe: "file of GitHub workflow commands that is written" },
    markdown: { type: "string", describe: "table for a pull request that is written" },
  },
  async run({ report, require, baseline, inconclusive, ...files }, { io }) {
    const { gateFailure, parseRequirement, policies, runGate } = await import("../../gate/index.ts");
    const { metricsOf } = await import("../../record/index.ts");
    const { gateText, readReport, writeGateFiles } = await import("./gate-files.ts");
    const evidence = {
      report: readReport(report, io.cwd),
      ...(baseline !== undefined && { baseline: readReport(baseline, io.cwd) }),
    };
    const metrics = metricsOf(evidence.report.record.stages);
    const unmeasured = metrics.length === 0 ? noMetrics : undefined;
    const requirements = require.map((text) =>
      parseRequirement(text, { metrics, baseline: baseline !== undefined, unmeasured }),
    );
    const policy = policies.find((one) => one === inconclusive);
    const result = runGate(requirements, evidence, policy);
    await writeGateFiles(result, files, io.cwd);
    const failure = gateFailure(result);
    return { json: result, text: gateText(result), ...(failure && { failure }) };
  },
});

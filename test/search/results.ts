// Results as runs write them, for the tests of searches.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RunRecord } from "../../src/record/index.ts";
import { type Made, madeRun } from "../compare/runs.ts";
import { noInputs } from "../pipeline/no-inputs.ts";

/** Writes a report, a model that holds the name, and a lock; gives the record. */
export function putResult(output: string, name: string, made: Made): RunRecord {
  const { record } = madeRun(made);
  const files = { "report.json": JSON.stringify(record), "report.html": "", "onnx/model.onnx": name };
  for (const [place, content] of Object.entries(files)) {
    mkdirSync(dirname(join(output, place)), { recursive: true });
    writeFileSync(join(output, place), content);
  }
  const outputs = Object.entries(files).map(([path, content]) => ({
    path,
    bytes: content.length,
    sha256: "",
  }));
  writeFileSync(
    join(output, "minnow.lock.json"),
    JSON.stringify({ schema: "minnow.lock/1", inputs: noInputs, outputs }),
  );
  return record;
}

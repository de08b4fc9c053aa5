// The test data of compared runs: metrics on other items do not compare.
import { AppError } from "../base/index.ts";
import { primaryOf } from "../record/index.ts";
import type { Run } from "./comparison.ts";

/** The hash of the test data behind a run's metrics, with the number of items; undefined where it has none. */
export function dataOf({ path, record }: Run): string | undefined {
  const scored = record.stages.some((stage) => primaryOf(stage) !== undefined);
  if (!scored) return undefined;
  const { test } = record.data;
  // what is not known is no other run's
  return test ? `${test.hash}, ${test.items} items` : `not known: ${path}`;
}

/** AppError `usage` that names the first run whose metrics are of other test data than those before it. */
export function refuseOtherData(runs: readonly Run[]): void {
  const scored = runs.filter((run) => dataOf(run) !== undefined);
  const [first] = scored;
  const other = scored.find((run) => first && dataOf(run) !== dataOf(first));
  if (!first || !other) return;
  const message = `its test data is not that of ${first.path}; metrics on other items cannot be compared`;
  throw new AppError("usage", message, {
    path: other.path,
    facts: { testData: scored.map((run) => ({ run: run.path, data: dataOf(run) })) },
    hint: "--across-data shows them side by side all the same, and says so",
  });
}

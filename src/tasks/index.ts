// Tasks: what a model is asked, how data becomes batches, and how answers are scored.
import { AppError, suggestion } from "../base/index.ts";
import type { Task } from "./define.ts";
import { textClassification } from "./text-classification.ts";

export { type BatchOptions, batchesOf, bucketOf } from "./batches.ts";
export { type Columns, columnsOf, type Decide, findColumns, type NamedColumns } from "./columns.ts";
export { dataWarnings } from "./data-warnings.ts";
export {
  type Batch,
  type Dataset,
  defineTask,
  type Item,
  type LoadContext,
  type Metric,
  type Task,
  type Variant,
  type VariantContext,
} from "./define.ts";
export { type Answer, answersIn, differencesBetween } from "./differences.ts";
export { type EvaluateOptions, logitsOf, measure, type Scores, score } from "./evaluate.ts";
export { secondsOfAll, tryLengths } from "./lengths.ts";
export { argmax, classMetrics } from "./metrics.ts";
export {
  checkPorts,
  feedsFor,
  fixedSizes,
  fixedText,
  paddedLengths,
  portWarnings,
  textRoles,
} from "./ports.ts";
export { type DataPath, dataFormats, dataPath, readSource, type Source } from "./source.ts";

/** All tasks. */
export const tasks: readonly Task[] = [textClassification];

/** The task of a name; AppError `usage` with a suggestion when there is none. */
export function taskNamed(name: string, known: readonly Task[] = tasks): Task {
  const found = known.find((task) => task.name === name);
  if (found) return found;
  const names = known.map((task) => task.name);
  const hint = suggestion(name, names);
  throw new AppError("usage", `"${name}" is not a task`, { facts: { known: names }, ...(hint && { hint }) });
}

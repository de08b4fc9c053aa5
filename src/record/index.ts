// The run record: schema, verdicts on each stage, and the final result.
export { busyWarnings, busyWords, quietLatency } from "./busy.ts";
export { judge, warningsOf } from "./judge.ts";
export {
  type Difference,
  differencesFrom,
  inFavour,
  kindOf,
  type Metric,
  type MetricInfo,
  type MetricKind,
  metricsFrom,
  metricsOf,
  metricTitle,
  metricWords,
  type NamedMetric,
  named,
  primaryOf,
} from "./metrics.ts";
export { stageNames } from "./names.ts";
export { jsonSchema, parseRecord } from "./parse.ts";
export { readRecord, reportPath } from "./read.ts";
export {
  type Busy,
  type Differences,
  type Energy,
  type Interval,
  type Latency,
  type Machine,
  type Measured,
  type Paired,
  type Price,
  type Result,
  type Robustness,
  type RunRecord,
  recordVersion,
  runRecord,
  type Sensitivity,
  type Stage,
} from "./record.ts";
export { resultOf } from "./result.ts";
export {
  axisRange,
  bareFigure,
  difference,
  differenceHead,
  differenceRange,
  digits,
  figure,
  figureCell,
  figureHead,
  figureRange,
  type Unit,
  units,
} from "./units.ts";

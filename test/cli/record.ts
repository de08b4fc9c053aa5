// A small run record for the tests of what commands print.
import {
  type Difference,
  differencesFrom,
  type Measured,
  type Metric,
  metricsFrom,
  type Paired,
  type RunRecord,
  recordVersion,
  type Stage,
} from "../../src/record/index.ts";
import { classMetrics } from "../../src/tasks/index.ts";

type Name = keyof typeof classMetrics;

/** Metrics of classes, from an estimate of each. */
export const measuredAs = (
  estimates: Readonly<Partial<Record<Name, Measured>>>,
): Readonly<Record<string, Metric>> =>
  metricsFrom(
    Object.values(classMetrics).flatMap((info) => {
      const estimate = estimates[info.name];
      return estimate ? [{ info, estimate }] : [];
    }),
  );

/** Differences of such metrics. */
export const pairedAs = (
  pairs: Readonly<Partial<Record<Name, Paired>>>,
): Readonly<Record<string, Difference>> =>
  differencesFrom(
    Object.values(classMetrics).flatMap((info) => {
      const paired = pairs[info.name];
      return paired ? [{ info, paired }] : [];
    }),
  );

const stage = (
  name: string,
  accuracy: number,
  bytes: number,
  p50Ms: number,
  more: Partial<Stage> = {},
): Stage => ({
  name,
  method: name,
  params: {},
  metrics: measuredAs({
    accuracy: { value: accuracy, low: accuracy - 0.01, high: accuracy + 0.01, n: 500 },
  }),
  size: { bytes, gzipBytes: bytes * 0.9, parameters: bytes / 4, nonzero: bytes / 4 },
  latency: [
    {
      batch: 1,
      sequence: { mean: 9, p50: 9, p95: 14, max: 20 },
      runs: 100,
      settled: true,
      p50Ms,
      p90Ms: p50Ms * 1.1,
      p95Ms: p50Ms * 1.2,
      throughput: 1000 / p50Ms,
      intervals: {
        p50Ms: { low: p50Ms * 0.95, high: p50Ms * 1.05 },
        p90Ms: { low: p50Ms * 1.05, high: p50Ms * 1.15 },
        p95Ms: { low: p50Ms * 1.15, high: p50Ms * 1.25 },
        throughput: { low: 950 / p50Ms, high: 1050 / p50Ms },
      },
      ...(name === "teacher" ? {} : { speedup: { value: 8 / p50Ms, low: 7.5 / p50Ms, high: 8.5 / p50Ms } }),
    },
  ],
  seconds: 1,
  changes: [],
  refused: [],
  warnings: [],
  ...more,
});

export const record: RunRecord = {
  schema: recordVersion,
  minnow: "0.1.0",
  name: "mini",
  machine: {
    cpu: "cpu",
    cores: 2,
    threads: 2,
    memoryBytes: 1e9,
    os: "linux",
    node: "v20",
    engine: { name: "ort", version: "1" },
    instructions: [],
  },
  recipe: { path: "recipe.yaml", text: "", hash: "0" },
  data: {},
  seed: 7,
  teacher: { path: "teacher", hash: "0" },
  stages: [
    stage("teacher", 0.96, 91_200_000, 8),
    stage("distill", 0.92, 20_000_000, 2),
    stage("quantize.dynamic", 0.918, 5_200_000, 1, {
      refused: [{ target: "Gather", why: "no table" }],
      warnings: ["Takes 1.20 times the memory of distill."],
    }),
  ],
  result: {
    stage: "quantize.dynamic",
    smaller: 17.5,
    smallerGzip: 16,
    faster: { value: 8, low: 7.5, high: 8.5 },
    fasterBatch: 1,
    difference: {
      metric: "accuracy",
      ...{ value: -0.042, low: -0.05, high: -0.034, n: 500, unit: "share", better: "higher" },
    },
  },
  seconds: 413,
  peakRssBytes: 1e9,
};

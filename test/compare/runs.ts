// Small run records for the tests of comparisons.
import type { Run } from "../../src/compare/index.ts";
import type { RunRecord, Stage } from "../../src/record/index.ts";
import { measuredAs, record } from "../cli/record.ts";

/** What a run of a test differs in; accuracy is the middle of an interval of `half` to both sides. */
export interface Made {
  readonly name?: string;
  readonly folder?: string;
  readonly accuracy?: number;
  readonly half?: number;
  readonly bytes?: number;
  readonly p50Ms?: number;
  readonly batches?: readonly number[];
  readonly data?: string | null;
  readonly cpu?: string;
  readonly teacher?: string;
  readonly link?: string;
}

/** A run of two stages, a teacher of 96 % in 91.2 MB and its result. */
export function madeRun({
  name = "mini",
  folder = `out/${name}`,
  accuracy = 0.92,
  half = 0.01,
  bytes = 5_000_000,
  p50Ms = 1,
  batches = [1, 16],
  data = "d1",
  cpu = "cpu",
  teacher = "t1",
  link,
}: Made = {}): Run {
  const at = (stage: Stage, batch: number): Stage["latency"][number][] =>
    stage.latency.map((row) => ({ ...row, batch }));
  const [first, , last] = record.stages;
  if (!first || !last) throw new Error("the record has no stages");
  const around = (value: number) => ({ value, low: value - half, high: value + half, n: 500 });
  const stages: Stage[] = [
    { ...first, latency: batches.flatMap((batch) => at(first, batch)) },
    {
      ...last,
      metrics: measuredAs({ accuracy: around(accuracy), agreement: around(0.95) }),
      size: { ...last.size, bytes, gzipBytes: bytes * 0.9 },
      latency: batches.flatMap((batch) => at(last, batch)).map((row) => ({ ...row, p50Ms })),
    },
  ];
  const made: RunRecord = {
    ...record,
    name,
    machine: { ...record.machine, cpu },
    data: data === null ? {} : { test: { path: "test.tsv", items: 500, hash: data } },
    teacher: { path: `models/${teacher}`, hash: teacher },
    stages: data === null ? stages.map((stage) => ({ ...stage, metrics: {} })) : stages,
  };
  return { path: `${folder}/report.json`, folder, record: made, ...(link !== undefined && { link }) };
}

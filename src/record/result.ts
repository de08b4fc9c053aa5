// The final stage against the teacher.
import { must } from "../base/index.ts";
import { named, primaryOf } from "./metrics.ts";
import type { Result, Stage } from "./record.ts";

/** Ratios, and the difference of the primary metric, of the last stage to the first, which is the teacher. */
export function resultOf(stages: readonly Stage[]): Result {
  const teacher = must(stages[0], "the teacher's stage");
  const last = must(stages.at(-1), "the final stage");
  const fastest = last.latency.toSorted((a, b) => a.batch - b.batch).find((row) => row.speedup !== undefined);
  const primary = primaryOf(last);
  const difference = primary && named(last.versusTeacher, primary.name);
  const [before, after] = [teacher.size.gzipBytes, last.size.gzipBytes];
  return {
    stage: last.name,
    smaller: ratio(teacher.size.bytes, last.size.bytes),
    ...(before !== undefined && after !== undefined && { smallerGzip: ratio(before, after) }),
    ...(fastest?.speedup && { faster: fastest.speedup, fasterBatch: fastest.batch }),
    ...(primary && difference && { difference: { metric: primary.name, ...difference } }),
  };
}

const ratio = (teacher: number, result: number): number => Math.max(teacher, 1) / Math.max(result, 1);

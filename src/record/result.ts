// The final stage against the teacher.
import { must } from "../base/index.ts";
import type { Result, Stage } from "./record.ts";

/** Ratios and accuracy points of the last stage to the first, which is the teacher. */
export function resultOf(stages: readonly Stage[]): Result {
  const teacher = must(stages[0], "the teacher's stage");
  const last = must(stages.at(-1), "the final stage");
  const fastest = last.latency.toSorted((a, b) => a.batch - b.batch).find((row) => row.speedup !== undefined);
  const difference = last.versusTeacher;
  const [before, after] = [teacher.size.gzipBytes, last.size.gzipBytes];
  return {
    stage: last.name,
    smaller: ratio(teacher.size.bytes, last.size.bytes),
    ...(before !== undefined && after !== undefined && { smallerGzip: ratio(before, after) }),
    ...(fastest?.speedup && { faster: fastest.speedup, fasterBatch: fastest.batch }),
    ...(difference && {
      accuracyPoints: {
        value: 100 * difference.value,
        low: 100 * difference.low,
        high: 100 * difference.high,
      },
    }),
  };
}

const ratio = (teacher: number, result: number): number => Math.max(teacher, 1) / Math.max(result, 1);

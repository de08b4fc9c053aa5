// A busy machine in words, and which times of a record are those of the model.
import type { Busy, Latency, Stage } from "./record.ts";

/** What the machine did besides, in one clause: "the machine was busy: other processes used 1.98 of 2 processors". */
export function busyWords({ quiet, processors, others, stolen, oneThread, allThreads }: Busy): string {
  const used = `other processes used ${others.toFixed(2)} of ${count(processors)}`;
  const taken = stolen >= 0.01 ? [`the host took ${stolen.toFixed(2)}`] : [];
  const [shown] = [oneThread, allThreads].toSorted((a, b) => spread(b) - spread(a));
  const probe = shown && shown.median > 0 ? [probeWords(shown)] : [];
  const part = quiet === 0 ? [] : [`${Math.round(100 * quiet)} % of the time was quiet`];
  return `the machine was busy: ${[used, ...taken, ...probe, ...part].join(", ")}`;
}

const spread = ({ fastest, slowest }: Busy["oneThread"]): number => slowest / Math.max(fastest, 1e-9);
const count = (processors: number): string => `${processors} processor${processors === 1 ? "" : "s"}`;
const probeWords = ({ median, fastest, slowest }: Busy["oneThread"]): string =>
  `a probe of ${ms(median)} took ${ms(fastest)} to ${ms(slowest)}`;
const ms = (value: number): string => `${Number(value.toPrecision(2))} ms`;

/** The row, where the machine was quiet. */
export const quietLatency = (row: Latency | undefined): Latency | undefined => (row?.busy ? undefined : row);

/** What to know of batch sizes whose times are withheld, a sentence each. */
export function busyWarnings(stages: readonly Stage[]): readonly string[] {
  const rows = stages.flatMap(({ latency }) => latency);
  const busy = new Map(rows.flatMap((row) => (row.busy ? [[row.batch, row.busy] as const] : [])));
  return [...busy].map(
    ([batch, found]) =>
      `times at batch ${batch} are withheld, and speed-ups with them: ${busyWords(found)}; run it again when the machine is quiet`,
  );
}

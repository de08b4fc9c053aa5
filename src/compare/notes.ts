// What a reader has to know before two figures of a comparison are compared.
import type { Row, Run } from "./comparison.ts";
import { dataOf } from "./data.ts";

interface Ground {
  readonly runs: readonly Run[];
  readonly batch: number | null;
  /** The machine whose latencies are in the Pareto set. */
  readonly reference: string | undefined;
}

/** Sentences, the gravest first; none where all figures compare. */
export const notesOf = (rows: readonly Omit<Row, "pareto">[], ground: Ground): readonly string[] =>
  [
    aboutData(rows, ground),
    aboutMachines(rows, ground),
    aboutBatch(rows, ground),
    aboutTeachers(rows),
  ].filter((note) => note !== undefined);

function aboutData(rows: readonly Omit<Row, "pareto">[], { runs }: Ground): string | undefined {
  const all = [...new Set(runs.flatMap((run) => dataOf(run) ?? []))];
  if (all.length < 2) return undefined;
  const groups = all.map((data) => {
    const names = rows.filter(({ kind, testData }) => kind === "run" && testData === data);
    const test = runs.find((run) => dataOf(run) === data)?.record.data.test;
    const file = test
      ? `${test.path} (${test.items} items, ${test.hash.slice(0, 12)})`
      : "data that is not known";
    return `${list(names.map(({ name }) => name))} on ${file}`;
  });
  return (
    "The test data differ: metrics and latencies of other items are shown side by side, but " +
    `do not compare, and neither set nor tie means anything across them. ${groups.join("; ")}.`
  );
}

function aboutMachines(rows: readonly Omit<Row, "pareto">[], { reference }: Ground): string | undefined {
  const elsewhere = rows.filter(({ latency, machine }) => latency && machine !== reference);
  if (elsewhere.length === 0) return undefined;
  const names = list(elsewhere.map(({ name, machine }) => `${name} (${machine})`));
  return (
    "The machines differ, and latencies of different machines do not compare: the Pareto set of latency " +
    `has only what was measured on ${reference}, and leaves out ${names}.`
  );
}

function aboutBatch(rows: readonly Omit<Row, "pareto">[], { batch, runs }: Ground): string | undefined {
  const timed = runs.some(({ record }) => record.stages.some(({ latency }) => latency.length > 0));
  if (batch !== null || !timed || rows.length === 0) return undefined;
  return "No batch size was measured in every run, so no latency is shown.";
}

function aboutTeachers(rows: readonly Omit<Row, "pareto">[]): string | undefined {
  const teachers = rows.filter(({ kind }) => kind === "teacher");
  if (teachers.length < 2) return undefined;
  return "There is more than one teacher: nearness to it and speed-up are those of each run with its own.";
}

const list = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

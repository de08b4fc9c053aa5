// The section on where the final stage and the teacher differ: its words and tables, for every format.
import type { Differences, RunRecord } from "../record/index.ts";
import { measuredOnly, none, type Table } from "./tables.ts";
import { count, percent } from "./words.ts";

/** The heading of the section. */
export const differencesTitle = "Where they differ";

/** What the section shows; undefined where the record has no differences. */
export function differencesSection({
  differences,
  stages,
  result,
}: RunRecord):
  | { readonly worst: string | undefined; readonly classes: Table; readonly examples: Table }
  | undefined {
  if (!differences) return undefined;
  const teacher = stages[0]?.name ?? "teacher";
  return {
    worst: differences.worstClass && worstLine(differences.worstClass),
    classes: classesTable(differences, teacher, result.stage),
    examples: examplesTable(differences, teacher, result.stage),
  };
}

const share = (right: number, items: number): string => `${percent(right / items, 1)} (${count(right)})`;

function worstLine({ name, items, right, teacherRight }: NonNullable<Differences["worstClass"]>): string {
  const [own, theirs] = [percent(right / items, 1), percent(teacherRight / items, 1)];
  const shares = `${own} of ${count(items)} items right, ${theirs} by the teacher`;
  return `Worst of all classes, with ${shares}: ${name}`;
}

const classesTable = ({ classes = [] }: Differences, teacher: string, final: string): Table => ({
  title: "Classes that fell most",
  head: ["Class", "Most often taken for", "Times", "Items", `Right by ${teacher}`, `Right by ${final}`],
  rows: classes.map(({ name, items, teacherRight, right, takenFor }) => [
    name,
    takenFor.name,
    count(takenFor.items),
    count(items),
    share(teacherRight, items),
    share(right, items),
  ]),
  numbers: 2,
});

const examplesTable = ({ examples }: Differences, teacher: string, final: string): Table =>
  measuredOnly({
    title: "Items that only the teacher gets right",
    head: [
      "Text",
      "Label",
      `Answer of ${teacher}`,
      `Answer of ${final}`,
      "Teacher is sure",
      "Result is sure",
    ],
    rows: examples.map(({ text, label, teacher: theirs, result: ours }) => [
      text,
      label,
      theirs.answer,
      ours.answer,
      surety(theirs),
      surety(ours),
    ]),
    numbers: 4,
  });

type Answer = Differences["examples"][number]["result"];

const surety = ({ probability }: Answer): string =>
  probability === undefined ? none : percent(probability, 1);

// The section on variants of the test items: its words, its table and what each variant is, for every format.
import type { Robustness, RunRecord } from "../record/index.ts";
import { none, type Table } from "./tables.ts";
import { count, percent, percentRange, signed, signedRange } from "./words.ts";

/** The heading of the section. */
export const robustnessTitle = "Robustness";

/** Each name with what it means. */
type Words = readonly (readonly [name: string, what: string])[];

/** What the section shows; undefined where no variants were measured. */
export function robustnessSection({
  robustness,
  stages,
  result,
}: RunRecord): { readonly line: string; readonly table: Table; readonly variants: Words } | undefined {
  if (!robustness) return undefined;
  const { items, batch, plain, variants } = robustness;
  const teacher = stages[0]?.name ?? "teacher";
  return {
    line:
      `${count(items)} test items, spread evenly, keep their labels and are answered in batches of ` +
      `${count(batch)}, as they are and as variants; compare rows of this table with each other only.`,
    table: {
      title: "Accuracy on variants of the test items",
      head: [
        "Variant",
        "Items changed",
        `Right by ${teacher}`,
        "95 % interval",
        `Right by ${result.stage}`,
        "95 % interval",
        "Points to teacher",
        "95 % interval",
        "Lost / gained",
      ],
      rows: [
        ["as they are", none, ...figureCells(plain)],
        ...variants.map((one) => [one.name, count(one.changed), ...figureCells(one)]),
      ],
      numbers: 1,
    },
    variants: variants.map((one) => [one.name, whatOf(one)]),
  };
}

const whatOf = ({ what, changed }: Robustness["variants"][number]): string =>
  changed === 0 ? `${what}; no effect: the tokenizer gives the same tokens` : what;

type Figures = { readonly [K in keyof Robustness["plain"]]?: Robustness["plain"][K] | undefined };

function figureCells({ teacher, result, versusTeacher: pair }: Figures): string[] {
  if (!teacher || !result || !pair) return Array.from({ length: 7 }, () => none);
  const points = { value: 100 * pair.value, low: 100 * pair.low, high: 100 * pair.high };
  return [
    percent(teacher.value),
    percentRange(teacher),
    percent(result.value),
    percentRange(result),
    signed(points.value),
    signedRange(points),
    `${count(pair.lost)} / ${count(pair.gained)}`,
  ];
}

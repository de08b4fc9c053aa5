// The section on variants of the test items: its words, its table and what each variant is, for every format.
import {
  differenceHead,
  figureCell,
  figureHead,
  figureRange,
  metricTitle,
  type Robustness,
  type RunRecord,
} from "../record/index.ts";
import { lostAndGained, measuredOnly, none, type Table } from "./tables.ts";
import { count, signedFigure, signedFigureRange } from "./words.ts";

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
  const { items, batch, metric, plain, variants } = robustness;
  const title = metricTitle(metric.name);
  const teacher = stages[0]?.name ?? "teacher";
  return {
    line:
      `${count(items)} test items, spread evenly, keep their labels and are answered in batches of ` +
      `${count(batch)}, as they are and as variants; compare rows of this table with each other only.`,
    table: measuredOnly({
      title: `${title} on variants of the test items`,
      head: [
        "Variant",
        "Items changed",
        figureHead(`${title} of ${teacher}`, metric.unit),
        "95 % interval",
        figureHead(`${title} of ${result.stage}`, metric.unit),
        "95 % interval",
        differenceHead("To teacher", metric.unit),
        "95 % interval",
        "Lost / gained",
      ],
      rows: [
        ["as they are", none, ...figureCells(plain, metric)],
        ...variants.map((one) => [one.name, count(one.changed), ...figureCells(one, metric)]),
      ],
      numbers: 1,
    }),
    variants: variants.map((one) => [one.name, whatOf(one)]),
  };
}

const whatOf = ({ what, changed }: Robustness["variants"][number]): string =>
  changed === 0 ? `${what}; no effect: the tokenizer gives the same tokens` : what;

type Figures = { readonly [K in keyof Robustness["plain"]]?: Robustness["plain"][K] | undefined };

function figureCells(
  { teacher, result, versusTeacher: pair }: Figures,
  { unit }: Robustness["metric"],
): string[] {
  if (!teacher || !result || !pair) return Array.from({ length: 7 }, () => none);
  return [
    figureCell(teacher.value, unit),
    figureRange(teacher, unit),
    figureCell(result.value, unit),
    figureRange(result, unit),
    signedFigure(pair.value, unit),
    signedFigureRange(pair, unit),
    lostAndGained(pair) ?? none,
  ];
}

// What minnow compare prints.
import { join } from "node:path";
import { type Comparison, comparisonTable, standings } from "../../compare/index.ts";
import { none } from "../../report/index.ts";
import { oneLine } from "../render/figures.ts";
import { table } from "../render/table.ts";

/** The table, where each row stands, what to know before comparing, and where it lies. */
export function compareText(comparison: Comparison, output: string | undefined): string {
  const { head, rows } = comparisonTable(comparison);
  const cells = rows.map((row) => row.map((cell) => (cell === none ? "" : oneLine(cell))));
  const why = standings(comparison).map(({ name, words }) => `${oneLine(name)}, ${oneLine(words)}\n`);
  return [
    table(
      head.map((name) => name.toLowerCase()),
      cells,
    ),
    ...(why.length > 0 ? ["\n", ...why] : []),
    ...comparison.notes.map((note) => `warning: ${oneLine(note)}\n`),
    ...(output === undefined ? [] : [`read ${oneLine(join(output, "compare.html"))}\n`]),
  ].join("");
}

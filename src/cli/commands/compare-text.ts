// What minnow compare prints.

import { join } from "node:path";
import { printable } from "../../base/index.ts";
import { type Comparison, comparisonTable, standings } from "../../compare/index.ts";
import { none } from "../../report/index.ts";
import { table } from "../render/table.ts";

/** The table, where each row stands, what to know before comparing, and where it lies. */
export function compareText(comparison: Comparison, output: string | undefined): string {
  const { head, rows } = comparisonTable(comparison);
  const cells = rows.map((row) => row.map((cell) => (cell === none ? "" : printable(cell))));
  const why = standings(comparison).map(({ name, words }) => `${printable(name)}, ${printable(words)}\n`);
  return [
    table(
      head.map((name) => name.toLowerCase()),
      cells,
    ),
    ...(why.length > 0 ? ["\n", ...why] : []),
    ...comparison.notes.map((note) => `warning: ${printable(note)}\n`),
    ...(output === undefined ? [] : [`read ${printable(join(output, "compare.html"))}\n`]),
  ].join("");
}

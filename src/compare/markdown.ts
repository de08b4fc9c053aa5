// A comparison in Markdown: fits a pull-request comment.
import { inline, tableText } from "../report/index.ts";
import type { Comparison } from "./comparison.ts";
import { comparisonTable, howRead, standings } from "./table.ts";

/** GitHub refuses comments above 65,536 characters; room is left for what surrounds it. */
const room = 60_000;
/** The file that has everything. */
const file = "compare.json";

/** The text; lists are cut until it is under 60,000 characters, with the number of rows left out. */
export function renderMarkdown(comparison: Comparison): string {
  for (const limit of [300, 100, 30, 10]) {
    const text = withLimit(comparison, limit);
    if (text.length < room) return text;
  }
  return withLimit(comparison, 3);
}

function withLimit(comparison: Comparison, limit: number): string {
  const table = comparisonTable(comparison);
  const where = standings(comparison).map(
    ({ name, words }) => `- **${inline(name)}**, ${inline(words, 400)}`,
  );
  const sections = [
    `# ${titleOf(comparison)}`,
    comparison.notes.map((note) => `> **Note.** ${inline(note, 600)}`).join("\n>\n"),
    tableText(table, limit, file),
    where.length === 0 ? "" : ["## Where each stands", "", ...cut(where, limit)].join("\n"),
    `## How to read it\n\n${howRead.map(([what, how]) => `- **${what}.** ${how}`).join("\n")}`,
    `Made by minnow ${inline(comparison.minnow)}.`,
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

const cut = (lines: readonly string[], limit: number): readonly string[] =>
  lines.length > limit ? [...lines.slice(0, limit), `- ... and ${lines.length - limit} more`] : lines;

/** "3 runs compared". */
export function titleOf({ rows }: Comparison): string {
  const runs = rows.filter(({ kind }) => kind === "run").length;
  return runs === 1 ? "1 run and its teacher" : `${runs} runs compared`;
}

// Markdown: a table for a pull request.
import { printable } from "../base/index.ts";
import type { GateResult, GateRow } from "./gate.ts";

/** GitHub refuses comments above 65,536 characters; room is left for what surrounds the table. */
const room = 60_000;
/** Characters of one cell. */
const cellRoom = 400;

/** The table, at most 60,000 characters: rows that do not fit are counted, failed ones come first. */
export function markdown(result: GateResult): string {
  const { requirements, passed, name, report, baseline } = result;
  const head = [
    `## minnow gate: ${passed ? "passed" : "failed"}`,
    "",
    [name, report, ...(baseline === null ? [] : [`against ${baseline}`])].map(inline).join(", "),
    "",
    "| requirement | verdict | value | 95 % interval | bound | why |",
    "| --- | --- | ---: | ---: | ---: | --- |",
  ].join("\n");
  const rows = requirements.toSorted((a, b) => Number(b.failed) - Number(a.failed)).map(rowText);
  let length = head.length;
  const fitting = rows.filter((row) => {
    length += row.length + 1;
    return length < room - 100;
  });
  const rest = rows.length - fitting.length;
  const more = rest > 0 ? `\n\n... and ${rest} more; --json has all of them` : "";
  return `${[head, ...fitting].join("\n")}${more}\n`;
}

function rowText({ text, verdict, failed, shown, words }: GateRow): string {
  const said = failed ? `**${verdict}**` : verdict;
  const cells = [inline(text), said, ...[shown.value, shown.interval, shown.bound, words].map(inline)];
  return `| ${cells.join(" | ")} |`;
}

/**
 * Text that Markdown takes for nothing but text: what could be markup is an entity, and a zero-width space
 * keeps GitHub from reading a mention or an issue, which it looks for after entities are gone.
 */
function inline(text: string): string {
  return printable(text, { limit: cellRoom })
    .replace(/[&<>"\\`*_{}[\]|~!$^@#]/g, (character) => {
      const entity = `&#${character.charCodeAt(0)};`;
      return /[@#]/.test(character) ? `${entity}&#8203;` : entity;
    })
    .replace(/:\/\//g, "&#58;//")
    .replace(/\bwww\./gi, "www&#46;");
}

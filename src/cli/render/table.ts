// Tables of text: columns as wide as their widest cell, figures to the right.
import { printable } from "../../base/index.ts";

/** Rows under a head, each on one printable line; a column whose cells are figures or empty is set to the right. */
export function table(head: readonly string[], content: readonly (readonly string[])[]): string {
  const rows = content.map((row) => row.map((cell) => printable(cell)));
  const widths = head.map((name, i) => Math.max(width(name), ...rows.map((row) => width(row[i] ?? ""))));
  const right = head.map((_, i) => i > 0 && rows.every((row) => /^([-+−\d<]|$|n\/a)/.test(row[i] ?? "")));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => pad(cell, widths[i] ?? 0, right[i] ?? false))
      .join("  ")
      .trimEnd();
  return [head, ...rows].map((row) => `${line(row)}\n`).join("");
}

const width = (text: string): number => [...text].length;

function pad(text: string, to: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, to - width(text)));
  return right ? space + text : text + space;
}

// Tables: aligned for a terminal, and as Markdown.

const isNumber = (cell) => /^[-+<>~]?[\d.]/.test(cell);

/** Columns aligned by spaces, numbers to the right. */
export function table(head, rows) {
  const widths = head.map((word, i) => Math.max(word.length, ...rows.map((row) => (row[i] ?? "").length)));
  const right = head.map((_, i) => i > 0 && rows.every((row) => !row[i] || isNumber(row[i])));
  const line = (cells) =>
    widths
      .map((width, i) => (right[i] ? (cells[i] ?? "").padStart(width) : (cells[i] ?? "").padEnd(width)))
      .join("  ")
      .trimEnd();
  return `${[head, ...rows].map(line).join("\n")}\n`;
}

/** A Markdown table, numbers to the right. */
export function markdownTable(head, rows) {
  const right = head.map((_, i) => i > 0 && rows.every((row) => !row[i] || isNumber(row[i])));
  const line = (cells) => `| ${cells.map((cell) => String(cell ?? "").replaceAll("|", "\\|")).join(" | ")} |`;
  return `${[line(head), `|${right.map((one) => (one ? "---:" : "---")).join("|")}|`, ...rows.map(line)].join("\n")}\n`;
}

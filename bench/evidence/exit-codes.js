// Every command ended in every way that it can end: the exit-code matrix, and how long a command that is at work takes to heed a signal.
import { table } from "../table.js";
import { tested } from "./vitest.js";

export function run() {
  const { told: cells, skipped, wrong } = tested("test/e2e/exit-codes.test.ts", "cell");
  return { cells, skipped, wrong };
}

const ends = ["ok", "gate", "usage", "refused", "interrupt"];

/** "130 143 (32, 31 ms)"; a dash where the command cannot end so. */
const shown = (cell) => {
  if (!cell) return "skipped";
  if (cell.never !== undefined) return "-";
  return `${cell.codes.join(" ")}${cell.ms ? ` (${cell.ms.join(", ")} ms)` : ""}`;
};

export function text({ cells, skipped, wrong }) {
  const rows = [...new Set(cells.map(({ row }) => row))];
  const cellOf = (row, end) => cells.find((cell) => cell.row === row && cell.end === end);
  const never = cells.filter((cell) => cell.never !== undefined);
  // a reason that several cells share is told once
  const reasons = [...new Set(never.map((cell) => cell.never))].map((why) => {
    const those = never.filter((cell) => cell.never === why).map(({ row, end }) => `${row} ${end}`);
    return `  - ${those.join(", ")}: ${why}\n`;
  });
  const end = wrong.length === 0 ? "all as in the table of docs/exit-codes.md" : `${wrong.length} are not`;
  const left = skipped > 0 ? `, ${skipped} skipped (redis-server is not installed)` : "";
  return `${table(
    ["command", ...ends],
    rows.map((row) => [row, ...ends.map((one) => shown(cellOf(row, one)))]),
  )}
${reasons.join("")}
exit codes: ${rows.length} rows x ${ends.length} ends: ${cells.length - never.length} cells run, ${never.length} cannot be${left}: ${end}`;
}

// What minnow init prints: what it saw, where the recipe is, and what to run next.
import { printable } from "../../base/index.ts";
import { count, plural } from "../render/figures.ts";
import type { DataFound, InitResult } from "./make.ts";

/** A line for each thing that was looked at, then the next command line. */
export function initText({
  recipe,
  preset,
  teacher,
  train,
  test,
  columns,
  warnings = [],
  next,
}: InitResult): string {
  const { family, layers, hidden, labels } = teacher;
  const data = ({ path, rows }: DataFound): string => `${path}: ${plural(rows, "row")}`;
  const lines: readonly (readonly [string, string])[] = [
    [
      "teacher",
      `${teacher.path}: ${family}, ${plural(layers, "layer")} x ${count(hidden)}, ${plural(labels, "label")}`,
    ],
    ...(train ? [["train", data(train)] as const] : []),
    ["test", data(test)],
    ["rows", columns ? `text in "${columns.text}", label in "${columns.label}"` : "[text, label] pairs"],
    ["preset", preset],
    ["recipe", recipe],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const told = lines.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}\n`);
  const warned = warnings.map((words) => `warning: ${printable(words)}\n`).join("");
  return `${told.join("")}${warned}\nnext: ${next.map(quoted).join(" ")}\n`;
}

/** A word as a shell takes it. */
const quoted = (word: string): string =>
  /^[\w./-]+$/.test(word) ? word : `'${printable(word).replaceAll("'", "'\\''")}'`;

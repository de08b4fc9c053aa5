// The gate on comparisons of a model with itself: noise alone hardly ever fails it, and a model that is worse does.
import { table } from "../table.js";
import { tested } from "./vitest.js";

export function run() {
  const { told: comparisons, wrong } = tested("test/gate/verdict.test.ts", "gate");
  return { comparisons, wrong };
}

export function text({ comparisons, wrong }) {
  const rows = comparisons.map(({ what, comparisons: of, failed, limit: [words, limit] }) => [
    what,
    String(of),
    String(failed),
    `${words} ${limit}`,
  ]);
  const itself = comparisons.filter(({ limit: [words] }) => words === "at most");
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const falsely = sum(itself.map(({ failed }) => failed));
  const end = wrong.length === 0 ? "within the limits" : "not as promised";
  return `${table(["comparisons", "of", "failed", "limit"], rows)}
A/A gate: ${sum(itself.map(({ comparisons: of }) => of))} comparisons, ${falsely} false fails: ${end}`;
}

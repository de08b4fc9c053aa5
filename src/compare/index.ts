// Comparisons: several run records side by side, what is worth having, and what cannot be told apart.
import type { Comparison } from "./comparison.ts";
import { renderHtml } from "./html.ts";
import { renderMarkdown } from "./markdown.ts";

export {
  type CompareOptions,
  type Comparison,
  compareRuns,
  type Place,
  type Row,
  type Run,
} from "./comparison.ts";
export { uniqueNames } from "./names.ts";
export { dominates, type Point, paretoSet, type Standing, standing, tied, type Verdict } from "./pareto.ts";
export { comparisonTable, standings } from "./table.ts";

/** Files of a comparison, and what writes them. */
export const compareFormats: Readonly<Record<string, (comparison: Comparison) => string>> = {
  "compare.json": (comparison) => `${JSON.stringify(comparison, null, 2)}\n`,
  "compare.md": renderMarkdown,
  "compare.html": renderHtml,
};

// Comparisons: several run records side by side, what is worth having, and what cannot be told apart.
export {
  type CompareOptions,
  type Comparison,
  compareRuns,
  type Place,
  type Row,
  type Run,
} from "./comparison.ts";
export { checkComparison, compareFormats, readRuns, runOf, writeComparison } from "./files.ts";
export { uniqueNames } from "./names.ts";
export { dominates, type Point, paretoSet, type Standing, standing, tied, type Verdict } from "./pareto.ts";
export { comparisonTable, standings } from "./table.ts";

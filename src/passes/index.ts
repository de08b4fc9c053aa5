// Passes: graph to graph, each with one promise.
export { fold, mergeEqual, specialise } from "./simplify.ts";
export { type AxisGroup, axisGroups, type GroupMember } from "./axis-groups.ts";
export { forExport } from "./export.ts";
export { recognise, type Rule, rewrite, trainingRules } from "./rules/index.ts";

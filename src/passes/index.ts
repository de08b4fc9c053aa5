// Passes: graph to graph, each with one promise.

export { type AxisGroup, axisGroups, type GroupMember } from "./axis-groups.ts";
export { canonical } from "./canonical.ts";
export { cutUnits, withCutsTried } from "./cut.ts";
export { forExport } from "./export.ts";
export { quantizationOf } from "./quantization.ts";
export { isLearnt, type Read, type Role, readsOf, rolesOf, swapsAxes } from "./roles.ts";
export { type Rule, recognise, rewrite, trainingRules } from "./rules/index.ts";
export { fold, mergeEqual, specialise } from "./simplify.ts";

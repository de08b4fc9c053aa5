// Gates: requirements in a small language, judged on a run record with its intervals.
import { annotations } from "./annotations.ts";
import type { GateResult } from "./gate.ts";
import { junit } from "./junit.ts";
import { markdown } from "./markdown.ts";

export { type GateResult, type GateRow, gateFailure, type Policy, policies, runGate } from "./gate.ts";
export {
  type Amount,
  type Bound,
  type Operator,
  operators,
  type ParsedRequirement,
  type ParseOptions,
  parseRequirement,
  printRequirement,
  type Reference,
  type Requirement,
  references,
} from "./grammar.ts";
export { type Evidence, type Judgement, judge, type Source } from "./judge.ts";
export { type KnownMetric, type Quantity, quantitiesWith } from "./quantities.ts";
export {
  independentDifference,
  itemsFactor,
  type Verdict,
  verdictOf,
  verdicts,
  widening,
} from "./verdict.ts";

/** Files that a gate can write, by the name of their flag. */
export const gateFormats: Readonly<
  Record<"junit" | "annotations" | "markdown", (result: GateResult) => string>
> = { junit, annotations, markdown };

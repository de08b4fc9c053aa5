// The gate: all requirements against one report, and whether it lets the report through.
import { AppError, printable } from "../base/index.ts";
import type { ParsedRequirement } from "./grammar.ts";
import { type Evidence, type Judgement, judge } from "./judge.ts";

/** A judged requirement, and whether it closes the gate. */
export interface GateRow extends Judgement {
  readonly failed: boolean;
}

/** What an inconclusive requirement does to the gate. */
export const policies = ["fail", "pass"] as const;
/** One of them. */
export type Policy = (typeof policies)[number];

/** What `minnow gate --json` prints. */
export interface GateResult {
  readonly schema: "minnow.gate/1";
  readonly report: string;
  readonly name: string;
  readonly baseline: string | null;
  readonly inconclusive: Policy;
  readonly passed: boolean;
  readonly requirements: readonly GateRow[];
}

/** Judges all requirements; errors as of `judge`. */
export function runGate(
  requirements: readonly ParsedRequirement[],
  evidence: Evidence,
  inconclusive: Policy = "pass",
): GateResult {
  const rows = requirements.map((requirement): GateRow => {
    const judgement = judge(requirement, evidence);
    const { verdict } = judgement;
    return {
      ...judgement,
      failed: verdict === "fail" || (verdict === "inconclusive" && inconclusive === "fail"),
    };
  });
  return {
    schema: "minnow.gate/1",
    report: evidence.report.path,
    name: evidence.report.record.name,
    baseline: evidence.baseline?.path ?? null,
    inconclusive,
    passed: rows.every(({ failed }) => !failed),
    requirements: rows,
  };
}

/** The AppError `gate` that names each failed requirement with its values; nothing where all passed. */
export function gateFailure({ report, requirements }: GateResult): AppError | undefined {
  const failed = requirements.filter((row) => row.failed);
  if (failed.length === 0) return undefined;
  const lines = failed.map(({ text, verdict, words }) => printable(`${text}: ${verdict}: ${words}`));
  return new AppError("gate", lines.join("\n"), {
    path: report,
    facts: { problems: lines.map((line) => `${report}: ${line}`) },
  });
}

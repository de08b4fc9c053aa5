// What minnow gate reads, writes and prints.
import { resolve } from "node:path";
import { AppError, printable, writeAtomic } from "../../base/index.ts";
import {
  type GateResult,
  gateFailure,
  gateFormats,
  type ParsedRequirement,
  runGate,
  type Source,
  verdicts,
} from "../../gate/index.ts";
import { readRecord, reportPath } from "../../record/index.ts";
import { table } from "../render/table.ts";

/** The record of a report.json, or of the output folder that has one, with its path; AppError `input`. */
export function readReport(given: string, cwd: string): Source {
  const path = reportPath(given, cwd);
  return { path, record: readRecord(path, cwd) };
}

/** Writes each format whose flag names a file. */
export async function writeGateFiles(
  result: GateResult,
  files: Readonly<Partial<Record<keyof typeof gateFormats, string | undefined>>>,
  cwd: string,
): Promise<void> {
  for (const [name, path] of Object.entries(files)) {
    const format = Object.entries(gateFormats).find(([flag]) => flag === name)?.[1];
    if (format && path !== undefined) await writeAtomic(resolve(cwd, path), format(result));
  }
}

/** What a recipe requires of its result: the words, and the failure that ends the run if there is one. */
export function requiredOf(
  requirements: readonly ParsedRequirement[],
  report: Source,
): { readonly text: string; readonly failure?: AppError } {
  try {
    const result = runGate(requirements, { report });
    const failure = gateFailure(result);
    return { text: gateText(result), ...(failure && { failure }) };
  } catch (error) {
    // The run is written and is told all the same.
    if (error instanceof AppError) return { text: "", failure: error };
    throw error;
  }
}

/** A row for each requirement, why each is as it is, and what it comes to. */
export function gateText({ requirements, passed }: GateResult): string {
  const rows = requirements.map(({ text, verdict, shown }) =>
    [verdict, text, shown.value, shown.interval, shown.bound].map((cell) => printable(cell)),
  );
  const why = requirements.map(({ text, words }) => `${printable(text)}: ${printable(words)}\n`);
  const counts = verdicts.map(
    (one) => `${requirements.filter(({ verdict }) => verdict === one).length} ${one}`,
  );
  const open = requirements.some(({ verdict }) => verdict === "inconclusive");
  const strict = passed && open ? "; with --inconclusive fail it would not" : "";
  const end = `${counts.join(", ")}: the report ${passed ? "passes" : "does not pass"}${strict}`;
  const head = ["verdict", "requirement", "value", "95 %", "bound"];
  return [table(head, rows), "\n", ...why, `${end}\n`].join("");
}

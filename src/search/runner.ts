// Runners: whoever makes the runs of several recipes, one after the other, side by side, or on other machines.
import type { AppError, ErrorKind } from "../base/index.ts";
import type { RunRecord } from "../record/index.ts";

/** A recipe that is to be run. */
export interface Job {
  readonly name: string;
  /** Absolute path of the recipe's file. */
  readonly recipe: string;
  /** What stands in it. */
  readonly text: string;
  /** Absolute path of the folder that it writes. */
  readonly output: string;
}

/** What became of a job; its output folder is complete where there is a record, and as it was where there is an error. */
export type Outcome = { readonly record: RunRecord } | { readonly error: AppError };

/**
 * Runs all jobs, in any order, and tells each when it has ended, one at a time. Rejects with what keeps all jobs from being
 * run, and with what `each` throws.
 */
export type Runner = (
  jobs: readonly Job[],
  each: (job: Job, outcome: Outcome) => Promise<void>,
) => Promise<void>;

/** Failures of one recipe, which say nothing about the others. */
const own: readonly ErrorKind[] = ["usage", "input", "diverged", "gate"];

/** Whether other recipes can be run all the same. */
export const isOwn = ({ kind }: AppError): boolean => own.includes(kind);

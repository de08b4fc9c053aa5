// Search: the runs of several recipes on one machine or many, and the best of them.
import type { QueueOptions } from "./queue.ts";
import type { Runner } from "./runner.ts";
import type { WorkerOptions } from "./worker.ts";

export { queueAddress } from "./address.ts";
export { type BudgetRow, bestOf, type Figures, type Goal, type Scored, scoreOf, worstOf } from "./choose.ts";
export { type LocalOptions, localRunner } from "./local.ts";
export type { PlainError } from "./process.ts";
export { isOwn, type Job, type Outcome, type Runner } from "./runner.ts";
export { queueKey } from "./seal.ts";
export {
  budgetFailure,
  checkSweep,
  SWEEP_FILE,
  type SweepOptions,
  type SweepRecord,
  type SweepTrial,
  search,
} from "./sweep.ts";
export type { QueueOptions, WorkerOptions };

/** A runner of the workers of a queue; the queue's library is loaded here and nowhere before. */
export const queueRunner = async (options: QueueOptions): Promise<Runner> =>
  (await import("./queue.ts")).queueRunner(options);

/** Works for a queue until the signal, whose reason it rejects with, or with `drain` until nothing is waiting. */
export const workQueue = async (
  options: WorkerOptions,
): Promise<{ readonly done: number; readonly failed: number }> =>
  (await import("./worker.ts")).workQueue(options);

// Runs on this machine: one after the other, or made side by side and then measured one after the other.
import { AppError, type Emit } from "../base/index.ts";
import type { CompressOptions, Pipeline } from "../pipeline/index.ts";
import { inProcess } from "./process.ts";
import { isOwn, type Job, type Outcome, type Runner } from "./runner.ts";

export interface LocalOptions extends Omit<CompressOptions, "recipePath" | "recipeText" | "output"> {
  readonly compress: Pipeline["compress"];
  /** Runs that are made side by side, each in a process of its own; default 1. They meet in the cache. */
  readonly jobs?: number;
  /** The script of those processes; default: the built one. */
  readonly entry?: string;
}

/**
 * Runs on this machine. With several jobs at once the steps are made side by side and kept in the cache; every result is then
 * measured alone, by this process, so that no run disturbs the figures of another. AppError `usage` for several without a cache.
 */
export function localRunner({ compress, jobs: width = 1, entry, ...options }: LocalOptions): Runner {
  const { emit = () => undefined, signal = new AbortController().signal, ...plain } = options;
  if (width > 1 && !plain.cache)
    throw new AppError("usage", "runs side by side meet in the cache", {
      path: "--jobs",
      hint: "leave out --no-cache",
    });
  const prepared = async (job: Job): Promise<void> => {
    const task = { work: "prepare", options: { ...plain, recipePath: job.recipe } } as const;
    await inProcess(task, { emit: named(job.name, emit), signal, ...(entry !== undefined && { entry }) });
  };
  const outcomeOf = async (job: Job): Promise<Outcome> => {
    try {
      return { record: await compress({ ...options, recipePath: job.recipe }) };
    } catch (error) {
      if (error instanceof AppError && isOwn(error)) return { error };
      throw error;
    }
  };
  return async (jobs, each) => {
    for (let at = 0; at < jobs.length; at += width) {
      const wave = jobs.slice(at, at + width);
      // what fails here fails again when it is run, and is told then
      if (width > 1) await Promise.allSettled(wave.map(prepared));
      for (const job of wave) {
        signal.throwIfAborted();
        emit({
          kind: "note",
          level: "info",
          message: `${jobs.indexOf(job) + 1} of ${jobs.length}: ${job.name}`,
        });
        await each(job, await outcomeOf(job));
      }
    }
  };
}

/** Events under the name of their job: those of several come at once. */
const named =
  (name: string, emit: Emit): Emit =>
  (event) => {
    const under = (words: string): string => `${name}: ${words}`;
    if (event.kind === "start") emit({ ...event, id: under(event.id), title: under(event.title) });
    else emit("id" in event ? { ...event, id: under(event.id) } : event);
  };

// The --jobs and --queue flags of commands that run several recipes.
import { AppError } from "../base/index.ts";
import type { Runner } from "../search/index.ts";
import type { cacheOf } from "./cache.ts";
import { type CommandContext, runOptions } from "./define.ts";

export const runnerFlags = {
  jobs: {
    type: "number",
    default: 1,
    describe: "recipes that are made side by side; each is measured alone, and has its share of the cores",
  },
  queue: {
    type: "string",
    describe:
      "give them to the workers of a Redis server, redis://host:6379, in place of this machine (default: $MINNOW_QUEUE)",
  },
} as const;

interface RunnerFlags {
  readonly jobs: number;
  readonly queue: string | undefined;
  readonly force: boolean;
}

type Cache = Awaited<ReturnType<typeof cacheOf>>;

/** Who runs the recipes; AppError `usage` for flags that do not go together. */
export async function runnerOf(
  { jobs, queue, force }: RunnerFlags,
  cache: Cache,
  context: CommandContext,
): Promise<Runner> {
  if (!Number.isSafeInteger(jobs) || jobs < 1)
    throw new AppError("usage", `${jobs} is not a whole number of at least 1`, { path: "--jobs" });
  const { localRunner, queueAddress, queueKey, queueRunner } = await import("../search/index.ts");
  const { env } = context.io;
  const url = queueAddress(queue, env, context.emit);
  if (url !== undefined && jobs > 1)
    throw new AppError("usage", "the workers of a queue take one recipe each", {
      path: "--jobs",
      ...(queue === undefined && { hint: "unset MINNOW_QUEUE to run them here" }),
    });
  const options = runOptions(context);
  if (url !== undefined) {
    const { finished } = await context.pipeline();
    return queueRunner({ ...options, url, key: queueKey(env), finished });
  }
  const { compress } = await context.pipeline();
  return localRunner({
    ...options,
    ...cache,
    force,
    ...(await shareOf(jobs, options.threads)),
    compress,
    jobs,
  });
}

/** Threads of each run where several are made at once: the cores are shared out, unless the user says how many. */
async function shareOf(jobs: number, threads: number | undefined): Promise<{ readonly threads?: number }> {
  if (jobs === 1 || threads !== undefined) return {};
  const { availableParallelism } = await import("node:os");
  return { threads: Math.max(1, Math.floor(availableParallelism() / jobs)) };
}

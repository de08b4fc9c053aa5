// A worker: takes jobs from the queue, runs each in a process of its own, and sends back the record with the files.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Job as QueueJob, WaitingError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { AppError, type Emit, must } from "../base/index.ts";
import { type CompressOptions, filesOfResult } from "../pipeline/index.ts";
import { inProcess, plainError } from "./process.ts";
import {
  connect,
  FILES_SECONDS,
  filesKey,
  lossOf,
  optionsOf,
  queueName,
  type Work,
  type WorkResult,
} from "./queue.ts";
import { isOwn } from "./runner.ts";

export interface WorkerOptions extends Pick<CompressOptions, "cache" | "threads"> {
  readonly url: string;
  /** Folder that the paths of jobs are relative to. */
  readonly cwd: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Whether to end when no job is waiting; otherwise it works until the signal. */
  readonly drain?: boolean;
  /** The script of the processes; default: the built one. */
  readonly entry?: string;
}

/** Milliseconds without a sign of life after which a worker's job is given to another. */
const LEASE = 10_000;
/** Milliseconds between two looks for such jobs. */
const LOOK = 5000;

/** Works until the signal, whose reason it rejects with, or with `drain` until nothing is waiting; what it has done. */
export async function workQueue(
  options: WorkerOptions,
): Promise<{ readonly done: number; readonly failed: number }> {
  const { url, emit, signal, drain = false } = options;
  const redis = await connect(url);
  const counts = { done: 0, failed: 0 };
  const process = async (job: QueueJob<Work, WorkResult>, token?: string): Promise<WorkResult> => {
    const { id = "", data } = job;
    emit({ kind: "start", id, title: data.name });
    const begin = performance.now();
    const result = await resultOf(job, redis, options).catch(async (cause: unknown) => {
      if (!signal.aborted) throw cause;
      // another worker takes it at once, from the checkpoint where they share a cache
      await job.moveToWait(token);
      throw new WaitingError();
    });
    const failed = "error" in result;
    counts[failed ? "failed" : "done"]++;
    const summary = failed ? result.error.message : undefined;
    emit({ kind: "done", id, seconds: (performance.now() - begin) / 1000, ...(summary && { summary }) });
    return result;
  };
  const worker = new Worker<Work, WorkResult>(queueName(), process, {
    ...optionsOf(url),
    lockDuration: LEASE,
    stalledInterval: LOOK,
    maxStalledCount: 5,
    drainDelay: 1,
  });
  try {
    await new Promise<void>((end, fail) => {
      signal.addEventListener("abort", () => fail(signal.reason), { once: true });
      if (signal.aborted) fail(signal.reason);
      worker.on("error", lossOf(emit));
      worker.on("failed", (_, { message }) => emit({ kind: "note", level: "warning", message }));
      if (drain) worker.on("drained", end);
    });
    return counts;
  } finally {
    await worker.close();
    redis.disconnect();
  }
}

/** A failure of the recipe itself is a result; any other is this worker's, and the job is given out again. */
async function resultOf(
  { id, data }: QueueJob<Work, WorkResult>,
  redis: Redis,
  { cwd, cache, threads, emit, signal, entry }: WorkerOptions,
): Promise<WorkResult> {
  const output = mkdtempSync(join(tmpdir(), "minnow-trial-"));
  try {
    const { recipe: recipePath, text: recipeText } = data;
    const given = { ...(cache && { cache }), ...(threads !== undefined && { threads }) };
    const task = { work: "compress", options: { ...given, cwd, recipePath, recipeText, output } } as const;
    const made = await inProcess(task, { emit, signal, ...(entry !== undefined && { entry }) });
    const record = must(made, "record");
    await sendFiles(redis, id ?? "", filesOfResult(output));
    return { record };
  } catch (error) {
    if (error instanceof AppError && isOwn(error)) return { error: plainError(error) };
    throw error;
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

async function sendFiles(redis: Redis, id: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const key = filesKey(id);
  const sent = redis.multi().del(key);
  for (const [place, content] of files) sent.hset(key, place, Buffer.from(content));
  await sent.expire(key, FILES_SECONDS).exec();
}

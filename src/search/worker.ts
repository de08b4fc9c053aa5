// A worker: takes jobs from the queue, runs each in a process of its own, and sends back the record with the files.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Job as QueueJob, WaitingError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { z } from "zod";
import { AppError, type Emit, fitted, isWithin, must } from "../base/index.ts";
import { type CompressOptions, filesOfResult } from "../pipeline/index.ts";
import { filesNamed } from "../recipe/index.ts";
import { inProcess, plainError } from "./process.ts";
import {
  connect,
  FILES_SECONDS,
  filesKey,
  lossOf,
  optionsOf,
  queueName,
  type SentFile,
  type Work,
  type WorkResult,
} from "./queue.ts";
import { isOwn } from "./runner.ts";
import { type Sealed, seal, unseal } from "./seal.ts";

export interface WorkerOptions extends Pick<CompressOptions, "cache" | "threads"> {
  readonly url: string;
  /** What jobs and results are signed with; with it a job that is not is refused. */
  readonly key?: string | undefined;
  /** Folder that the paths of jobs are relative to. */
  readonly cwd: string;
  /** Folders that models and data are read from; default: `cwd`. */
  readonly roots?: readonly string[];
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
  const { url, key, emit, signal, drain = false } = options;
  const redis = await connect(url);
  const counts = { done: 0, failed: 0 };
  const process = async (job: QueueJob<Sealed, Sealed>, token?: string): Promise<Sealed> => {
    const id = must(job.id, "job id");
    const begin = performance.now();
    const result = await resultOf(id, job.data, redis, options).catch(async (cause: unknown) => {
      if (!signal.aborted) throw cause;
      // another worker takes it at once, from the checkpoint where they share a cache
      await job.moveToWait(token);
      throw new WaitingError();
    });
    const failed = "error" in result;
    counts[failed ? "failed" : "done"]++;
    const summary = failed ? result.error.message : undefined;
    emit({ kind: "done", id, seconds: (performance.now() - begin) / 1000, ...(summary && { summary }) });
    return seal("result", id, result, key);
  };
  const worker = new Worker<Sealed, Sealed>(queueName(key), process, {
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
      worker.on("error", lossOf(emit, url));
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
  id: string,
  data: unknown,
  redis: Redis,
  { cwd, roots = [cwd], key, cache, threads, emit, signal, entry }: WorkerOptions,
): Promise<WorkResult> {
  const output = mkdtempSync(join(tmpdir(), "minnow-trial-"));
  try {
    const { name, recipe: recipePath, text: recipeText } = workOf(unseal("job", id, data, key));
    emit({ kind: "start", id, title: name });
    refuseOutside(recipeText, recipePath, cwd, roots);
    const given = { ...(cache && { cache }), ...(threads !== undefined && { threads }) };
    const task = { work: "compress", options: { ...given, cwd, recipePath, recipeText, output } } as const;
    const made = await inProcess(task, { emit, signal, ...(entry !== undefined && { entry }) });
    const record = must(made, "record");
    return { record, files: await sendFiles(redis, id, filesOfResult(output)) };
  } catch (error) {
    if (error instanceof AppError && isOwn(error)) return { error: plainError(error) };
    throw error;
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

const workSchema = z.looseObject({ name: z.string(), recipe: z.string(), text: z.string() });

function workOf(value: unknown): Work {
  const parsed = fitted(workSchema, value);
  if (!parsed.success) throw new AppError("input", "the job is refused: it is not one of minnow's");
  return parsed.data;
}

/** AppError `input` for a recipe that names something outside of the folders: it is refused before anything is looked at. */
function refuseOutside(text: string, recipe: string, cwd: string, roots: readonly string[]): void {
  for (const { key, path } of filesNamed(text, recipe, cwd)) {
    if (isWithin(roots, path)) continue;
    throw new AppError("input", "it lies outside of the folders that this worker reads", {
      path: key,
      hint: "minnow worker --root FOLDER lets it read another folder",
    });
  }
}

/** Puts the files where the search fetches them, and gives the list of them. */
async function sendFiles(
  redis: Redis,
  id: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<readonly SentFile[]> {
  const key = filesKey(id);
  const sent = redis.multi().del(key);
  for (const [place, content] of files) sent.hset(key, place, Buffer.from(content));
  await sent.expire(key, FILES_SECONDS).exec();
  return [...files].map(([place, content]) => ({
    place,
    bytes: content.byteLength,
    sha256: createHash("sha256").update(content).digest("hex"),
  }));
}

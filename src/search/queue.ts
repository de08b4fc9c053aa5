// Runs on other machines: jobs go to a BullMQ queue in Redis, results come back as run records with their files.
import { randomUUID } from "node:crypto";
import { relative } from "node:path";
import { Queue, QueueEvents, type Job as QueueJob } from "bullmq";
import { Redis } from "ioredis";
import { AppError, codeHash, type Emit, must, version } from "../base/index.ts";
import { holdFolder, type Pipeline, placeFiles } from "../pipeline/index.ts";
import type { RunRecord } from "../record/index.ts";
import { errorOf, type PlainError } from "./process.ts";
import type { Job, Outcome, Runner } from "./runner.ts";

/** What a worker is sent. */
export interface Work {
  readonly name: string;
  /** Relative to the folder that the search runs in; a worker has a folder of its own in its place. */
  readonly recipe: string;
  readonly text: string;
}

/** What a worker sends back; the files of a record lie under `filesKey`. */
export type WorkResult = { readonly record: RunRecord } | { readonly error: PlainError };

export interface Connection {
  readonly url: string;
  /** BullMQ asks for it: what waits for a job waits for as long as it takes. */
  readonly maxRetriesPerRequest: null;
}

const PREFIX = "minnow";
/** Seconds that the files of a finished job wait to be fetched. */
export const FILES_SECONDS = 24 * 3600;
/** Jobs that ended are kept as long, for a search that looks late. */
const kept = { age: FILES_SECONDS };
/** Times that a job whose worker failed is given out. */
const ATTEMPTS = 5;
/** Milliseconds between two looks for workers. */
const LOOK = 5000;

/** Workers of other code would make another thing, so they never see the job. */
export const queueName = (): string => `trials-${version()}-${codeHash().slice(0, 12)}`;

/** Options that queue, events and workers share. */
export const optionsOf = (url: string): { readonly connection: Connection; readonly prefix: string } => ({
  connection: { url, maxRetriesPerRequest: null },
  prefix: PREFIX,
});

/** Where the files of a finished job lie: a hash from place to content. */
export const filesKey = (id: string): string => `${PREFIX}:files:${id}`;

/** A connection that has answered; AppError `usage` where nothing does. The password of the address is never told. */
export async function connect(url: string): Promise<Redis> {
  const address = redisAddress(url);
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5000 });
  // told by the rejection
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch (cause) {
    redis.disconnect();
    throw new AppError("usage", `the queue cannot be reached: ${(cause as Error).message}`, {
      path: address,
      hint: "start a Redis server there, or check the address",
      cause,
    });
  }
}

/** The address without user and password; AppError `usage` where it is none of Redis. */
function redisAddress(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed || !/^rediss?:$/.test(parsed.protocol)) {
    throw new AppError(
      "usage",
      `${JSON.stringify(url.replace(/\/\/.*@/, "//"))} is no address of a Redis server`,
      {
        path: "--queue",
        hint: "--queue redis://host:6379",
      },
    );
  }
  return `${parsed.protocol}//${parsed.host}`;
}

/** Tells a lost connection once; the library connects again by itself. */
export function lossOf(emit: Emit): (error: Error) => void {
  const told = new Set<string>();
  return ({ message }) => {
    if (!told.has(message)) emit({ kind: "note", level: "warning", message: `the queue: ${message}` });
    told.add(message);
  };
}

export interface QueueOptions {
  readonly url: string;
  /** What an earlier search has made. */
  readonly finished: Pipeline["finished"];
  /** Folder that paths are relative to on this machine; workers have one of their own. */
  readonly cwd: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/**
 * Puts jobs on the queue and takes their results in; what an earlier search has taken in is not asked for again. A job whose
 * worker died is given to another. When this ends before they do, jobs that nobody has begun are taken back.
 */
export function queueRunner(options: QueueOptions): Runner {
  const { url, finished, cwd, emit, signal } = options;
  return async (jobs, each) => {
    const redis = await connect(url);
    const queue = new Queue<Work, WorkResult>(queueName(), optionsOf(url));
    const events = new QueueEvents(queueName(), optionsOf(url));
    // each job that is waited for listens to both
    const lost = lossOf(emit);
    queue.on("error", lost).setMaxListeners(0);
    events.on("error", lost).setMaxListeners(0);
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    stopped.catch(() => undefined);
    const looking = setInterval(() => void tellIdle(queue, emit), LOOK);
    const added: QueueJob<Work, WorkResult>[] = [];
    try {
      signal.throwIfAborted();
      await Promise.race([events.waitUntilReady(), stopped]);
      const known = new Map<Job, RunRecord>();
      const open: Job[] = [];
      for (const job of jobs) {
        const record = await finished({ recipePath: relative(cwd, job.recipe), recipeText: job.text, cwd });
        if (record) known.set(job, record);
        else open.push(job);
      }
      for (const [job, record] of known) await each(job, { record });
      if (open.length === 0) return;
      added.push(...(await queue.addBulk(open.map((job) => bulkOf(job, cwd)))));
      const ended = inTurn(options, open.length);
      const all = open.map(async (job, i) => {
        const outcome = await outcomeOf(job, must(added[i], "job"), events, redis);
        await ended(() => each(job, outcome));
      });
      await Promise.race([Promise.all(all), stopped]);
    } finally {
      clearInterval(looking);
      await Promise.allSettled(added.map((job) => job.remove()));
      await Promise.allSettled([events.close(), queue.close()]);
      redis.disconnect();
    }
  };
}

const bulkOf = ({ name, recipe, text }: Job, cwd: string) => ({
  name: "trial",
  data: { name, recipe: relative(cwd, recipe), text } satisfies Work,
  opts: { jobId: randomUUID(), attempts: ATTEMPTS, removeOnComplete: kept, removeOnFail: kept },
});

/** Does what is to be done at the end of each job, one after the other, and tells how many have ended. */
function inTurn({ emit }: QueueOptions, total: number): (work: () => Promise<void>) => Promise<void> {
  const id = "queue";
  emit({ kind: "start", id, title: "trials on the queue", total, unit: "trials" });
  const begin = performance.now();
  let [done, turn] = [0, Promise.resolve()];
  return (work) => {
    turn = turn.then(work).then(() => {
      emit({ kind: "progress", id, done: ++done, total, unit: "trials" });
      if (done === total) emit({ kind: "done", id, seconds: (performance.now() - begin) / 1000 });
    });
    return turn;
  };
}

async function outcomeOf(
  job: Job,
  queued: QueueJob<Work, WorkResult>,
  events: QueueEvents,
  redis: Redis,
): Promise<Outcome> {
  const result = await queued.waitUntilFinished(events).catch((cause: unknown): WorkResult => {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { error: { kind: "resource", message: `no worker could run it: ${why}` } };
  });
  if ("error" in result) return { error: errorOf(result.error) };
  const key = filesKey(queued.id ?? "");
  const files = new Map(Object.entries(await redis.hgetallBuffer(key)));
  if (files.size === 0)
    throw new AppError("input", "its files are no longer in the queue", { path: job.name });
  const release = holdFolder(job.output);
  try {
    await placeFiles(job.output, files);
  } finally {
    release();
  }
  await redis.del(key);
  return result;
}

async function tellIdle(queue: Queue, emit: Emit): Promise<void> {
  const workers = await queue.getWorkersCount().catch(() => 1);
  if (workers > 0) return;
  const message = "no worker of this version takes trials from the queue: start minnow worker";
  emit({ kind: "note", level: "warning", message });
}

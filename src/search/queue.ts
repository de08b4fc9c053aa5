// Runs on other machines: jobs go to a BullMQ queue in Redis, results come back as run records with their files.
import { createHash, createHmac, randomUUID } from "node:crypto";
import { relative } from "node:path";
import { Queue, QueueEvents, type Job as QueueJob } from "bullmq";
import { Redis } from "ioredis";
import { z } from "zod";
import { AppError, asAppError, codeHash, type Emit, exitCodes, must, version } from "../base/index.ts";
import { holdFolder, type Pipeline, placeFiles } from "../pipeline/index.ts";
import { parseRecord, type RunRecord } from "../record/index.ts";
import { toldAddress, withoutPasswords } from "./address.ts";
import { errorOf, type PlainError } from "./process.ts";
import { isOwn, type Job, type Outcome, type Runner } from "./runner.ts";
import { type Sealed, seal, unseal } from "./seal.ts";

/** What a worker is sent. */
export interface Work {
  readonly name: string;
  /** Relative to the folder that the search runs in; a worker has a folder of its own in its place. */
  readonly recipe: string;
  readonly text: string;
}

/** A file of a result, whose content lies under `filesKey`. */
export interface SentFile {
  readonly place: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a worker sends back. */
export type WorkResult =
  | { readonly record: RunRecord; readonly files: readonly SentFile[] }
  | { readonly error: PlainError };

const kinds = Object.keys(exitCodes) as readonly (keyof typeof exitCodes)[];
const resultSchema = z.union([
  z.looseObject({
    record: z.unknown(),
    files: z.array(z.strictObject({ place: z.string(), bytes: z.int().min(0), sha256: z.string() })),
  }),
  z.looseObject({
    error: z.strictObject({
      kind: z.enum(kinds),
      message: z.string(),
      path: z.string().optional(),
      hint: z.string().optional(),
    }),
  }),
]);

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

/** Workers of other code would make another thing, and those of another key could not be believed: they never see the job. */
export function queueName(key?: string): string {
  const code = `trials-${version()}-${codeHash().slice(0, 12)}`;
  const mark =
    key === undefined ? "" : `-${createHmac("sha256", key).update("queue").digest("hex").slice(0, 12)}`;
  return code + mark;
}

/** Options that queue, events and workers share. */
export const optionsOf = (url: string): { readonly connection: Connection; readonly prefix: string } => ({
  connection: { url, maxRetriesPerRequest: null },
  prefix: PREFIX,
});

/** Where the files of a finished job lie: a hash from place to content. */
export const filesKey = (id: string): string => `${PREFIX}:files:${id}`;

/** A connection that has answered; AppError `usage` where nothing does. The password of the address is never told. */
export async function connect(url: string): Promise<Redis> {
  const address = toldAddress(url);
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5000 });
  // told by the rejection
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch (cause) {
    redis.disconnect();
    throw new AppError(
      "usage",
      `the queue cannot be reached: ${withoutPasswords((cause as Error).message, url)}`,
      {
        path: address,
        hint: "start a Redis server there, or check the address",
      },
    );
  }
}

/** Tells a lost connection once; the library connects again by itself. */
export function lossOf(emit: Emit, url: string): (error: Error) => void {
  const told = new Set<string>();
  return (error) => {
    const message = withoutPasswords(error.message, url);
    if (!told.has(message)) emit({ kind: "note", level: "warning", message: `the queue: ${message}` });
    told.add(message);
  };
}

export interface QueueOptions {
  readonly url: string;
  /** What jobs and results are signed with; without it they are not. */
  readonly key?: string | undefined;
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
  const { url, key, finished, cwd, emit, signal } = options;
  return async (jobs, each) => {
    const redis = await connect(url);
    const queue = new Queue<Sealed, Sealed>(queueName(key), optionsOf(url));
    const events = new QueueEvents(queueName(key), optionsOf(url));
    // each job that is waited for listens to both
    const lost = lossOf(emit, url);
    queue.on("error", lost).setMaxListeners(0);
    events.on("error", lost).setMaxListeners(0);
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    stopped.catch(() => undefined);
    const looking = setInterval(() => void tellIdle(queue, options), LOOK);
    const added: QueueJob<Sealed, Sealed>[] = [];
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
      added.push(...(await queue.addBulk(open.map((job) => bulkOf(job, cwd, key)))));
      const ended = inTurn(options, open.length);
      const all = open.map(async (job, i) => {
        const outcome = await outcomeOf(job, must(added[i], "job"), { events, redis, key });
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

function bulkOf({ name, recipe, text }: Job, cwd: string, key: string | undefined) {
  const jobId = randomUUID();
  const work: Work = { name, recipe: relative(cwd, recipe), text };
  return {
    name: "trial",
    data: seal("job", jobId, work, key),
    opts: { jobId, attempts: ATTEMPTS, removeOnComplete: kept, removeOnFail: kept },
  };
}

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

interface Line {
  readonly events: QueueEvents;
  readonly redis: Redis;
  readonly key: string | undefined;
}

/** What became of the job; what came back and cannot be believed is an error of this job alone. */
async function outcomeOf(
  job: Job,
  queued: QueueJob<Sealed, Sealed>,
  { events, redis, key }: Line,
): Promise<Outcome> {
  const id = must(queued.id, "job id");
  let sealed: Sealed;
  try {
    sealed = await queued.waitUntilFinished(events);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { error: new AppError("resource", `no worker could run it: ${why}`) };
  }
  try {
    const result = resultSchema.parse(unseal("result", id, sealed, key));
    if ("error" in result) return { error: errorOf(result.error as PlainError) };
    const record = parseRecord(result.record, job.name);
    const files = await fetched(redis, id, result.files as readonly SentFile[], job.name);
    const release = holdFolder(job.output);
    try {
      await placeFiles(job.output, files);
    } finally {
      release();
    }
    await redis.del(filesKey(id));
    return { record };
  } catch (cause) {
    if (cause instanceof z.ZodError)
      return {
        error: new AppError("input", "the result is refused: it is not one of minnow's", { path: job.name }),
      };
    const error = asAppError(cause);
    if (!isOwn(error)) throw error;
    return { error };
  }
}

/** The files that the result lists, each as it lists them; whatever else lies there is left. */
async function fetched(
  redis: Redis,
  id: string,
  files: readonly SentFile[],
  name: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const { place, bytes, sha256 } of files) {
    const there = await redis.hstrlen(filesKey(id), place);
    const content = there === bytes ? await redis.hgetBuffer(filesKey(id), place) : null;
    if (content === null || createHash("sha256").update(content).digest("hex") !== sha256) {
      const what = there === 0 && bytes > 0 ? "is no longer in the queue" : "is not as its worker sent it";
      throw new AppError("input", `its file ${JSON.stringify(place)} ${what}`, { path: name });
    }
    found.set(place, content);
  }
  return found;
}

async function tellIdle(queue: Queue, { emit, key }: QueueOptions): Promise<void> {
  const workers = await queue.getWorkersCount().catch(() => 1);
  if (workers > 0) return;
  const which = key === undefined ? "this version" : "this version and key";
  const message = `no worker of ${which} takes trials from the queue: start minnow worker`;
  emit({ kind: "note", level: "warning", message });
}

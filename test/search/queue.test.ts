// The queue on a real Redis server: results come back whole and once, a dead worker's job is taken over, nothing is left behind.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AppError, type RunEvent } from "../../src/base/index.ts";
import {
  type Job,
  type Outcome,
  queueRunner,
  type WorkerOptions,
  workQueue,
} from "../../src/search/index.ts";
import { optionsOf, queueName } from "../../src/search/queue.ts";
import { record } from "../cli/record.ts";
import { hasRedis, noRedis, type RedisServer, startRedis } from "./redis.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minnow-queue-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const finished = async () => undefined;

test.each([
  ["redis://127.0.0.1:1", /^redis:\/\/127\.0\.0\.1:1: the queue cannot be reached/],
  ["redis://me:secret@127.0.0.1:1", /^redis:\/\/127\.0\.0\.1:1: the queue cannot be reached/],
  ["http://127.0.0.1", /^--queue: "http:\/\/127\.0\.0\.1" is no address of a Redis server/],
  ["nowhere", /^--queue: "nowhere" is no address/],
])("%s is refused, and no password is told", async (url, words) => {
  const runner = await queueRunner({ url, finished, cwd: folder, emit: () => undefined, signal: never });
  const refused = await runner([], async () => undefined).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(AppError);
  expect((refused as AppError).describe()).toMatch(words);
  expect((refused as AppError).describe()).not.toContain("secret");
  const worker = workQueue({ url, cwd: folder, emit: () => undefined, signal: never });
  await expect(worker).rejects.toMatchObject({ kind: "usage" });
});

describe.skipIf(!hasRedis)(hasRedis ? "with Redis" : noRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  /** A run's process whose recipe is a line of JavaScript over `options`; it writes a result of two files. */
  function entry(): string {
    const path = join(folder, "child.mjs");
    writeFileSync(
      path,
      `import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
process.once("message", async ({ options }) => {
  const { recipeText, recipePath, output, cwd } = options;
  if (recipeText === "fails") return process.send({ error: { kind: "diverged", message: "NaN" } }, () => process.disconnect());
  if (recipeText === "dies") process.kill(process.pid, "SIGKILL");
  if (recipeText === "waits") return setInterval(() => {}, 1000);
  const bytes = Buffer.from([0, 255, ...Buffer.from(recipeText + " of " + recipePath)]);
  mkdirSync(output + "/onnx", { recursive: true });
  writeFileSync(output + "/onnx/model.onnx", bytes);
  const outputs = [{ path: "onnx/model.onnx", bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") }];
  const inputs = { minnow: "", code: "", node: "", platform: "", cpu: "", threads: 1, seed: 1, recipe: { path: "", says: "" }, teacher: [], data: [] };
  writeFileSync(output + "/minnow.lock.json", JSON.stringify({ schema: "minnow.lock/1", inputs, outputs }));
  process.send({ record: { ...${JSON.stringify(record)}, name: recipeText } }, () => process.disconnect());
});
process.on("SIGTERM", () => process.exit(0));
`,
    );
    return path;
  }

  const jobOf = (text: string, i: number): Job => ({
    name: `${text} ${i}`,
    recipe: join(folder, `trials/${i}/recipe.yaml`),
    text,
    output: join(folder, `trials/${i}`),
  });

  const worker = (more: Partial<WorkerOptions> = {}) =>
    workQueue({
      url: server.url,
      cwd: folder,
      emit: () => undefined,
      signal: never,
      entry: entry(),
      ...more,
    });

  interface Searched {
    readonly outcomes: ReadonlyMap<string, Outcome>;
    readonly times: number;
  }
  async function search(
    jobs: readonly Job[],
    signal = never,
    emit = (_: RunEvent): void => undefined,
  ): Promise<Searched> {
    const outcomes = new Map<string, Outcome>();
    let times = 0;
    const runner = await queueRunner({ url: server.url, finished, cwd: folder, emit, signal });
    await runner(jobs, async ({ name }, outcome) => {
      outcomes.set(name, outcome);
      times++;
    });
    return { outcomes, times };
  }

  const counts = async () => {
    const queue = new Queue(queueName(), optionsOf(server.url));
    const all = await queue.getJobCounts("waiting", "active", "completed", "failed", "delayed");
    await queue.close();
    return Object.values(all).reduce((sum, count) => sum + count, 0);
  };

  test("every result comes back once, with its files, to the folder of its job", async () => {
    const controller = new AbortController();
    const workers = [0, 1].map(() => worker({ signal: controller.signal }).catch(({ message }) => message));
    const jobs = ["one", "two", "fails", "three", "four"].map(jobOf);
    const { outcomes, times } = await search(jobs);
    controller.abort(new AppError("terminated", "enough"));
    expect(await Promise.all(workers)).toEqual(["enough", "enough"]);
    expect(times).toBe(5);
    expect(outcomes.get("fails 2")).toMatchObject({ error: { kind: "diverged", message: "NaN" } });
    expect(outcomes.get("four 4")).toMatchObject({ record: { name: "four" } });
    const bytes = readFileSync(join(folder, "trials/4/onnx/model.onnx"));
    expect([bytes[0], bytes[1], bytes.subarray(2).toString()]).toEqual([
      0,
      255,
      "four of trials/4/recipe.yaml",
    ]);
    expect(existsSync(join(folder, "trials/4/.minnow"))).toBe(false);
    expect(await counts()).toBe(0);
    const redis = new Redis(server.url);
    expect(await redis.keys("minnow:files:*")).toEqual([]);
    await redis.quit();
  });

  test("a worker with --drain ends when nothing is waiting", async () => {
    const searching = search(["one", "two"].map(jobOf));
    await setTimeout(300);
    expect(await worker({ drain: true })).toEqual({ done: 2, failed: 0 });
    expect((await searching).times).toBe(2);
  });

  test("a job whose worker is gone without a word is given to another", async () => {
    // takes a job and never renews its hold of it, as a killed process does
    const dead = new Worker(queueName(), () => new Promise(() => undefined), {
      ...optionsOf(server.url),
      lockDuration: 500,
      skipLockRenewal: true,
      skipStalledCheck: true,
    });
    const taken = new Promise((resolve) => dead.on("active", resolve));
    const searching = search(["one", "two"].map(jobOf));
    await taken;
    const controller = new AbortController();
    const alive = worker({ signal: controller.signal }).catch(() => undefined);
    const { outcomes, times } = await searching;
    controller.abort(new Error("enough"));
    await alive;
    await dead.close(true);
    expect(times).toBe(2);
    expect([...outcomes.keys()].toSorted()).toEqual(["one 0", "two 1"]);
  }, 60_000);

  test("a job whose process is killed over and over is told in the end", async () => {
    const controller = new AbortController();
    const warnings: string[] = [];
    const emit = (event: RunEvent): void => void (event.kind === "note" && warnings.push(event.message));
    const working = worker({ signal: controller.signal, emit }).catch(() => undefined);
    const { outcomes } = await search([jobOf("dies", 0)]);
    controller.abort(new Error("enough"));
    await working;
    expect(outcomes.get("dies 0")).toMatchObject({ error: { kind: "resource" } });
    expect(warnings).toContain("the process of a run was killed");
  }, 60_000);

  test("a worker that is told to stop gives its job back at once", async () => {
    const controller = new AbortController();
    const begun = new Promise<void>((resolve) => {
      const emit = ({ kind }: RunEvent): void => void (kind === "start" && resolve());
      worker({ signal: controller.signal, emit }).catch(() => undefined);
    });
    const stopping = new AbortController();
    const searching = search([jobOf("waits", 0)], stopping.signal).catch((error: unknown) => error);
    await begun;
    controller.abort(new AppError("terminated", "asked to terminate"));
    const queue = new Queue(queueName(), optionsOf(server.url));
    while ((await queue.getWaitingCount()) === 0) await setTimeout(50);
    await queue.close();
    // and a search that is ended takes back what nobody has begun
    stopping.abort(new AppError("interrupted", "interrupted"));
    expect(await searching).toMatchObject({ kind: "interrupted" });
    expect(await counts()).toBe(0);
  }, 60_000);
});

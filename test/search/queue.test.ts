// The queue on a real Redis server: results come back whole and once, a dead worker's job is taken over, nothing is left behind.
import { createHash, randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Queue, QueueEvents, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { AppError, type RunEvent } from "../../src/base/index.ts";
import {
  type Job,
  type Outcome,
  queueRunner,
  type WorkerOptions,
  workQueue,
} from "../../src/search/index.ts";
import { filesKey, optionsOf, queueName } from "../../src/search/queue.ts";
import { seal } from "../../src/search/seal.ts";
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
  ["me:secret@127.0.0.1:1", /^--queue: "127\.0\.0\.1:1" is no address/],
  ["redis:me:secret@127.0.0.1:1", /^--queue: "127\.0\.0\.1:1" is no address/],
  ["127.0.0.1?password=secret", /^--queue: "127\.0\.0\.1" is no address/],
  ["redis://127.0.0.1:1?password=secret", /^redis:\/\/127\.0\.0\.1:1: the queue cannot be reached/],
  ["redis://me:secret@nowhere.invalid", /^redis:\/\/nowhere\.invalid: the queue cannot be reached/],
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
  if (process.env.MINNOW_QUEUE_KEY) return process.send({ error: { kind: "internal", message: "the key is here" } }, () => process.disconnect());
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
    key?: string,
  ): Promise<Searched> {
    const outcomes = new Map<string, Outcome>();
    let times = 0;
    const runner = await queueRunner({ url: server.url, key, finished, cwd: folder, emit, signal });
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

  /** A peer that writes into the queue whatever it likes, and is no program of minnow. */
  async function peerJob(data: unknown, key?: string): Promise<unknown> {
    const queue = new Queue(queueName(key), optionsOf(server.url));
    const events = new QueueEvents(queueName(key), optionsOf(server.url));
    try {
      await events.waitUntilReady();
      const job = await queue.add("trial", data, { jobId: `evil-${randomUUID()}` });
      return await job.waitUntilFinished(events).catch(({ message }: Error) => ({ failed: message }));
    } finally {
      await queue.clean(0, 100, "completed");
      await queue.clean(0, 100, "failed");
      await Promise.all([queue.close(), events.close()]);
    }
  }

  /** A hostile worker: answers each job with what `result` makes, and puts files where they are asked for. */
  async function withHostileWorker(
    result: (id: string) => unknown,
    files: Readonly<Record<string, string>>,
    work: () => Promise<void>,
    key?: string,
  ): Promise<void> {
    const redis = new Redis(server.url);
    const hostile = new Worker(
      queueName(key),
      async ({ id = "" }) => {
        await redis.hset(filesKey(id), { other: "", ...files });
        return result(id);
      },
      optionsOf(server.url),
    );
    try {
      await work();
    } finally {
      await hostile.close(true);
      await redis.flushall();
      await redis.quit();
    }
  }
  const sent = (files: Readonly<Record<string, string>>) =>
    Object.entries(files).map(([place, text]) => ({
      place,
      bytes: text.length,
      sha256: createHash("sha256").update(text).digest("hex"),
    }));
  const errorIn = ({ outcomes }: Searched): string => {
    const [outcome] = outcomes.values();
    return outcome && "error" in outcome ? outcome.error.describe() : "no error";
  };

  describe("what a hostile peer sends", () => {
    const key = "a key of enough characters";

    test.each(["../../owned", "/tmp/minnow-owned", "onnx/../../../owned", "up/owned"])(
      "a file for %s is not written, nor are those beside it",
      async (place) => {
        const files = { "onnx/model.onnx": "model", [place]: "owned" };
        mkdirSync(join(folder, "trials/0"), { recursive: true });
        symlinkSync(folder, join(folder, "trials/0/up"));
        await withHostileWorker(
          (id) => seal("result", id, { record, files: sent(files) }, undefined),
          files,
          async () => expect(errorIn(await search([jobOf("one", 0)]))).toMatch(/^the file ".*" is refused: /),
        );
        for (const path of [join(folder, "owned"), join(folder, "..", "owned"), "/tmp/minnow-owned"])
          expect(existsSync(path)).toBe(false);
        expect(existsSync(join(folder, "trials/0/onnx"))).toBe(false);
      },
      30_000,
    );

    test("files that are not as the result lists them are refused, and what it does not list is left", async () => {
      const files = { "onnx/model.onnx": "model", "package.json": "{}" };
      const listed = sent({ "onnx/model.onnx": "other" });
      await withHostileWorker(
        (id) => seal("result", id, { record, files: listed }, undefined),
        files,
        async () =>
          expect(errorIn(await search([jobOf("one", 0)]))).toMatch(
            /^one 0: its file "onnx\/model\.onnx" is not as its worker sent it/,
          ),
      );
      await withHostileWorker(
        (id) => seal("result", id, { record, files: sent({ "onnx/model.onnx": "model" }) }, undefined),
        files,
        async () => expect(errorIn(await search([jobOf("one", 0)]))).toBe("no error"),
      );
      expect(existsSync(join(folder, "trials/0/onnx/model.onnx"))).toBe(true);
      expect(existsSync(join(folder, "trials/0/package.json"))).toBe(false);
    }, 30_000);

    test.each<[string, (id: string) => unknown, RegExp]>([
      ["nothing", () => null, /^the result is refused: it is not one of minnow's/],
      ["a bare record", () => ({ record }), /^the result is refused: it is not one of minnow's/],
      [
        "the result of another job",
        () => seal("result", "other", { record, files: [] }, undefined),
        /another job/,
      ],
      ["a job", (id) => seal("job", id, { record, files: [] }, undefined), /another job/],
      [
        "a record that is none",
        (id) => seal("result", id, { record: { a: 1 }, files: [] }, undefined),
        /run record/,
      ],
      [
        "an error of no kind",
        (id) => seal("result", id, { error: { kind: "x", message: "" } }, undefined),
        /not one of minnow's/,
      ],
    ])("%s is refused as a result", async (_, result, words) => {
      await withHostileWorker(result, {}, async () => {
        expect(errorIn(await search([jobOf("one", 0)]))).toMatch(words);
      });
    });

    test.each<[string, (id: string) => unknown, RegExp]>([
      ["no signature", (id) => seal("result", id, { record, files: [] }, undefined), /it is not signed/],
      ["another key's", (id) => seal("result", id, { record, files: [] }, `${key}!`), /not by this key/],
      [
        "one over other bytes",
        (id) => ({ ...seal("result", id, { record, files: [] }, key), text: "{}" }),
        /not by this key/,
      ],
    ])("where there is a key, a result with %s is refused", async (_, result, words) => {
      await withHostileWorker(
        result,
        {},
        async () => expect(errorIn(await search([jobOf("one", 0)], never, undefined, key))).toMatch(words),
        key,
      );
    });

    const asked = async (
      text: string,
      more: Partial<WorkerOptions> = {},
      signWith?: string,
    ): Promise<string> => {
      const controller = new AbortController();
      const working = worker({ signal: controller.signal, ...more }).catch(() => undefined);
      const id = `evil-${randomUUID()}`;
      const work = seal("job", id, { name: "x", recipe: "r.yaml", text }, signWith);
      const queue = new Queue(queueName(more.key), optionsOf(server.url));
      const events = new QueueEvents(queueName(more.key), optionsOf(server.url));
      await events.waitUntilReady();
      const job = await queue.add("trial", work, { jobId: id });
      const back = (await job.waitUntilFinished(events)) as { readonly text: string };
      controller.abort(new Error("enough"));
      await working;
      await job.remove();
      await Promise.all([queue.close(), events.close()]);
      return back.text;
    };
    const recipeOf = (teacher: string, test: string): string =>
      `teacher: ${teacher}\ntask: { name: text-classification, test: ${JSON.stringify(test)} }\noutput: .\n`;

    test("a worker reads no model and no data outside of its folders, and sends nothing of them", async () => {
      const own = join(folder, "own");
      const data = join(folder, "data");
      for (const one of [own, data]) mkdirSync(join(one, "model"), { recursive: true });
      writeFileSync(join(folder, "secret.tsv"), "the secret\n");
      symlinkSync(folder, join(own, "up"));
      const cwd = own;
      for (const text of [
        recipeOf("model", join(folder, "secret.tsv")),
        recipeOf("model", "../secret.tsv"),
        recipeOf("model", "up/secret.tsv"),
        recipeOf("model", "../none.tsv"),
        recipeOf("/etc", "a.tsv"),
        recipeOf("../data/model", "a.tsv"),
        recipeOf("model", `${join(folder, "secret.json")}#train`),
      ]) {
        const back = await asked(text, { cwd });
        expect(back).toContain("it lies outside of the folders that this worker reads");
        expect(back).not.toContain("the secret");
      }
      expect(await asked(recipeOf("../data/model", "a.tsv"), { cwd, roots: [own, data] })).toContain(
        '"record"',
      );
      expect(await asked(recipeOf("model", "a.tsv"), { cwd, roots: [data] })).toContain("it lies outside");
    }, 60_000);

    test("a worker with a key takes signed jobs alone", async () => {
      expect(await asked("one", { key })).toContain("the job is refused: it is not signed");
      expect(await asked("one", { key }, `${key}!`)).toContain("its signature is not by this key");
      expect(await asked("one", { key }, key)).toContain('"record"');
    }, 30_000);

    test("a job that is none of minnow's is refused", async () => {
      const controller = new AbortController();
      const working = worker({ signal: controller.signal }).catch(() => undefined);
      for (const data of [{}, { name: "x", recipe: "r.yaml", text: "a: 1" }, { text: "[" }, { text: "{}" }])
        expect(JSON.stringify(await peerJob(data))).toMatch(/the job is refused|is not JSON/);
      controller.abort(new Error("enough"));
      await working;
    }, 30_000);

    test("with one key on both sides all is as without", async () => {
      const controller = new AbortController();
      const working = worker({ signal: controller.signal, key }).catch(() => undefined);
      // a worker without the key never sees the job
      const other = worker({ signal: controller.signal }).catch(() => undefined);
      vi.stubEnv("MINNOW_QUEUE_KEY", key);
      const { outcomes } = await search(["one", "two"].map(jobOf), never, undefined, key);
      vi.unstubAllEnvs();
      expect([...outcomes.values()].map((outcome) => "record" in outcome)).toEqual([true, true]);
      controller.abort(new Error("enough"));
      await Promise.all([working, other]);
      expect(readFileSync(join(folder, "trials/1/onnx/model.onnx")).toString()).toContain("two of");
    }, 30_000);
  });
});

// A sweep of twelve trials over two workers through Redis, one of them killed while it works: every trial is there, none twice.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../docs/documents.ts";
import { hasRedis, noRedis, type RedisServer, startRedis } from "../search/redis.ts";
import { type Installed, installed, type Started } from "./installed.ts";

declare module "vitest" {
  interface TaskMeta {
    /** What `npm run evidence` tells of the sweep. */
    sweep?: {
      readonly trials: number;
      /** Rows of done trials in sweep.json, and their different names. */
      readonly done: number;
      readonly named: number;
      /** Rows of results in compare.json, and the different runs that they are of. */
      readonly rows: number;
      readonly runs: number;
      /** Trials whose folder has every file that its lock lists, as it was written. */
      readonly whole: number;
      /** Trials that each worker took: the one that was killed, and the other. */
      readonly taken: readonly number[];
    };
  }
}

const TRIALS = 12;

/** recipes/sweep.yaml on a few rows, with short trainings. */
const recipe = (): string =>
  readFileSync(join(root, "recipes/sweep.yaml"), "utf8")
    .replaceAll("../fixtures/models", "fixtures/models")
    .replaceAll("../fixtures/intents/", "")
    .replace("../out/sweep", "out")
    .replace("epochs: 6", "epochs: 1")
    .replace("batch: 16, budget: 0.5", "batch: 1, budget: 0.05, sensitivity: 0, robustness: 0");

interface Swept {
  readonly trials: readonly { readonly name: string; readonly state: string; readonly folder: string }[];
  readonly best: { readonly name: string };
}
interface Compared {
  readonly rows: readonly { readonly kind: string; readonly run: string }[];
}

describe.skipIf(!hasRedis)(hasRedis ? "with Redis" : noRedis, () => {
  let world: Installed;
  let server: RedisServer;
  const running: Started[] = [];
  beforeAll(async () => {
    server = await startRedis();
    world = installed({ trainStep: 30, testStep: 30 });
    writeFileSync(join(world.folder, "sweep.yaml"), recipe());
  }, 60_000);
  afterAll(async () => {
    for (const { child } of running) child.kill("SIGKILL");
    await server.stop();
    rmSync(world.folder, { recursive: true });
  });

  const start = (...words: readonly string[]): Started => {
    const one = world.start([...words, "--queue", server.url, "--progress", "plain"]);
    running.push(one);
    return one;
  };
  // the teacher is a link out of the folder
  const models = join(root, "fixtures/models");
  const worker = (cache: string): Started =>
    start("worker", "--root", ".", "--root", models, "--cache", cache);
  const takenBy = (err: string): number => err.match(/^start step=[\da-f-]{36}$/gm)?.length ?? 0;

  test("a killed worker's trial is taken over", async ({ task }) => {
    const [doomed, other] = [worker("one"), worker("two")];
    const sweep = start("compress", "sweep.yaml");
    await doomed.says(/start step=distill/);
    doomed.child.kill("SIGKILL");
    const killed = await doomed.ended;
    const { code, out, err } = await sweep.ended;
    expect([code, err.match(/error/)]).toEqual([0, null]);
    other.child.kill("SIGTERM");
    const stopped = await other.ended;
    expect([killed.code, stopped.code]).toEqual([null, 143]);
    const { trials, best } = world.json("out/sweep.json") as Swept;
    const { rows } = world.json("out/compare.json") as Compared;
    const results = rows.filter(({ kind }) => kind === "run");
    const done = trials.filter(({ state }) => state === "done");
    const whole = done.filter(({ folder }) => world.minnow("verify", join("out", folder)).code === 0);
    const found = {
      trials: trials.length,
      done: done.length,
      named: new Set(done.map(({ name }) => name)).size,
      rows: results.length,
      runs: new Set(results.map(({ run }) => run)).size,
      whole: whole.length,
    };
    task.meta.sweep = { ...found, taken: [takenBy(killed.err), takenBy(stopped.err)] };
    expect(found).toEqual({
      trials: TRIALS,
      done: TRIALS,
      named: TRIALS,
      rows: TRIALS,
      runs: TRIALS,
      whole: TRIALS,
    });
    expect(out.match(/^hidden=\S+ ratio=\S+/gm)).toEqual(trials.map(({ name }) => name));
    expect(out).toContain(`the best of ${TRIALS} trials: ${best.name}`);
    expect(world.files("out").filter((file) => file.includes("/.minnow/"))).toEqual([]);
    const verified = world.minnow("verify", "out");
    expect([verified.code, verified.out]).toEqual([0, expect.stringContaining("as it was written")]);
    const again = world.minnow("compress", "sweep.yaml", "--queue", server.url);
    expect([again.code, again.err]).toEqual([0, ""]);
  }, 180_000);
});

// A sweep over two workers through Redis, one of them killed while it works: every trial is there, none twice.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasRedis, noRedis, type RedisServer, startRedis } from "../search/redis.ts";
import { type Ended, type Installed, installed, teacher } from "./installed.ts";

describe.skipIf(!hasRedis)(hasRedis ? "with Redis" : noRedis, () => {
  let world: Installed;
  let server: RedisServer;
  const running: ChildProcess[] = [];
  beforeAll(async () => {
    server = await startRedis();
    world = installed({ trainStep: 10, testStep: 30 });
    writeFileSync(
      join(world.folder, "sweep.yaml"),
      `teacher: ${teacher}
task: { name: text-classification, train: train.tsv, test: test.tsv, text: text, label: intent }
steps:
  - distill: { student: { layers: 1, hidden: 32 }, start: projected, epochs: 1 }
  - quantize: { kind: dynamic }
output: out
measure: { batch: 1, budget: 0.05 }
sweep: { over: { "steps[0].distill.epochs": [1, 2, 3] } }
`,
    );
  }, 60_000);
  afterAll(async () => {
    for (const child of running) child.kill("SIGKILL");
    await server.stop();
    rmSync(world.folder, { recursive: true });
  });

  /** Starts minnow; what it says on stderr so far, and how it ends. */
  function start(...words: readonly string[]) {
    const script = join(world.folder, "node_modules/minnow/bin/minnow.js");
    const child = spawn(process.execPath, [script, ...words], { cwd: world.folder });
    running.push(child);
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, out, err })));
    return { child, said: () => err, ended };
  }

  test("a killed worker's trial is taken over", async () => {
    const queue = ["--queue", server.url] as const;
    const worker = (cache: string) => start("worker", ...queue, "--cache", cache, "--progress", "plain");
    const doomed = worker("one");
    const sweep = start("compress", "sweep.yaml", ...queue, "--progress", "plain");
    while (!doomed.said().includes("start step=distill")) await setTimeout(20);
    doomed.child.kill("SIGKILL");
    await doomed.ended;
    const other = worker("two");
    const { code, out, err } = await sweep.ended;
    expect([code, err.match(/error/)]).toEqual([0, null]);
    other.child.kill("SIGTERM");
    expect((await other.ended).code).toBe(143);
    const { trials, best } = world.json("out/sweep.json") as {
      readonly trials: readonly { readonly name: string; readonly state: string; readonly folder: string }[];
      readonly best: { readonly name: string };
    };
    expect(trials.map(({ name, state }) => [name, state])).toEqual(
      [1, 2, 3].map((epochs) => [`epochs=${epochs}`, "done"]),
    );
    expect(out.match(/^epochs=\d/gm)).toEqual(["epochs=1", "epochs=2", "epochs=3"]);
    expect(out).toContain(`the best of 3 trials: ${best.name}`);
    for (const { folder } of trials) {
      expect(existsSync(join(world.folder, "out", folder, "onnx/model_quantized.onnx"))).toBe(true);
      expect(existsSync(join(world.folder, "out", folder, ".minnow"))).toBe(false);
    }
    const verified = world.minnow("verify", "out");
    expect([verified.code, verified.out]).toEqual([0, expect.stringContaining("as it was written")]);
    const again = world.minnow("compress", "sweep.yaml", ...queue);
    expect([again.code, again.err]).toEqual([0, ""]);
  }, 120_000);
});

// What is remembered between runs: results as they were, training that goes on with the same bits, broken entries made again.
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { RunEvent } from "../../src/base/index.ts";
import { Store } from "../../src/cache/index.ts";
import type { Bundle } from "../../src/families/index.ts";
import { namedWeights, print } from "../../src/ir/index.ts";
import { type MethodContext, methodNamed } from "../../src/methods/index.ts";
import { answersKey, Memory } from "../../src/pipeline/memory.ts";
import { contextFor, dataset, tinyModel } from "../methods/world.ts";

function newStore(): Store {
  const folder = mkdtempSync(join(tmpdir(), "minnow-memory-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return new Store(folder, 1e9);
}

/** Ends nothing. */
const { signal: onward } = new AbortController();

const weightsOf = (model: Bundle): Record<string, string> =>
  Object.fromEntries(
    [...namedWeights(model.model.graph)].map(([name, { bytes }]) => [
      name,
      Buffer.from(bytes).toString("base64"),
    ]),
  );

const training = { epochs: 3, batch: 8, learningRate: 1e-3 };
const cases = [
  [
    "distill",
    { ...training, student: { layers: 1, hidden: 32, heads: 4, intermediate: 64 }, start: "random" },
  ],
  ["prune.magnitude", { sparsity: 0.5, schedule: "cubic", finetune: training }],
  ["prune.neurons", { ratio: 0.25, finetune: training }],
] as const;

/** The method's result when it is ended after every `after` steps and begun anew, over and over. */
async function inPieces(name: string, params: unknown, store: Store, after: number): Promise<Bundle> {
  const model = tinyModel();
  const memory = new Memory(store, () => undefined, onward);
  for (let tries = 0; tries < 20; tries++) {
    const controller = new AbortController();
    let steps = 0;
    const context: MethodContext = {
      ...(await contextFor(model)),
      signal: controller.signal,
      emit: ({ kind }) => {
        if (kind === "progress" && ++steps === after) controller.abort(new Error("ended here"));
      },
    };
    const checkpoints = memory.checkpoints("key", "training", 1e9);
    try {
      const { model: result } = await methodNamed(name)
        .bind(params)
        .apply(model, { ...context, ...(checkpoints && { checkpoints }) });
      return result;
    } catch (cause) {
      if ((cause as Error).message !== "ended here") throw cause;
    }
  }
  throw new Error("it never came to its end");
}

describe.each(cases)("%s", (name, params) => {
  test.each([1, 2, 5])("ended after every %i steps, it ends with the same bits", async (after) => {
    const model = tinyModel();
    const whole = await methodNamed(name)
      .bind(params)
      .apply(model, await contextFor(model));
    const pieces = await inPieces(name, params, newStore(), after);
    expect(weightsOf(pieces)).toEqual(weightsOf(whole.model));
  });
});

test("answers to the first items of a file are not taken for answers to more of them", async () => {
  const { engine, threads } = await contextFor(tinyModel());
  const given = { engine, threads, train: undefined, model: "", teacher: "" };
  const keyOf = (count: number): string => answersKey("model", dataset(count), 1, given);
  expect(keyOf(8)).toBe(keyOf(8));
  expect(keyOf(8)).not.toBe(keyOf(16));
});

describe("results", () => {
  const step = async (): Promise<Parameters<Memory["result"]>[3]> => {
    const model = tinyModel();
    const applied = await methodNamed("prune.neurons")
      .bind({ ratio: 0.25 })
      .apply(model, await contextFor(model));
    return async () => ({ ...applied, seconds: 1.5 });
  };
  const events: RunEvent[] = [];
  const memoryOf = (store: Store): Memory => new Memory(store, (event) => events.push(event), onward);
  const never = (): never => {
    throw new Error("it was made again");
  };

  test("come back as they were", async () => {
    const store = newStore();
    const model = tinyModel();
    const made = await memoryOf(store).result("key", "a step", model, await step());
    const again = await memoryOf(store).result("key", "a step", model, never);
    expect([made.cached, again.cached]).toEqual([false, true]);
    expect(print(again.model.model.graph)).toBe(print(made.model.model.graph));
    expect(weightsOf(again.model)).toEqual(weightsOf(made.model));
    const { model: _, cached: __, ...rest } = made;
    expect(again).toMatchObject(rest);
    expect(again.model.config).toEqual(made.model.config);
    expect(again.model.family?.name).toBe("bert");
  });

  test("that two ask for at once are made once", async () => {
    const store = newStore();
    const model = tinyModel();
    const make = await step();
    let times = 0;
    const slowly = async () => {
      times++;
      await setTimeout(150);
      return make();
    };
    const [one, two] = await Promise.all([
      memoryOf(store).result("key", "a step", model, slowly),
      memoryOf(store).result("key", "a step", model, slowly),
    ]);
    expect([one.cached, two.cached, times]).toEqual([false, true, 1]);
    expect(weightsOf(two.model)).toEqual(weightsOf(one.model));
    expect(events.at(-1)).toMatchObject({
      message: `process ${process.pid} is making a step: waiting for it`,
    });
  });

  test("that were changed on the disk are made again, and the user is told", async () => {
    const store = newStore();
    const model = tinyModel();
    await memoryOf(store).result("key", "a step", model, await step());
    const place = join(store.folder, "key");
    for (const name of readdirSync(place)) if (name.endsWith(".onnx")) appendFileSync(join(place, name), "x");
    const again = await memoryOf(store).result("key", "a step", model, await step());
    expect(again.cached).toBe(false);
    expect(events.at(-1)).toMatchObject({ kind: "note", level: "warning" });
    expect((await memoryOf(store).result("key", "a step", model, never)).cached).toBe(true);
  });
});

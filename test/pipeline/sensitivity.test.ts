// Which part costs most: the most distorted layer of a real model comes first; many parts are joined or left out, and counted.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Change } from "../../src/base/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import type { Bundle } from "../../src/families/index.ts";
import { namedWeights, withWeights } from "../../src/ir/index.ts";
import { type Method, methodNamed } from "../../src/methods/index.ts";
import { openModel } from "../../src/pipeline/open.ts";
import { type SensitivityOptions, sensitivityOf } from "../../src/pipeline/sensitivity.ts";
import { type Dataset, taskNamed } from "../../src/tasks/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { root } from "../docs/documents.ts";
import { dataset, task, tinyModel } from "../methods/world.ts";

/** Turns down the matrices of some changes, whose words are the factor. */
const fading: Method = {
  ...methodNamed("prune.magnitude"),
  name: "fade",
  only({ model: { graph } }, changes) {
    const weights = namedWeights(graph);
    const faded = changes.flatMap(({ target, what }) => {
      const tensor = weights.get(target);
      const factor = Number(what);
      return tensor
        ? [
            [
              target,
              Tensor.floats(
                tensor.shape,
                tensor.floats.map((x) => factor * x),
              ),
            ] as const,
          ]
        : [];
    });
    return withWeights(graph, new Map(faded));
  },
};

async function optionsFor(test: Dataset | undefined, more: Partial<SensitivityOptions> = {}) {
  return {
    engine: await openEngine(),
    threads: 1,
    signal: new AbortController().signal,
    emit: () => undefined,
    task,
    test,
    items: 64,
    remember: (_set, _rows, _parts, make) => make(),
    ...more,
  } satisfies SensitivityOptions;
}

const stepOf = (base: Bundle, changes: readonly Change[], refused: readonly string[] = []) => ({
  id: "fade",
  method: fading,
  base,
  before: "teacher",
  result: { model: base, changes, refused: refused.map((target) => ({ target, why: "none" })) },
});

describe("on the fixture teacher", () => {
  const folder = join(root, "fixtures/intents");
  async function world() {
    const model = await openModel(join(root, "fixtures/models/intents-teacher"), {
      cwd: root,
      use: "change",
    });
    const { tokenizer, labels, maxLength } = model;
    if (!tokenizer) throw new Error("no tokenizer");
    const text = taskNamed("text-classification");
    const context = { model: "teacher", config: {}, tokenizer, labels, maxLength, folder, labelled: true };
    const data = await text.load("test.tsv", text.params.parse({ label: "intent" }), context);
    const targets = [...namedWeights(model.model.graph).keys()].filter((name) =>
      /layer\.\d+\..*dense\.weight$/.test(name),
    );
    return { model, data, targets };
  }

  test("the part that is distorted most costs most, whichever it is", async () => {
    const { model, data, targets } = await world();
    expect(targets.length).toBeGreaterThan(2);
    for (const worst of targets) {
      const changes = targets.map((target) => ({ target, what: target === worst ? "0" : "0.98" }));
      const found = await sensitivityOf(stepOf(model, changes), await optionsFor(data));
      expect(found).toMatchObject({
        ...{ against: "teacher", items: 64 },
        distance: { name: "kl", unit: "nats" },
        metric: { name: "accuracy", unit: "share" },
      });
      expect(found?.parts.map(({ target }) => target).toSorted()).toEqual(targets.toSorted());
      const [first, second] = found?.parts ?? [];
      expect(first?.target).toBe(worst);
      expect(first?.distance.low).toBeGreaterThan(second?.distance.high ?? Number.POSITIVE_INFINITY);
      expect(first?.difference?.n).toBe(64);
    }
  });

  test("a part that changes nothing costs exactly nothing", async () => {
    const { model, data, targets } = await world();
    const changes = targets.slice(0, 1).map((target) => ({ target, what: "1" }));
    const found = await sensitivityOf(stepOf(model, changes), await optionsFor(data));
    expect(found?.parts[0]).toMatchObject({
      distance: { value: 0, low: 0, high: 0, n: 64 },
      difference: { value: 0, lost: 0, gained: 0 },
    });
  });
});

describe("parts", () => {
  const model = tinyModel();
  const many = (count: number, name: (i: number) => string): Change[] =>
    Array.from({ length: count }, (_, i) => ({ target: name(i), what: "1" }));
  /** The same answers of every model, so that none has to be made. */
  const remember: SensitivityOptions["remember"] = async (set, _rows, parts) =>
    new Float32Array((parts.length + 1) * set.items.length * 3);
  const tried = async (base: Bundle, changes: readonly Change[], refused: readonly string[] = []) => {
    const options = await optionsFor(dataset(), { remember });
    return sensitivityOf(stepOf(base, changes, refused), options);
  };

  test("up to 32 stand for themselves, but for those that were refused", async () => {
    const found = await tried(
      model,
      many(32, (i) => `weight ${i}`),
      ["weight 3"],
    );
    expect(found?.parts).toHaveLength(31);
    expect(found?.parts.every(({ changes }) => changes === 1)).toBe(true);
    expect(found).not.toHaveProperty("left");
  });

  test("more are joined by the layers that the family knows", async () => {
    const name = (i: number): string => `bert.encoder.layer.${Math.floor(i / 6)}.part.${i % 6}.weight`;
    const found = await tried(model, [...many(72, name), { target: "classifier.weight", what: "1" }]);
    expect(found?.parts).toHaveLength(13);
    expect(found?.parts.find(({ target }) => target === "layer 11")?.changes).toBe(6);
    expect(found?.parts.find(({ target }) => target === "classifier.weight")?.changes).toBe(1);
  });

  test("of more without layers 32 are tried, spread over the model, and the rest is counted", async () => {
    const found = await tried(
      { ...model, family: undefined },
      many(100, (i) => `weight ${i}`),
    );
    expect(found?.left).toBe(68);
    const places = found?.parts.map(({ target }) => Number(target.split(" ")[1])).sort((a, b) => a - b) ?? [];
    expect(places).toHaveLength(32);
    expect(places[0]).toBe(0);
    places.slice(1).forEach((place, i) => {
      expect([3, 4]).toContain(place - (places[i] ?? 0));
    });
  });

  test("are not tried without items, test data, changes, or a method that has parts", async () => {
    const step = stepOf(
      model,
      many(2, (i) => `weight ${i}`),
    );
    const options = await optionsFor(dataset(), { remember });
    expect(await sensitivityOf(step, options)).toBeDefined();
    expect(await sensitivityOf(step, { ...options, items: 0 })).toBeUndefined();
    expect(await sensitivityOf(step, { ...options, test: undefined })).toBeUndefined();
    expect(await sensitivityOf(stepOf(model, []), options)).toBeUndefined();
    expect(await sensitivityOf({ ...step, method: methodNamed("distill") }, options)).toBeUndefined();
  });

  test("end at once when the run does, with the signal's reason", async () => {
    const controller = new AbortController();
    const target = [...namedWeights(model.model.graph).keys()].find((name) => name.endsWith("query.weight"));
    const options = await optionsFor(dataset(), {
      signal: controller.signal,
      emit: ({ kind }) => {
        if (kind === "progress") controller.abort(new Error("ended here"));
      },
    });
    const step = stepOf(model, [{ target: target ?? "", what: "1" }]);
    await expect(sensitivityOf(step, options)).rejects.toThrow("ended here");
  });
});

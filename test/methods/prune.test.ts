// Pruning: how much goes, what stays, that zeros hold and that a smaller model loads again.
import { describe, expect, test } from "vitest";
import { checkpointTensors, type LoadedModel, loadCheckpoint } from "../../src/families/index.ts";
import { namedWeights } from "../../src/ir/index.ts";
import { methodNamed } from "../../src/methods/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { answers, apply, dataset, tinyModel } from "./world.ts";

const zeros = (model: LoadedModel, pattern = /dense|query|key|value|classifier/) => {
  let [none, all] = [0, 0];
  for (const [name, tensor] of namedWeights(model.model.graph)) {
    if (tensor.shape.length !== 2 || !pattern.test(name)) continue;
    none += tensor.floats.filter((value) => value === 0).length;
    all += tensor.size;
  }
  return none / all;
};

describe("magnitude", () => {
  const magnitude = methodNamed("prune.magnitude");
  test("zeroes its share of the matrices, and refuses tables and vectors by name", async () => {
    const { model, refused } = await apply(magnitude, { sparsity: 0.4 }, tinyModel());
    expect(zeros(model)).toBeCloseTo(0.4, 2);
    expect(refused.find(({ target }) => target.includes("word_embeddings"))?.why).toContain("lookup table");
  });
  test("takes the same share of each matrix when asked", async () => {
    const { model } = await apply(magnitude, { sparsity: 0.5, scope: "layer" }, tinyModel());
    for (const name of ["query", "intermediate", "classifier"])
      expect(zeros(model, new RegExp(name))).toBeCloseTo(0.5, 1);
  });
  test.each(["one-shot", "cubic"])("holds its zeros while it fine-tunes (%s)", async (schedule) => {
    const finetune = { epochs: 3, batch: 8 };
    const { model } = await apply(magnitude, { sparsity: 0.5, schedule, finetune }, tinyModel());
    expect(zeros(model)).toBeCloseTo(0.5, 2);
    const before = namedWeights(tinyModel().model.graph).get("classifier.bias")?.floats[0];
    expect(namedWeights(model.model.graph).get("classifier.bias")?.floats[0]).not.toBe(before);
  });
  test("a cubic schedule without fine-tuning is refused", () => {
    expect(magnitude.bind({ sparsity: 0.5, schedule: "cubic" }).requires(tinyModel())).toMatchObject([
      { target: "schedule" },
    ]);
  });
});

describe.each(["prune.heads", "prune.neurons"])("%s", (name) => {
  const method = methodNamed(name);
  const wide = { intermediate_size: 32 };
  test.each(["taylor", "norm"])(
    "makes the graph smaller by %s, and the model loads again",
    async (importance) => {
      const { model, changes } = await apply(
        method,
        { ratio: 0.5, importance, calibration: 3, scope: "layer" },
        tinyModel(wide),
      );
      expect(changes.length).toBeGreaterThan(0);
      const size = (one: LoadedModel) =>
        [...namedWeights(one.model.graph).values()].reduce((sum, tensor) => sum + tensor.size, 0);
      expect(size(model)).toBeLessThan(size(tinyModel(wide)));
      const again = loadCheckpoint(
        {
          path: "again",
          config: model.config,
          tensors: checkpointTensors(model),
          labels: model.labels,
          tokenizer: undefined,
        },
        opTable,
      );
      expect([...(await answers(again, dataset()))]).toEqual([...(await answers(model, dataset()))]);
    },
  );
  test("keeps at least one head, and neurons in eights", async () => {
    const { model } = await apply(method, { ratio: 0.99, importance: "norm" }, tinyModel(wide));
    const layers = model.family?.dims(model.config).layers ?? [];
    expect(layers.length).toBeGreaterThan(0);
    for (const { heads, intermediate } of layers) {
      expect(heads).toBeGreaterThanOrEqual(1);
      expect(intermediate % 8).toBe(0);
      expect(intermediate).toBeGreaterThanOrEqual(8);
    }
  });
  test("refuses a quantized model", async () => {
    const { model } = await apply(methodNamed("quantize.dynamic"), {}, tinyModel());
    expect(method.bind({ ratio: 0.5 }).requires(model).length).toBeGreaterThan(0);
  });
});

// Pruning: how much goes, what stays, that zeros hold and that a smaller model loads again.
import { describe, expect, test } from "vitest";
import { type Bundle, checkpointTensors, loadCheckpoint } from "../../src/families/index.ts";
import { Builder, namedWeights } from "../../src/ir/index.ts";
import { methodNamed } from "../../src/methods/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { answers, apply, dataset, tinyModel } from "./world.ts";

const zeros = (model: Bundle, pattern = /dense|query|key|value|classifier/) => {
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
  test("takes what a product reads, tables only when asked, and never what is only added or a constant", async () => {
    const b = new Builder(opTable);
    const ids = b.input("ids", "i64", ["batch", 4]);
    const filled = (...shape: number[]): Tensor => {
      const size = shape.reduce((all, dim) => all * dim, 1);
      return Tensor.floats(
        shape,
        Float32Array.from({ length: size }, (_, i) => 0.001 * (i + 1)),
      );
    };
    const mask = Tensor.floats([4, 1], [0, -1e5, 0, 0]);
    const x = b.add(b.gather(b.weight("words", filled(9, 8)), ids), b.weight("positions", filled(1, 4, 8)));
    const seen = b.add(b.matmul(x, b.weight("stack", filled(1, 8, 8))), b.weight("mask", mask));
    const left = b.matmul(b.weight("left", filled(4, 4)), seen);
    const logits = b.matmul(left, b.transpose(b.weight("turned", filled(3, 8)), [1, 0]));
    const model = { ...tinyModel(), family: undefined, model: { graph: b.finish({ logits }), metadata: {} } };
    const share = async (raw: object) => {
      const { model: pruned, refused } = await apply(
        magnitude,
        { sparsity: 0.5, scope: "layer", ...raw },
        model,
      );
      const zeros = [...namedWeights(pruned.model.graph)].flatMap(([name, { floats, size }]) => {
        const none = floats.filter((value) => value === 0).length / size;
        return none > 0 && name !== "mask" ? [[name, none]] : [];
      });
      expect(namedWeights(pruned.model.graph).get("mask")?.numbers()).toEqual(mask.numbers());
      return {
        zeros: Object.fromEntries(zeros),
        refused: Object.fromEntries(refused.map((one) => [one.target, one.why])),
      };
    };
    const plain = await share({});
    expect(plain.zeros).toEqual({ stack: 0.5, left: 0.5, turned: 0.5 });
    expect(plain.refused).toEqual({
      words: "a lookup table: its rows are read, and tables is false",
      positions: "no product reads it, only Add",
      mask: "a constant: the model does not learn it",
    });
    expect((await share({ tables: true })).zeros).toEqual({ words: 0.5, stack: 0.5, left: 0.5, turned: 0.5 });
  });
  test("says of a model without a matrix to prune what its weights are", async () => {
    const { model } = await apply(methodNamed("quantize.dynamic"), {}, tinyModel());
    const [refusal] = magnitude.bind({ sparsity: 0.5 }).requires(model);
    expect(refusal?.why).toContain(
      "more: it is int8, already quantized: prune the float model that it was made from",
    );
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
      const size = (one: Bundle) =>
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
    const layers = model.family?.sizes(model.config).layers ?? [];
    expect(layers.length).toBeGreaterThan(0);
    for (const { heads, intermediate } of layers) {
      expect(heads).toBeGreaterThanOrEqual(1);
      expect(intermediate % 8).toBe(0);
      expect(intermediate).toBeGreaterThanOrEqual(8);
    }
  });
  test("refuses a quantized model", async () => {
    const { model } = await apply(methodNamed("quantize.dynamic"), {}, tinyModel());
    for (const importance of ["taylor", "norm"])
      expect(method.bind({ ratio: 0.5, importance }).requires(model)).toEqual([
        {
          target: "model",
          why: "it is quantized: prune the float model that it was made from, then quantize",
        },
      ]);
  });
});

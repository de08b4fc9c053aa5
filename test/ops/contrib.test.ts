// Operators of ONNX Runtime's optimised files: what their examples do not reach.
import { expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import { Builder, type Graph } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { furthest, runOnce } from "../conformance/calls.ts";

const drawn = (shape: readonly number[], seed: number): Tensor => {
  const random = rng(seed, "contrib");
  const size = shape.reduce((all, dim) => all * dim, 1);
  return Tensor.floats(
    shape,
    Array.from({ length: size }, () => 2 * random.next() - 1),
  );
};

/** A skipping norm that gives its sum too, as the layer after it wants it. */
function skipping(op: string, inputs: number): Graph {
  const b = new Builder(opTable);
  const x = b.input("x", "f32", ["batch", 3, 4]);
  const skip = b.input("skip", "f32", ["batch", 3, 4]);
  const vectors = Array.from({ length: inputs - 2 }, (_, i) => b.constant(drawn([4], 10 + i)));
  const [Y, , , total] = b.opN(op, [x, skip, ...vectors]);
  if (!Y || !total) throw new Error("no outputs");
  return b.finish({ Y, total });
}

test.each([
  ["com.microsoft.SkipLayerNormalization", 4],
  ["com.microsoft.SkipSimplifiedLayerNormalization", 3],
])("%s gives the sum under its norm", async (op, inputs) => {
  const feeds = { x: drawn([2, 3, 4], 1), skip: drawn([2, 3, 4], 2) };
  const { total } = await runOnce(skipping(op, inputs), feeds);
  const sums = feeds.x.numbers().map((one, i) => one + (feeds.skip.numbers()[i] ?? 0));
  expect(furthest(total ?? feeds.x, Tensor.floats([2, 3, 4], sums))).toBeLessThan(1e-6);
});

test("an attention without bias is refused: the engine would end the process", () => {
  const b = new Builder(opTable);
  const x = b.input("x", "f32", ["batch", "length", 4]);
  const weights = b.constant(drawn([4, 12], 3));
  expect(() => b.op("com.microsoft.Attention", [x, weights], { num_heads: 2 })).toThrow(
    "com.microsoft.Attention needs its input bias",
  );
});

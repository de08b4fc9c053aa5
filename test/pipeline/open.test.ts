// Opening an ONNX file: weights in their canonical form, and NaN or infinity in one told with its name.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Builder, type Value } from "../../src/ir/index.ts";
import { writeModel } from "../../src/onnx/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { openFile } from "../../src/pipeline/open.ts";
import { Tensor } from "../../src/tensor/index.ts";

async function opened(make: (b: Builder, x: Value) => Value) {
  const folder = mkdtempSync(join(tmpdir(), "minnow-open-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const b = new Builder(opTable);
  const graph = b.finish({ y: make(b, b.input("x", "f32", ["batch", 2])) });
  const path = join(folder, "model.onnx");
  await writeModel({ graph, metadata: {} }, path, opTable);
  const { model } = await openFile(path);
  return { path, weights: [...model.graph.weights] };
}

test.each([
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
])("%s in a weight is an input error that names the tensor and the place", async (value, word) => {
  const { path, weights } = await opened((b, x) =>
    b.op("Gemm", [
      x,
      b.weight("w", Tensor.floats([2, 2], [1, 2, 3, 4])),
      b.weight("c", Tensor.floats([2], [0, value])),
    ]),
  );
  const read = (name: string) => weights.find(([one]) => one.name === name)?.[1].floats;
  expect(read("w")).toEqual(Float32Array.of(1, 2, 3, 4));
  expect(() => read("c")).toThrow(
    expect.objectContaining({ kind: "input", path, message: `tensor "c" is ${word} at [1]` }),
  );
});

test("a mask may hold infinities", async () => {
  const mask = Tensor.floats([2, 2], [0, Number.NEGATIVE_INFINITY, 0, 0]);
  const { weights } = await opened((b, x) =>
    b.add(b.matmul(x, b.transpose(x, [1, 0])), b.weight("mask", mask)),
  );
  expect(weights[0]?.[1].floats).toEqual(mask.floats);
});

test("a weight behind Transpose is the weight the other way round", async () => {
  const { weights } = await opened((b, x) =>
    b.matmul(x, b.transpose(b.weight("w", Tensor.floats([3, 2], [1, 2, 3, 4, 5, 6])), [1, 0])),
  );
  expect(weights.map(([{ name }, { shape }]) => [name, shape])).toEqual([["w", [2, 3]]]);
  expect(weights[0]?.[1].numbers()).toEqual([1, 3, 5, 2, 4, 6]);
});

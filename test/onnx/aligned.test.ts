// Weights that lie at odd places of a file are moved in its bytes, and stay what they are.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Builder } from "../../src/ir/index.ts";
import { readModel, writeModel } from "../../src/onnx/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

const folder = mkdtempSync(join(tmpdir(), "minnow-aligned-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A sum of `count` weights of `size` elements, the first so many of them small enough to stand close together. */
function model(count: number, size: number) {
  const b = new Builder(opTable);
  let sum = b.input("x", "f32", [size]);
  for (let i = 0; i < count; i++) {
    const values = Float32Array.from({ length: size }, (_, at) => Math.sin(1 + i * size + at));
    sum = b.add(sum, b.weight("w".repeat(i + 1), Tensor.floats([size], values)));
  }
  return { graph: b.finish({ y: sum }), metadata: {} };
}

test.each([3, 31, 32, 33, 5000])("%i floats a weight", async (size) => {
  const path = join(folder, `${size}.onnx`);
  const written = model(9, size);
  await writeModel(written, path, opTable);
  const { graph } = await readModel(path, opTable);
  const expected = new Map([...written.graph.weights].map(([{ name }, tensor]) => [name, tensor]));
  expect(graph.weights.size).toBe(9);
  for (const [{ name }, tensor] of graph.weights) {
    expect(tensor.numbers()).toEqual(expected.get(name)?.numbers());
    if (size >= 32) expect(tensor.data.buffer).toBe(tensor.bytes.buffer);
  }
});

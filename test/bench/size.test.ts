// Size: bytes of files, and what counts as a parameter.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { countParameters, measureFiles } from "../../src/bench/index.ts";
import { Builder } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

describe("measureFiles", () => {
  test("adds up the files, as they are and compressed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "minnow-size-"));
    const contents = [Buffer.alloc(3_000_000, "minnow"), Buffer.from("external data")];
    const paths = contents.map((_, i) => join(folder, `${i}.bin`));
    await Promise.all(paths.map((path, i) => writeFile(path, contents[i] ?? "")));
    const gzipBytes = contents.reduce((sum, content) => sum + gzipSync(content, { level: 6 }).byteLength, 0);
    expect(await measureFiles(paths)).toEqual({ bytes: 3_000_013, gzipBytes });
    await rm(folder, { recursive: true });
  });

  test("names a file that is not there", async () => {
    await expect(measureFiles(["/nowhere/model.onnx"])).rejects.toMatchObject({
      path: "/nowhere/model.onnx",
    });
  });
});

describe("countParameters", () => {
  test("counts float weights, and not scalars, shapes and constants", () => {
    const b = new Builder(opTable);
    const x = b.input("x", "f32", ["batch", 2]);
    const w = b.weight("w", Tensor.floats([2, 3], [1, 0, 2, 0, 0, 3]));
    const bias = b.weight("bias", Tensor.floats([3], [0, 1, 2]));
    const y = b.add(b.matmul(x, w), bias);
    const shifted = b.add(
      b.mul(y, b.weight("temperature", Tensor.floats([], [4]))),
      b.constant(Tensor.floats([3], [1, 1, 1])),
    );
    const out = b.op("Reshape", [shifted, b.weight("shape", Tensor.ints([-1, 3]))]);
    expect(countParameters(b.finish({ out }))).toEqual({ parameters: 9, nonzero: 5 });
  });

  test("takes integers at their zero point for zeros, and leaves scales and zero points out", () => {
    const b = new Builder(opTable);
    const x = b.input("x", "u8", ["batch", 2]);
    const w = b.weight("w", Tensor.from("i8", [2, 3], [5, 1, 9, 0, 1, -3]));
    const zero = b.weight("z", Tensor.from("i8", [3], [5, 1, 0]));
    const product = b.op("Cast", [b.op("MatMulInteger", [x, w, undefined, zero])], { to: 1 });
    const out = b.mul(product, b.weight("w_scale", Tensor.floats([3], [0.1, 0.2, 0.3])));
    expect(countParameters(b.finish({ out }))).toEqual({ parameters: 6, nonzero: 3 });
  });

  test("counts a weight that is dequantized, and a 32-bit bias with a scale", () => {
    const b = new Builder(opTable);
    const scale = (): ReturnType<Builder["weight"]> => b.weight("s", Tensor.floats([], [0.5]));
    const u8 = b.weight("u8", Tensor.from("u8", [2, 2], [128, 128, 3, 0]));
    const w = b.op("DequantizeLinear", [u8, scale(), b.weight("zero", Tensor.from("u8", [], [128]))]);
    const i32 = b.weight("bias", Tensor.from("i32", [2], [0, 70000]));
    const out = b.add(w, b.op("DequantizeLinear", [i32, scale()]));
    expect(countParameters(b.finish({ out }))).toEqual({ parameters: 6, nonzero: 3 });
  });
});

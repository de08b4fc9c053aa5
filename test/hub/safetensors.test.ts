// Reading and writing safetensors: every element type, laziness, determinism, and a file that changes in
// between.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/hub/index.ts";
import { type DType, Tensor } from "../../src/tensor/index.ts";
import { failure, folderWith, rawSafetensors } from "./folder.ts";

const types: readonly DType[] = [
  "f32",
  "f16",
  "bf16",
  "f64",
  "i8",
  "u8",
  "i16",
  "u16",
  "i32",
  "u32",
  "i64",
  "u64",
  "bool",
];

test.each(types)("%s tensors survive a round trip, bit by bit", async (dtype) => {
  const path = join(folderWith(), "a.safetensors");
  const tensor = Tensor.from(dtype, [2, 3], [0, 1, 1, 0, 1, 1]);
  await writeSafetensors(path, new Map([["x", tensor]]));
  const read = readSafetensors(path).get("x");
  expect(read?.dtype).toBe(dtype);
  expect(read?.shape).toEqual([2, 3]);
  expect(Buffer.from(read?.bytes ?? [])).toEqual(Buffer.from(tensor.bytes));
});

test("a scalar, an empty tensor and names with quotes are kept", async () => {
  const path = join(folderWith(), "a.safetensors");
  const tensors = new Map([
    ["scalar", Tensor.floats([], [1.5])],
    ["empty", Tensor.floats([0, 4], [])],
    ['a "quoted" \\ näme', Tensor.ints([1, 2])],
  ]);
  await writeSafetensors(path, tensors);
  const read = readSafetensors(path);
  expect(new Set(read.keys())).toEqual(new Set(tensors.keys()));
  expect(read.get("scalar")?.numbers()).toEqual([1.5]);
  expect(read.get("empty")?.shape).toEqual([0, 4]);
});

test("the bytes do not depend on the order of the map, and the metadata says who reads them", async () => {
  const folder = folderWith();
  const a = ["a", Tensor.from("u8", [3], [1, 2, 3])] as const;
  const b = ["b", Tensor.floats([2], [1, 2])] as const;
  await writeSafetensors(join(folder, "1"), new Map([a, b]));
  await writeSafetensors(join(folder, "2"), new Map([b, a]));
  const bytes = readFileSync(join(folder, "1"));
  expect(bytes).toEqual(readFileSync(join(folder, "2")));
  const length = Number(bytes.readBigUInt64LE());
  expect(length % 8).toBe(0);
  expect(JSON.parse(bytes.toString("utf8", 8, 8 + length))).toEqual({
    __metadata__: { format: "pt" },
    b: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
    a: { dtype: "U8", shape: [3], data_offsets: [8, 11] },
  });
});

test("bytes are read when they are asked for, not before", () => {
  const header = { x: { dtype: "U8", shape: [2], data_offsets: [0, 2] } };
  const folder = folderWith({ "a.safetensors": rawSafetensors(header, Buffer.from([7, 9])) });
  const tensor = readSafetensors(join(folder, "a.safetensors")).get("x");
  expect(tensor?.numbers()).toEqual([7, 9]);
});

test("a file that changed after it was opened is refused", async () => {
  const header = { x: { dtype: "U8", shape: [2], data_offsets: [0, 2] } };
  const folder = folderWith({ "a.safetensors": rawSafetensors(header, Buffer.from([7, 9])) });
  const path = join(folder, "a.safetensors");
  const tensor = readSafetensors(path).get("x");
  writeFileSync(path, rawSafetensors({ ...header, y: { dtype: "U8", shape: [1], data_offsets: [2, 3] } }, 3));
  const { kind, text } = await failure(() => tensor?.bytes);
  expect(kind).toBe("input");
  expect(text).toContain("a.safetensors: it has changed since it was opened");
});

test("a file is written over itself: lazy tensors are read before it is replaced", async () => {
  const folder = folderWith();
  const path = join(folder, "a.safetensors");
  await writeSafetensors(path, new Map([["x", Tensor.floats([2], [1, 2])]]));
  await writeSafetensors(path, new Map([...readSafetensors(path), ["y", Tensor.floats([1], [3])]]));
  expect(readSafetensors(path).get("x")?.numbers()).toEqual([1, 2]);
  expect(readdirSync(folder)).toEqual(["a.safetensors"]);
});

test("4-bit tensors have no place in the format: refused before anything is written", async () => {
  const path = join(folderWith(), "a.safetensors");
  const { text } = await failure(() =>
    writeSafetensors(path, new Map([["x", new Tensor("i4", [2], new Uint8Array(1))]])),
  );
  expect(text).toContain('the i4 tensor "x" cannot be stored as safetensors');
  expect(existsSync(path)).toBe(false);
});

test("metadata that is null is none, as for the safetensors library", () => {
  const entry = { dtype: "U8", shape: [1], data_offsets: [0, 1] };
  const folder = folderWith({ "a.safetensors": rawSafetensors({ __metadata__: null, x: entry }, 1) });
  expect(readSafetensors(join(folder, "a.safetensors")).get("x")?.numbers()).toEqual([0]);
});

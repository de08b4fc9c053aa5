// Broken and hostile ONNX files: cut short, deeply nested, lying about sizes, or no ONNX at all.
import { mkdtempSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { inspectProto, readModel, readModelBytes } from "../../src/onnx/index.ts";
import type { Draft } from "../../src/onnx/schema.ts";
import { encode } from "../../src/onnx/wire.ts";
import { file, info, read, refusal, table } from "../onnx/table.ts";

const identity = { op_type: "Identity", input: ["x"], output: ["y"], name: "copy" };
const valid = file({
  node: [identity],
  initializer: [{ name: "w", dims: [300], data_type: 1, raw_data: new Uint8Array(1200) }],
});
const open = (bytes: Uint8Array): unknown => readModelBytes(bytes, "m.onnx", table);

describe("bytes that are no model", () => {
  test("cut anywhere, it is refused", () => {
    expect(open(valid)).toBeDefined();
    for (let part = 0; part < 50; part++) {
      const cut = valid.subarray(0, Math.floor((valid.length * part) / 50));
      expect(
        refusal(() => open(cut)),
        `cut at ${cut.length}`,
      ).toMatch(/^m\.onnx: it is not an ONNX model: /);
    }
    expect(refusal(() => open(valid.subarray(0, -1)))).toBe(
      "m.onnx: it is not an ONNX model: its bytes end too early. Hint: it may have been cut short; fetch or export it again",
    );
  });

  test("with bytes changed, it is read or refused, never anything else", () => {
    const change = fc.record({ at: fc.nat(valid.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(valid);
        for (const { at, to } of changes) bytes[at] = to;
        expect(refusal(() => open(bytes))).not.toContain("not an AppError");
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test("random bytes are refused", () => {
    const refused = (bytes: Uint8Array): void => {
      expect(refusal(() => open(bytes))).toContain("it is not an ONNX model");
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), refused), { numRuns: 500, seed: 1 });
  });

  const latin = (text: string): Uint8Array => Buffer.from(text, "latin1");
  test.each<[string, Uint8Array]>([
    ["it is empty", new Uint8Array(0)],
    ["it looks like a PNG picture", latin("\x89PNG\r\n\x1a\n")],
    ["it looks like a web page", latin("\n<!DOCTYPE html><html>")],
    [
      "it looks like a git-lfs pointer. Hint: fetch",
      latin("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    ],
    ["it looks like a safetensors file", latin('\x10\0\0\0\0\0\0\0{"a":{}}')],
    ["it looks like a zip archive (PyTorch's", latin("PK\x03\x04")],
    ["it looks like a Python pickle", latin("\x80\x02}q")],
    ["it looks like a GGUF model", latin("GGUF\x03")],
    ["it looks like an ORT-format model", latin("\x18\0\0\0ORTM")],
    ["it looks like a TensorFlow Lite model", latin("\x1c\0\0\0TFL3")],
    [
      "it looks like a JSON file. Hint: a model is a folder with config.json",
      latin('{\n "model_type": "bert"}'),
    ],
    [
      "it looks like a text file. Hint: a model is a folder with config.json",
      latin("An encoder of four layers.\n"),
    ],
    ["it has no graph", encode("ModelProto", { ir_version: 8 })],
    ["it names no opset", encode("ModelProto", { graph: { name: "g" } })],
  ])("%s", (expected, bytes) => {
    expect(refusal(() => open(bytes))).toContain(`m.onnx: it is not an ONNX model: ${expected}`);
  });
});

describe("nesting", () => {
  const nested = (depth: number, wrap: (inner: Uint8Array) => Uint8Array): Uint8Array => {
    let bytes: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < depth; i++) bytes = wrap(bytes);
    return bytes;
  };

  test("groups without end are refused", () => {
    const startOfGroup30 = [0xf3, 0x01];
    const groups = Uint8Array.from({ length: 200_000 }, (_, i) => startOfGroup30[i % 2] ?? 0);
    expect(refusal(() => open(groups))).toContain("it is not an ONNX model");
  });

  test("graphs within graphs are not opened by the reader, and counted 100 deep", async () => {
    const wrap = (inner: Uint8Array): Uint8Array =>
      encode("GraphProto", {
        node: [{ op_type: "If", attribute: [{ name: "then_branch", type: 5, g: inner }] }],
      });
    const deep = (depth: number): Uint8Array =>
      file({ node: [{ ...identity, attribute: [{ name: "body", type: 5, g: nested(depth, wrap) }] }] });
    expect(refusal(() => open(deep(500)))).toContain("the attribute body is a graph");
    const path = join(mkdtempSync(join(tmpdir(), "minnow-onnx-")), "m.onnx");
    writeFileSync(path, deep(100));
    expect((await inspectProto(path)).ops.get("If")).toBe(100);
    writeFileSync(path, deep(500));
    await expect(inspectProto(path)).rejects.toThrow("nested more than 100 deep");
  });
});

describe("sizes that are not true", () => {
  const low = -1;
  const weight = (tensor: Draft<"TensorProto">): string =>
    refusal(() => read({ node: [identity], initializer: [{ name: "w", data_type: 1, ...tensor }] }));
  test.each<[string, Draft<"TensorProto">]>([
    ["the weight w holds 4 bytes, its shape takes 8", { dims: [2], raw_data: new Uint8Array(4) }],
    ["the weight w holds 12 bytes, its shape takes 8", { dims: [2], raw_data: new Uint8Array(12) }],
    ["the weight w holds 4 bytes, its shape takes 0", { dims: [0], raw_data: new Uint8Array(4) }],
    ["the weight w holds 0 bytes, its shape takes 4000000000000", { dims: [1e6, 1e6] }],
    ["the weight w holds 4 bytes, its shape takes 400", { dims: [100], float_data: [new Uint8Array(4)] }],
    [
      "the weight w holds 1 numbers in int64_data, its shape takes 4000000000000",
      { dims: [4e12], data_type: 7, int64_data: [new Uint8Array(1)] },
    ],
    [
      "the weight w holds 1 numbers in int32_data, its shape takes 1",
      { dims: [1], data_type: 6, int32_data: [Uint8Array.of(1, 0x80)] },
    ],
    ["which no tensor can have", { dims: [2 ** 40, 2 ** 40] }],
    ["which no tensor can have", { dims: [{ low, high: 0x7fffffff }, 2] }],
    ["the weight w has the shape [-1,-1], which no tensor can have", { dims: [-1, -1] }],
  ])("%s", (expected, tensor) => {
    expect(weight(tensor)).toContain(expected);
  });

  test("negative and endless dimensions of inputs", () => {
    const input = (dim: number): string => refusal(() => read({ input: [info("x", dim)], node: [identity] }));
    expect(input(-2)).toBe("m.onnx: the input x has the dimension -2 at axis 0");
    expect(input(2 ** 60)).toContain("the input x has the dimension");
  });
});

test("a missing file, a folder and a file above 2 GiB", async () => {
  const folder = mkdtempSync(join(tmpdir(), "minnow-onnx-"));
  const failure = async (path: string): Promise<string> =>
    readModel(path, table).then(
      () => "read",
      (error) => (error instanceof AppError ? error.describe() : String(error)),
    );
  expect(await failure(join(folder, "none.onnx"))).toContain(
    "none.onnx: the model cannot be read: there is no such file",
  );
  expect(await failure(folder)).toContain("it is a folder");
  const huge = join(folder, "huge.onnx");
  writeFileSync(huge, "");
  truncateSync(huge, 2 ** 31);
  expect(await failure(huge)).toContain(
    "an ONNX file has less than 2 GiB. Hint: save the model with external data",
  );
});

test("names that JavaScript objects have of their own are only names", () => {
  const odd = ["__proto__", "constructor", "toString"];
  const model = read(
    {
      input: odd.map((name) => info(name, name)),
      output: odd.map((name) => info(`${name}_`, name)),
      node: odd.map((name) => ({ ...identity, input: [name], output: [`${name}_`] })),
    },
    { metadata_props: odd.map((key) => ({ key, value: "v" })) },
  );
  expect(model.graph.inputs.map(({ type }) => type.shape)).toEqual(odd.map((name) => [name]));
  expect(Object.keys(model.metadata)).toEqual(odd);
  const attribute = { name: "__proto__", type: 2, i: 1 };
  expect(refusal(() => read({ node: [{ ...identity, attribute: [attribute] }] }))).toContain("__proto__");
  expect(refusal(() => read({ node: [{ ...identity, op_type: "constructor" }] }))).toContain(
    "not known: constructor",
  );
});

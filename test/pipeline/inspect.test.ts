// inspect answers for every file that is ONNX; the other commands refuse what minnow does not read, and say what helps.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { nonzeroOf } from "../../src/bench/index.ts";
import type { Draft } from "../../src/onnx/schema.ts";
import { encode } from "../../src/onnx/wire.ts";
import { inspectModel } from "../../src/pipeline/index.ts";
import { openModel } from "../../src/pipeline/open.ts";
import { dtypes, Tensor } from "../../src/tensor/index.ts";
import { attribute, file, info } from "../onnx/table.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "minnow-inspect-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Graph = Draft<"GraphProto">;
const node = (
  op_type: string,
  input: readonly string[],
  output: readonly string[],
  more: Draft<"NodeProto"> = {},
): Draft<"NodeProto"> => ({ op_type, input, output, ...more });
const weight = (name: string, values: readonly number[]): Draft<"TensorProto"> => ({
  name,
  dims: [values.length],
  data_type: 1,
  raw_data: new Uint8Array(Float32Array.from(values).buffer),
});
const branch = encode("GraphProto", { node: [node("Relu", ["x"], ["b"])], output: [{ name: "b" }] });
const typed = (name: string, elem_type: number): Draft<"ValueInfoProto"> => ({
  name,
  type: { tensor_type: { elem_type, shape: { dim: [{ dim_param: "n" }, {}] } } },
});
const relu = [node("Relu", ["x"], ["y"])];

const cases: Readonly<Record<string, readonly [Graph, Draft<"ModelProto"> & { readonly opset?: number }]>> = {
  "a branch": [
    {
      node: [
        node("Relu", ["x"], ["h"]),
        node("If", ["c"], ["y"], { attribute: [{ name: "then_branch", type: 5, g: branch }] }),
      ],
      initializer: [weight("w", [1, 0, -2])],
    },
    {},
  ],
  "after ONNX Runtime's optimizer": [
    { node: [node("FusedMatMulActivation", ["x", "x"], ["y"], { domain: "com.microsoft" })] },
    {},
  ],
  "quantized by another tool": [{ node: [node("QLinearMatMul", ["x"], ["y"])] }, {}],
  "functions of its own": [
    {
      node: [node("Lin", ["x"], ["h"], { domain: "local" }), node("Lin", ["h"], ["y"], { domain: "local" })],
    },
    { functions: [{ name: "Lin", domain: "local" }] },
  ],
  "an op of another field": [{ node: [node("DeformConv", ["x"], ["y"])] }, {}],
  "text as input": [{ node: relu, input: [typed("x", 8)] }, {}],
  "a sequence as input": [{ node: relu, input: [{ name: "x", type: {} }] }, {}],
  "a weight of 8-bit floats": [
    { node: relu, initializer: [{ name: "f8", dims: [2], data_type: 17, raw_data: new Uint8Array(2) }] },
    {},
  ],
  "a newer opset": [{ node: relu }, { opset: 99 }],
  "an older meaning": [
    { node: [node("Softmax", ["x"], ["y"], { attribute: [attribute("axis", 0)] })] },
    { opset: 11 },
  ],
  "axes that only running tells": [
    { node: [node("Unsqueeze", ["x", "a"], ["y"])], input: [info("x", 2, 3), typed("a", 7)] },
    {},
  ],
};

describe("a file that is ONNX and that minnow does not read", () => {
  test.each(Object.entries(cases))("%s", async (_, [graph, model]) => {
    const path = join(folder, "model.onnx");
    writeFileSync(path, file(graph, model));
    const { path: named, file: read, ...found } = await inspectModel({ model: path });
    expect([named, read]).toEqual([path, path]);
    expect(found).toMatchSnapshot();
    const refusal = await openModel(path, { cwd: ".", use: "show" }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AppError);
    if (!(refusal instanceof AppError)) return;
    expect(refusal.exitCode).toBe(3);
    expect([refusal.message, refusal.hint]).toEqual([found.unread?.why, found.unread?.hint]);
  });
});

test("what is broken, or no ONNX, is refused by inspect too", async () => {
  const path = join(folder, "broken.onnx");
  const refused = async (bytes: Uint8Array): Promise<unknown> => {
    writeFileSync(path, bytes);
    return inspectModel({ model: path }).catch((error: unknown) => error);
  };
  const cut = await refused(file({ node: relu }).subarray(0, 20));
  const unmade = await refused(file({ node: [node("Relu", ["z"], ["y"])] }));
  const endless = await refused(
    file({ node: [node("Split", ["x"], ["y"], { attribute: [attribute("num_outputs", 2 ** 30)] })] }),
  );
  for (const error of [cut, unmade, endless]) expect(error).toMatchObject({ exitCode: 3, path });
});

test("a file that minnow reads has no such words", async () => {
  const path = join(folder, "read.onnx");
  writeFileSync(
    path,
    file({ node: [node("Add", ["x", "w"], ["y"])], initializer: [weight("w", [1, 0, -2])] }),
  );
  expect(await inspectModel({ model: path })).toMatchObject({
    parameters: 3,
    nonzero: 2,
    ops: [{ op: "Add", count: 1 }],
    weights: [{ name: "w", dtype: "f32", shape: [3], bytes: 12, nonzero: 2 }],
  });
  expect(await inspectModel({ model: path })).not.toHaveProperty("unread");
});

describe("elements that are not zero", () => {
  const values = [0, 1, -0, 2, 0, 3, 0];
  test.each(Object.entries(dtypes).filter(([, { bits }]) => bits > 4))("%s", (dtype) => {
    expect(nonzeroOf(Tensor.from(dtype as keyof typeof dtypes, [7], values))).toBe(3);
  });
  test("half floats are zero whatever their sign, two 4-bit integers lie in a byte", () => {
    expect(nonzeroOf(new Tensor("f16", [2], Uint8Array.of(0, 0x80, 1, 0)))).toBe(1);
    expect(nonzeroOf(new Tensor("i4", [3], Uint8Array.of(0xf0, 0xf1)))).toBe(2);
  });
});

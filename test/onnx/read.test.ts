// Reading: names, dimensions, typed tensor fields, constants, and the opsets around the IR's own.
import { describe, expect, test } from "vitest";
import { print } from "../../src/ir/index.ts";
import { readModelBytes } from "../../src/onnx/index.ts";
import type { Draft } from "../../src/onnx/schema.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { attribute, file, info, read, refusal, table } from "./table.ts";

const identity: Draft<"NodeProto"> = { op_type: "Identity", input: ["x"], output: ["y"] };
const node = (
  op_type: string,
  attributes: readonly Draft<"AttributeProto">[] = [],
  more: Draft<"NodeProto"> = {},
) => ({
  op_type,
  input: ["x"],
  output: ["y"],
  attribute: attributes,
  ...more,
});

describe("graphs", () => {
  test("weights keep their names, constants have none, an input with an initializer is a weight", () => {
    const tensor = { dims: [2, 3], data_type: 1, raw_data: new Uint8Array(24) };
    const model = read(
      {
        input: [info("x", "batch", 3), info("w", 2, 3)],
        initializer: [
          { ...tensor, name: "w" },
          { ...tensor, name: "unused" },
        ],
        node: [
          { op_type: "Constant", output: ["k"], attribute: [{ name: "value", type: 4, t: tensor }] },
          { op_type: "Add", input: ["x", "w"], output: ["s"], name: "sum", domain: "ai.onnx" },
          { op_type: "Add", input: ["s", "k"], output: ["y"] },
        ],
      },
      { metadata_props: [{ key: "author", value: "me" }] },
    );
    expect(print(model.graph)).toMatchInlineSnapshot(`
      "input %x: f32[batch,3]
      weight %w: f32[2,3]
      %2: f32[batch,3] = Add(%x, %w)
      %4: f32[batch,3] = Add(%2, {0,0,0,0,0,0})
      output y = %4"
    `);
    expect(model.graph.nodes[0]?.name).toBe("sum");
    expect(model.metadata).toEqual({ author: "me" });
  });

  test("absent inputs and outputs", () => {
    const several = { op_type: "Several", domain: "test", input: ["x", "", "x"], output: ["", "y"] };
    const { graph } = read({ node: [several] });
    expect(graph.nodes[0]?.inputs.map((input) => input?.name)).toEqual(["x", undefined, "x"]);
    expect(graph.nodes[0]?.outputs).toHaveLength(2);
    expect(graph.outputs[0]?.value).toBe(graph.nodes[0]?.outputs[1]);
  });

  test("outputs stay in the file's order, whole numbers as names too", () => {
    const { graph } = read({ node: [identity], output: [info("y", 2, 3), info("x", 2, 3)] });
    expect(graph.outputs.map(({ name }) => name)).toEqual(["y", "x"]);
    const numbered = read({
      node: [
        { ...identity, output: ["b"] },
        { ...identity, output: ["7"] },
      ],
      output: [info("b", 2, 3), info("7", 2, 3)],
    });
    expect(numbered.graph.outputs.map(({ name }) => name)).toEqual(["b", "7"]);
  });

  test("nodes in any order: each comes after what it reads, the others stay where they are", () => {
    const made = (input: string, output: string) =>
      node("Identity", [], { input: [input], output: [output], name: output });
    const order = (...nodes: Draft<"NodeProto">[]) =>
      read({ node: nodes, output: [info("y", 2, 3)] }).graph.nodes.map(({ name }) => name);
    const add = node("Add", [], { input: ["a", "b"], output: ["y"], name: "y" });
    expect(order(add, made("c", "b"), made("x", "a"), made("x", "c"))).toEqual(["a", "c", "b", "y"]);
    expect(order(made("x", "c"), made("x", "a"), made("c", "b"), add)).toEqual(["c", "a", "b", "y"]);
    const depth = 20_000;
    const chain = Array.from({ length: depth }, (_, i) =>
      made(i === 0 ? "x" : `v${i - 1}`, i === depth - 1 ? "y" : `v${i}`),
    );
    expect(order(...chain.toReversed())).toEqual(chain.map(({ name }) => name));
  });

  test("dimensions become symbols without signs, equal names equal symbols", () => {
    const shape = [
      "batch size",
      "2*n",
      "n?",
      undefined,
      "past + new",
      "7",
      "new",
      "batch size",
      "2 * (n)",
      -1,
    ] as const;
    const { graph } = read({ input: [info("x", ...shape)], node: [identity] });
    expect(graph.inputs[0]?.type.shape).toEqual([
      "batch_size",
      "2*n",
      "n_",
      "x_3",
      "new+past",
      7,
      "new",
      "batch_size",
      "d2_n_",
      "x_9",
    ]);
  });
});

test("a dimension of no elements is one, not one that is unknown", () => {
  const { graph } = read({ input: [info("x", 2, 0, undefined)], node: [identity] });
  expect(graph.inputs[0]?.type.shape).toEqual([2, 0, "x_2"]);
});

describe("tensor fields", () => {
  const varints = (...values: bigint[]): Uint8Array =>
    Uint8Array.from(
      values.flatMap((value) => {
        const bytes: number[] = [];
        for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
          bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
          if (rest < 128n) return bytes;
        }
      }),
    );
  const bytesOf = (data: ArrayBufferView): Uint8Array =>
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const huge = [(1n << 63n) - 1n, -(1n << 63n), -1n, 300n];
  const cases: readonly [string, Draft<"TensorProto">, readonly (number | bigint)[]][] = [
    ["float_data", { data_type: 1, dims: [2], float_data: [bytesOf(Float32Array.of(1.5, -2))] }, [1.5, -2]],
    [
      "float_data in two parts",
      { data_type: 1, dims: [2], float_data: [bytesOf(Float32Array.of(1.5)), bytesOf(Float32Array.of(-2))] },
      [1.5, -2],
    ],
    [
      "double_data",
      { data_type: 11, dims: [1], double_data: [bytesOf(Float64Array.of(Math.PI))] },
      [Math.PI],
    ],
    ["int64_data", { data_type: 7, dims: [4], int64_data: [varints(...huge)] }, huge],
    [
      "uint64_data",
      { data_type: 13, dims: [1], uint64_data: [varints((1n << 64n) - 1n)] },
      [(1n << 64n) - 1n],
    ],
    ["uint64_data of u32", { data_type: 12, dims: [1], uint64_data: [varints(4294967295n)] }, [4294967295]],
    [
      "int32_data",
      { data_type: 6, dims: [3], int32_data: [varints(-5n, 2147483647n, 0n)] },
      [-5, 2147483647, 0],
    ],
    ["int32_data of i8", { data_type: 3, dims: [2], int32_data: [varints(-128n, 127n)] }, [-128, 127]],
    ["int32_data of bool", { data_type: 9, dims: [2], int32_data: [varints(1n, 0n)] }, [1, 0]],
    ["int32_data of i16", { data_type: 5, dims: [2], int32_data: [varints(-300n, 300n)] }, [-300, 300]],
    ["int32_data of f16 bits", { data_type: 10, dims: [1], int32_data: [varints(0x3c00n)] }, [0x3c00]],
    [
      "int32_data of two i4 each",
      { data_type: 22, dims: [3], int32_data: [varints(0x21n, 0x0fn)] },
      [0x21, 0x0f],
    ],
    ["raw_data of a scalar", { data_type: 6, raw_data: bytesOf(Int32Array.of(9)) }, [9]],
    ["nothing for no elements", { data_type: 1, dims: [0, 4] }, []],
  ];
  test.each(cases)("%s", (_, tensor, expected) => {
    const output = { name: "y", type: { tensor_type: { elem_type: tensor.data_type ?? 0 } } };
    const { graph } = read({
      initializer: [{ ...tensor, name: "w" }],
      output: [output],
      node: [{ ...identity, input: ["w"] }],
    });
    const [weight] = graph.weights.values();
    expect(Array.from<number | bigint>(weight?.data ?? [])).toEqual(expected);
  });

  test("raw data is a view of the file's bytes, not a copy", () => {
    const bytes = file({
      initializer: [{ name: "y", data_type: 1, dims: [2, 3], raw_data: new Uint8Array(24).fill(7) }],
    });
    const { graph } = readModelBytes(bytes, "m.onnx", table);
    expect([...graph.weights.values()][0]?.bytes.buffer).toBe(bytes.buffer);
  });

  const constants: readonly [string, Draft<"AttributeProto">, Tensor][] = [
    [
      "value_int",
      { name: "value_int", type: 2, i: { low: -1, high: 0x7fffffff } },
      Tensor.of("i64", [], BigInt64Array.of((1n << 63n) - 1n)),
    ],
    ["value_ints", { name: "value_ints", type: 7, ints: [1, -1] }, Tensor.ints([1, -1])],
    ["value_float", { name: "value_float", type: 1, f: 0.5 }, Tensor.floats([], [0.5])],
    ["value_floats", { name: "value_floats", type: 6, floats: [0.5, 1] }, Tensor.floats([2], [0.5, 1])],
  ];
  test.each(constants)("Constant with %s", (_, value, expected) => {
    const output = { name: "y" };
    const { graph } = read({
      output: [output],
      node: [{ op_type: "Constant", output: ["y"], attribute: [value] }],
    });
    const [[key, tensor] = []] = [...graph.weights];
    expect(key?.name).toBeUndefined();
    expect([tensor?.dtype, tensor?.shape, tensor?.data]).toEqual([
      expected.dtype,
      expected.shape,
      expected.data,
    ]);
  });
});

describe("opsets", () => {
  const constantsOf = (model: ReturnType<typeof read>): unknown[] =>
    [...model.graph.weights.values()].map((tensor) => [tensor.dtype, tensor.shape, ...tensor.data]);

  test("attributes that became inputs", () => {
    const squeeze = read({ node: [node("Squeeze", [attribute("axes", [0, 1])])] }, { opset: 11 });
    expect(constantsOf(squeeze)).toEqual([["i64", [2], 0n, 1n]]);
    const clip = read({ node: [node("Clip", [attribute("max", 6.5)])] }, { opset: 6 });
    expect(clip.graph.nodes[0]?.inputs.map((input) => input?.type.shape)).toEqual([[2, 3], undefined, []]);
    expect(constantsOf(clip)).toEqual([["f32", [], 6.5]]);
    expect(constantsOf(read({ node: [node("TopK", [attribute("k", 3)])] }, { opset: 1 }))).toEqual([
      ["i64", [1], 3n],
    ]);
  });

  test("Split without sizes is counted by its outputs before 18", () => {
    const split = { op_type: "Split", input: ["x"], output: ["y", "b", "c"] };
    expect(read({ node: [split] }, { opset: 13 }).graph.nodes[0]?.attrs).toEqual({ num_outputs: 3 });
  });

  test("Softmax before 13 is the same over the last axis only", () => {
    const softmax = (axis?: number) => ({
      node: [node("Softmax", axis === undefined ? [] : [attribute("axis", axis)])],
    });
    expect(read(softmax(), { opset: 11 }).graph.nodes[0]?.attrs).toEqual({ axis: -1 });
    expect(read(softmax(0), { opset: 13 }).graph.nodes[0]?.attrs).toEqual({ axis: 0 });
    expect(refusal(() => read(softmax(0), { opset: 11 }))).toMatchInlineSnapshot(
      `"m.onnx: the Softmax that makes y: Softmax of opset 11 is not Softmax of opset 18: before 13 it flattened its input from its axis on. Hint: convert the model to opset 18"`,
    );
  });

  test("an attribute that a newer opset added is dropped where it changes nothing", () => {
    expect(
      read({ node: [node("Identity", [attribute("saturate", 1)])] }, { opset: 19 }).graph.nodes[0]?.attrs,
    ).toEqual({});
    expect(
      refusal(() => read({ node: [node("Identity", [attribute("saturate", 0)])] }, { opset: 19 })),
    ).toContain("no attribute saturate");
  });

  test("an opset that is named twice is one", () => {
    const twice = { opset_import: [{ version: 18 }, { domain: "ai.onnx", version: 18 }] };
    expect(read({ node: [identity] }, twice).graph.nodes).toHaveLength(1);
  });

  test("what changed its meaning later, and what is too new, is refused by name", () => {
    expect(refusal(() => read({ node: [node("GroupNormalization")] }, { opset: 21 }))).toMatchInlineSnapshot(
      `"m.onnx: the GroupNormalization that makes y: GroupNormalization of opset 21 is not GroupNormalization of opset 18: before 21 its scale had one number a group, not one a channel. Hint: convert the model to opset 18"`,
    );
    expect(read({ node: [node("GroupNormalization")] }, { opset: 20 }).graph.nodes).toHaveLength(1);
    expect(read({ node: [identity] }, { opset: 26 }).graph.nodes).toHaveLength(1);
    expect(refusal(() => read({ node: [identity] }, { opset: 27 }))).toMatchInlineSnapshot(
      `"m.onnx: it is of opset 27; minnow and its ONNX Runtime read up to 26. Hint: export the model with an opset of at most 26"`,
    );
  });
});

describe("refusals name what and where", () => {
  const cases: readonly [string, Parameters<typeof read>][] = [
    [
      "unknown ops, all at once",
      [{ node: [node("If", [], { name: "/a/If" }), node("Foo", [], { domain: "bar" }), node("If")] }],
    ],
    [
      "a function of the model",
      [{ node: [node("Foo", [], { domain: "bar" })] }, { functions: [{ name: "Foo", domain: "bar" }] }],
    ],
    [
      "a graph attribute",
      [{ node: [node("Identity", [{ name: "body", type: 5, g: new Uint8Array(9) }], { name: "n" })] }],
    ],
    ["a wrong kind of attribute", [{ node: [node("Softmax", [{ name: "axis", type: 1, f: 1 }])] }]],
    ["an attribute without a kind", [{ node: [node("Softmax", [{ name: "axis", i: 1 }])] }]],
    ["an attribute with two values", [{ node: [node("Softmax", [{ name: "axis", type: 2, i: 1, f: 1 }])] }]],
    [
      "an attribute with a list beside its value",
      [{ node: [node("Softmax", [{ name: "axis", type: 2, i: 1, ints: [1] }])] }],
    ],
    [
      "an attribute that stands twice",
      [{ node: [node("Softmax", [attribute("axis", 1), attribute("axis", 0)])] }],
    ],
    ["a node that makes nothing", [{ node: [identity, node("Identity", [], { output: [] })] }]],
    [
      "a weight with two values",
      [
        {
          initializer: [
            {
              name: "w",
              data_type: 1,
              dims: [1],
              raw_data: new Uint8Array(4),
              float_data: [new Uint8Array(4)],
            },
          ],
          node: [identity],
        },
      ],
    ],
    [
      "a dimension with a name and a length",
      [
        {
          input: [
            {
              name: "x",
              type: { tensor_type: { elem_type: 1, shape: { dim: [{ dim_value: 2, dim_param: "n" }] } } },
            },
          ],
          node: [identity],
        },
      ],
    ],
    ["two opsets", [{ node: [identity] }, { opset_import: [{ version: 18 }, { version: 17 }] }]],
    [
      "nodes in a circle",
      [
        {
          node: [
            node("Identity", [], { input: ["c"], output: ["y"], name: "/last" }),
            node("Add", [], { input: ["a", "x"], output: ["b"], name: "/first" }),
            node("Identity", [], { input: ["b"], output: ["a"] }),
            node("Identity", [], { input: ["b"], output: ["c"] }),
          ],
        },
      ],
    ],
    ["a node that reads itself", [{ node: [node("Add", [], { input: ["x", "y"] })] }]],
    ["a value that nothing makes", [{ node: [node("Identity", [], { input: ["z"] })] }]],
    ["an output that nothing makes", [{ node: [] }]],
    ["a name made twice", [{ node: [identity, identity] }]],
    ["a string weight", [{ initializer: [{ name: "w", data_type: 8, dims: [1] }], node: [identity] }]],
    ["a float8 weight", [{ initializer: [{ name: "w", data_type: 17, dims: [1] }], node: [identity] }]],
    ["a sparse weight", [{ sparse_initializer: [{ values: { name: "w" } }], node: [identity] }]],
    [
      "a text constant",
      [{ node: [{ op_type: "Constant", output: ["y"], attribute: [attribute("value_string", "a")] }] }],
    ],
    [
      "an input without a shape",
      [{ input: [{ name: "x", type: { tensor_type: { elem_type: 1 } } }], node: [identity] }],
    ],
    ["a sequence as input", [{ input: [{ name: "x", type: {} }], node: [identity] }]],
    [
      "an output of another type",
      [{ output: [{ name: "y", type: { tensor_type: { elem_type: 7 } } }], node: [identity] }],
    ],
  ];
  test.each(cases)("%s", (_, args) => {
    expect(refusal(() => read(...args))).toMatchSnapshot();
  });
});

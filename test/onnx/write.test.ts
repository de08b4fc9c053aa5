// Writing: what was written reads back as the same graph; names, opsets, copies of outputs, data files.
import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Builder, type Graph, type Model, print } from "../../src/ir/index.ts";
import { encodeModel, inspectProto, readModel, readModelBytes, writeModel } from "../../src/onnx/index.ts";
import type { Message } from "../../src/onnx/schema.ts";
import { decode, toNumber } from "../../src/onnx/wire.ts";
import { type DType, dtypes, Tensor } from "../../src/tensor/index.ts";
import { table } from "./table.ts";

const plain = (graph: Graph): Model => ({ graph, metadata: {} });
const bytesOf = (model: Model): Uint8Array => Buffer.concat(encodeModel(model, table).bytes);
const again = (graph: Graph): Graph => readModelBytes(bytesOf(plain(graph)), "again.onnx", table).graph;
function protoOf(model: Model): {
  readonly model: Message<"ModelProto">;
  readonly graph: Message<"GraphProto">;
} {
  const proto = decode("ModelProto", bytesOf(model));
  if (!proto.graph) throw new Error("no graph");
  return { model: proto, graph: proto.graph };
}
/** The graph that `build` makes of an input x of f32. */
function graphOf(
  build: (b: Builder, x: ReturnType<Builder["input"]>) => Parameters<Builder["finish"]>[0],
): Graph {
  const b = new Builder(table);
  const x = b.input("x", "f32", ["batch", 3, "past+new", "2*heads"]);
  return b.finish(build(b, x));
}

describe("round trips", () => {
  test("dimensions, weights, constants, metadata", () => {
    const graph = graphOf((b, x) => {
      const weight = b.weight("dense.weight", Tensor.floats([3], [1, 2, 3]));
      return {
        y: b.op("Add", [b.op("Add", [x, weight], {}, "first"), b.constant(Tensor.floats([], [0.5]))]),
      };
    });
    const metadata = { author: "me", "": "an empty key", __proto__x: "1" };
    const back = readModelBytes(bytesOf({ graph, metadata }), "again.onnx", table);
    expect(print(back.graph)).toBe(print(graph));
    expect(back.graph.nodes.map(({ name }) => name)).toEqual(["first", undefined]);
    expect(back.metadata).toEqual(metadata);
    expect([...back.graph.weights.values()].map(({ bytes }) => [...bytes])).toEqual(
      [...graph.weights.values()].map(({ bytes }) => [...bytes]),
    );
  });

  test("attributes of every kind, exactly", () => {
    const attrs = {
      int: -(2 ** 40),
      float: 1e-5,
      string: "größe",
      ints: [2 ** 63, -(2 ** 63), 0, -1],
      floats: [0.1, -0, Number.POSITIVE_INFINITY, 16777216, 3.4028235e38, 1.4013e-45, 0.33333334],
      strings: ["a", ""],
      tensor: Tensor.ints([7]),
    };
    const back = again(graphOf((b, x) => ({ y: b.op("test.Kinds", [x], attrs) }))).nodes[0]?.attrs ?? {};
    const { tensor, ...rest } = back;
    expect(Object.keys(back).sort()).toEqual(Object.keys(attrs).sort());
    for (const [name, value] of Object.entries(rest)) expect(value, name).toEqual(Reflect.get(attrs, name));
    expect(tensor instanceof Tensor && [tensor.dtype, tensor.shape, tensor.numbers()]).toEqual([
      "i64",
      [1],
      [7],
    ]);
  });

  test("an empty list and the largest integer keep their type", () => {
    const { graph } = protoOf(
      plain(graphOf((b, x) => ({ y: b.op("test.Kinds", [x], { ints: [], int: 2 ** 63 }) }))),
    );
    const [ints, int] = graph.node[0]?.attribute ?? [];
    expect([ints?.type, ints?.ints]).toEqual([7, []]);
    expect(int && toNumber(int.i)).toBe(2 ** 63);
    expect(int?.i.high).toBe(0x7fffffff);
  });

  test.each(Object.keys(dtypes) as DType[])("weights of %s", (dtype) => {
    const bytes = Uint8Array.from({ length: Math.ceil((5 * dtypes[dtype].bits) / 8) }, (_, i) => i);
    const back = again(
      graphOf((b) => ({ y: b.op("Identity", [b.weight("w", new Tensor(dtype, [5], bytes))]) })),
    );
    const [weight] = back.weights.values();
    expect([weight?.dtype, weight?.shape, [...(weight?.bytes ?? [])]]).toEqual([dtype, [5], [...bytes]]);
  });
});

describe("names", () => {
  test("unnamed values get short names that nothing else has", () => {
    const graph = graphOf((b, x) => {
      const weight = b.weight("v0", Tensor.floats([], [1]));
      return {
        v1: b.op("Add", [b.op("Add", [b.op("Add", [x, weight]), b.constant(Tensor.floats([], [2]))]), x]),
      };
    });
    const { node, initializer } = protoOf(plain(graph)).graph;
    expect(initializer.map(({ name }) => name)).toEqual(["v0"]);
    expect(
      node.map(({ op_type, input, output }) => `${output} = ${op_type}(${input})`),
    ).toMatchInlineSnapshot(`
      [
        "c0 = Constant()",
        "v2 = Add(x,v0)",
        "v3 = Add(v2,c0)",
        "v1 = Add(v3,x)",
      ]
    `);
  });

  test("an output that is an input, a weight, a constant or another output is a copy", () => {
    const graph = graphOf((b, x) => {
      const sum = b.op("Add", [x, x]);
      const weight = b.weight("w", Tensor.floats([1], [1]));
      return { x, copy: x, a: sum, b: sum, w: weight, weight, constant: b.constant(Tensor.ints([1])) };
    });
    const { graph: proto } = protoOf(plain(graph));
    expect(
      proto.node.map(({ op_type, input, output }) => `${output} = ${op_type}(${input})`),
    ).toMatchInlineSnapshot(`
      [
        "c0 = Constant()",
        "a = Add(x,x)",
        "copy = Identity(x)",
        "b = Identity(a)",
        "weight = Identity(w)",
        "constant = Identity(c0)",
      ]
    `);
    expect(again(graph).outputs.map(({ name }) => name)).toEqual(graph.outputs.map(({ name }) => name));
  });

  test("an output with the name of another weight is a defect, not a broken file", () => {
    const graph = graphOf((b, x) => ({ w: b.op("Add", [x, b.weight("w", Tensor.floats([1], [1]))]) }));
    expect(() => bytesOf(plain(graph))).toThrow("the output w has the name");
  });

  test("optional outputs that nothing reads have none", () => {
    const graph = graphOf((b, x) => {
      const [, , z] = b.opN("test.Several", [x, undefined, x]);
      return { z: z ?? x, first: b.opN("test.Several", [x])[0] ?? x };
    });
    const { node } = protoOf(plain(graph)).graph;
    expect(node.map(({ input, output }) => [input, output])).toEqual([
      [
        ["x", "", "x"],
        ["v0", "", "z"],
      ],
      [["x"], ["first"]],
    ]);
  });
});

describe("versions", () => {
  const versions = (graph: Graph): unknown => {
    const { model } = protoOf(plain(graph));
    return [
      toNumber(model.ir_version),
      ...model.opset_import.map(({ domain, version }) => [domain, toNumber(version)]),
    ];
  };
  test("opset 18 unless an op or an element type needs more; other domains when used", () => {
    expect(versions(graphOf((b, x) => ({ y: b.op("Add", [x, x]) })))).toEqual([8, ["", 18]]);
    expect(versions(graphOf((b, x) => ({ y: b.op("Newer", [x]) })))).toEqual([9, ["", 20]]);
    expect(versions(graphOf((b, x) => ({ y: b.op("test.Kinds", [x]) })))).toEqual([8, ["", 18], ["test", 1]]);
    const int4 = (b: Builder): ReturnType<Builder["input"]> =>
      b.constant(new Tensor("i4", [2], new Uint8Array(1)));
    expect(versions(graphOf((b) => ({ y: b.op("Identity", [int4(b)]) })))).toEqual([10, ["", 21]]);
  });

  test("an op that means something else in the opset that another needs is not written", () => {
    const graph = graphOf((b, x) => ({
      y: b.op("GroupNormalization", [b.op("Add", [x, b.constant(new Tensor("i4", [2], new Uint8Array(1)))])]),
    }));
    expect(() => bytesOf(plain(graph))).toThrow("GroupNormalization means something else in opset 21");
  });
});

describe("files", () => {
  const folder = (): string => mkdtempSync(join(tmpdir(), "minnow-onnx-"));
  const big = Tensor.floats(
    [1000],
    Float32Array.from({ length: 1000 }, (_, i) => i),
  );
  const graph = graphOf((b, x) => {
    const weights = [
      b.weight("a", big),
      b.weight("small", Tensor.floats([1], [1])),
      b.constant(big),
      b.weight("b", big),
    ];
    return { y: weights.reduce((sum, weight) => b.op("Add", [sum, weight]), x) };
  });

  test("large tensors are pieces of their own, without a copy", () => {
    const large = new Tensor("u8", [1 << 17], new Uint8Array(1 << 17));
    const { bytes } = encodeModel(
      plain(graphOf((b) => ({ y: b.op("Identity", [b.weight("w", large)]) }))),
      table,
    );
    expect(bytes.some((chunk) => chunk === large.bytes)).toBe(true);
    expect(bytes.length).toBe(3);
  });

  test("below the limit one file, and nothing else is left behind", async () => {
    const at = folder();
    await writeModel(plain(graph), join(at, "model.onnx"), table);
    expect(readdirSync(at)).toEqual(["model.onnx"]);
    expect(print((await readModel(join(at, "model.onnx"), table)).graph)).toBe(print(graph));
  });

  test("above it the weights are in a data file, page by page, and are read when asked for", async () => {
    const at = folder();
    const path = join(at, "model.onnx");
    await writeModel(plain(graph), path, table, { externalAbove: 10_000 });
    expect(readdirSync(at).sort()).toEqual(["model.onnx", "model.onnx_data"]);
    expect(statSync(path).size).toBeLessThan(1000);
    expect(statSync(`${path}_data`).size).toBe(2 * 4096 + 4000);
    const back = await readModel(path, table);
    const [first] = back.graph.weights.values();
    expect(first?.numbers()).toEqual(big.numbers());
    expect([...back.graph.weights].filter(([value]) => value.name === "small")).toHaveLength(1);
    expect(Buffer.concat([...back.graph.weights.values()].map(({ bytes }) => bytes)).byteLength).toBe(12_004);
    const options = { folder: at };
    expect(print(readModelBytes(readFileSync(path), path, table, options).graph)).toBe(print(back.graph));
    await writeModel(back, path, table, { externalAbove: 10_000 });
    expect(print((await readModel(path, table)).graph)).toBe(print(back.graph));
  });

  test("inspectProto counts without building", async () => {
    const path = join(folder(), "model.onnx");
    await writeModel(plain(graph), path, table);
    const { ops, ...rest } = await inspectProto(path);
    expect([...ops]).toEqual([
      ["Add", 4],
      ["Constant", 1],
    ]);
    expect(rest).toEqual({
      producer: "minnow",
      irVersion: 8,
      opsets: { "ai.onnx": 18 },
      inputs: ["x"],
      outputs: ["y"],
      initializers: 3,
    });
  });
});

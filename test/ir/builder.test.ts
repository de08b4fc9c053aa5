// The builder, the text form, the verifier and rebuilding.
import { describe, expect, test } from "vitest";
import { Builder, type Graph, print, rebuild, type Value, verify, withWeights } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

const dense = (): Graph => {
  const b = new Builder(opTable);
  const x = b.input("x", "f32", ["batch", 2]);
  const w = b.weight("w", Tensor.floats([3, 2], [1, 2, 3, 4, 5, 6]));
  b.exp(x);
  const y = b.op("Gemm", [x, w, undefined], { transB: 1 });
  return b.finish({ y: b.scale(b.op("Relu", [y]), 0.5) });
};

describe("the builder", () => {
  test("infers, fills in attributes, trims inputs and sweeps", () => {
    expect(print(dense())).toMatchInlineSnapshot(`
      "input %x: f32[batch,2]
      weight %w: f32[3,2]
      %2: f32[batch,3] = Gemm(%x, %w, alpha=1, beta=1, transA=0, transB=1)
      %3: f32[batch,3] = Relu(%2)
      %5: f32[batch,3] = Mul(%3, {0.5})
      output y = %5"
    `);
  });

  test("gives one constant for equal numbers, and different dimensions where nothing is known", () => {
    const b = new Builder(opTable);
    const x = b.input("x", "f32", ["a"]);
    expect(b.scalar(1, x)).toBe(b.scalar(1, "f32"));
    expect(b.scalar(0, x)).not.toBe(b.scalar(-0, x));
    expect(b.ints([1, 2])).toBe(b.ints([1, 2]));
    const y = b.input("y", "f32", ["b"]);
    expect(b.add(x, y).type.shape).toEqual(["?1"]);
    expect(b.add(x, y).type.shape).toEqual(["?2"]);
  });

  test.each<[string, (b: Builder, x: Value) => unknown]>([
    ["the op Nonsense is not known", (b, x) => b.op("Nonsense", [x])],
    ["Add needs its input B", (b, x) => b.op("Add", [x])],
    ["Relu takes 1 inputs, not 2", (b, x) => b.op("Relu", [x, x])],
    ["Softmax has no attribute axes", (b, x) => b.op("Softmax", [x], { axes: [1] })],
    ["Softmax: attribute axis is not of kind int", (b, x) => b.op("Softmax", [x], { axis: "last" })],
    ["Cast needs its attribute to", (b, x) => b.op("Cast", [x])],
    [
      "Add: shapes [2,3] and [2] do not broadcast",
      (b, x) => b.add(x, b.constant(Tensor.floats([2], [1, 2]))),
    ],
    ["Softmax: axis 2 is outside a tensor of rank 2", (b, x) => b.op("Softmax", [x], { axis: 2 })],
    ["MatMul: [2,3] x [2,3] do not fit", (b, x) => b.matmul(x, x)],
    ["Reshape: [2,3] does not fit into [4,-1]", (b, x) => b.reshape(x, [4, -1])],
    [
      "ReduceSum: its input axes must be a constant",
      (b, x) => b.op("ReduceSum", [x, b.input("axes", "i64", [1])]),
    ],
    ["Split: an axis of length 3 into [1,1]", (b, x) => b.op("Split", [x, b.ints([1, 1])], { axis: 1 })],
  ])("refuses: %s", (message, make) => {
    const b = new Builder(opTable);
    const x = b.input("x", "f32", [2, 3]);
    expect(() => make(b, x)).toThrow(message);
  });
});

describe("the text form", () => {
  test("shows small constants, absent inputs, several outputs and integers in full", () => {
    const b = new Builder(opTable);
    const x = b.input("x", "f32", [2, 4]);
    const [left, right] = b.opN("Split", [x, b.ints([1, 3])], { axis: 1 });
    const clipped = b.op("Clip", [left, undefined, b.scalar(1.23456789, x)]);
    const part = b.slice(must(right), [0], [9007199254740991], [1]);
    expect(print(b.finish({ clipped, part }))).toMatchInlineSnapshot(`
      "input %x: f32[2,4]
      %2: f32[2,1], %3: f32[2,3] = Split(%x, {1,3}, axis=1)
      %5: f32[2,1] = Clip(%2, _, {1.23457})
      %9: f32[2,3] = Slice(%3, {0}, {9007199254740991}, {1})
      output clipped = %5
      output part = %9"
    `);
  });
});

const must = (value: Value | undefined): Value => {
  if (!value) throw new Error("no value");
  return value;
};

describe("the verifier", () => {
  const graph = dense();
  const [gemm, relu] = graph.nodes;
  const weight = [...graph.weights.keys()].find(({ name }) => name === "w");

  test("accepts what the builder makes", () => {
    expect(verify(graph, "a pass")).toBe(graph);
  });

  test.each<[string, Graph]>([
    ["Relu reads a value that nothing has made", { ...graph, nodes: graph.nodes.slice(1) }],
    ["a value is made twice", { ...graph, nodes: [...graph.nodes, ...graph.nodes] }],
    [
      "output z is never made",
      { ...graph, outputs: [{ name: "z", value: { name: undefined, type: { dtype: "f32", shape: [] } } }] },
    ],
    [
      "the name x stands twice",
      { ...graph, inputs: [...graph.inputs, { name: "x", type: { dtype: "f32", shape: [] } }] },
    ],
    [
      "an input has no name",
      { ...graph, inputs: [...graph.inputs, { name: undefined, type: { dtype: "f32", shape: [] } }] },
    ],
    [
      "Gemm reads a value that nothing has made",
      { ...graph, nodes: [gemm, relu].flatMap((node) => node ?? []), weights: new Map() },
    ],
    [
      "weight w is f32[2,3]",
      {
        ...graph,
        weights: new Map([...graph.weights, [must(weight), Tensor.floats([2, 3], [1, 2, 3, 4, 5, 6])]]),
      },
    ],
  ])("refuses: %s", (message, broken) => {
    expect(() => verify(broken, "a pass")).toThrow(message);
    expect(() => verify(broken, "a pass")).toThrow(
      expect.objectContaining({ path: "a pass", kind: "internal" }),
    );
  });
});

describe("rebuilding", () => {
  test("with nothing to change gives an equal graph that shares the tensors", () => {
    const graph = dense();
    const again = rebuild(graph, opTable);
    expect(print(again)).toBe(print(graph));
    expect(again).not.toBe(graph);
    expect([...again.weights.values()][0]).toBe([...graph.weights.values()][0]);
  });

  test("infers anew from changed inputs, weights and nodes", () => {
    const graph = dense();
    const changed = rebuild(graph, opTable, {
      inputs: new Map([["x", { dtype: "f32", shape: [5, 2] }]]),
      weight: ({ name }) => (name === "w" ? Tensor.floats([1, 2], [7, 8]) : undefined),
      node: (b, node, inputs) => (node.op === "Relu" ? [b.op("Tanh", inputs)] : undefined),
      outputs: (b, at) => ({ twice: b.scale(at(must(graph.outputs[0]?.value)), 2) }),
    });
    expect(print(changed)).toMatchInlineSnapshot(`
      "input %x: f32[5,2]
      weight %w: f32[1,2]
      %2: f32[5,1] = Gemm(%x, %w, alpha=1, beta=1, transA=0, transB=1)
      %3: f32[5,1] = Tanh(%2)
      %5: f32[5,1] = Mul(%3, {0.5})
      %7: f32[5,1] = Mul(%5, {2})
      output twice = %7"
    `);
  });

  test("makes inputs of weights, and replaces weights by name", () => {
    const graph = dense();
    const open = rebuild(graph, opTable, { promote: ({ name }) => name === "w" });
    expect(open.inputs.map(({ name }) => name)).toEqual(["x", "w"]);
    const other = Tensor.floats([3, 2], [0, 0, 0, 0, 0, 0]);
    const replaced = withWeights(graph, new Map([["w", other]]));
    expect([...replaced.weights.values()]).toContain(other);
    expect([...graph.weights.values()]).not.toContain(other);
  });
});

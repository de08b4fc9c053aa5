// Small files that ask for much: every number of outputs, axes, elements and terms is bounded before anything is made.
import { describe, expect, test } from "vitest";
import { readModelBytes } from "../../src/onnx/index.ts";
import type { Draft } from "../../src/onnx/schema.ts";
import { opTable } from "../../src/ops/index.ts";
import { fold } from "../../src/passes/index.ts";
import { attribute, file, info, refusal } from "../onnx/table.ts";

type Node = Draft<"NodeProto">;
type Attribute = Draft<"AttributeProto">;

const node = (
  op_type: string,
  input: readonly string[],
  output: string,
  ...attributes: Attribute[]
): Node => ({
  op_type,
  input,
  output: [output],
  attribute: attributes,
});
/** A graph input of int64. */
const whole = (name: string, ...dims: (number | string)[]): Draft<"ValueInfoProto"> => ({
  name,
  type: {
    tensor_type: { elem_type: 7, shape: { dim: info(name, ...dims).type?.tensor_type?.shape?.dim ?? [] } },
  },
});
const ints = (name: string, values: readonly number[]): Node => ({
  op_type: "Constant",
  output: [name],
  attribute: [{ name: "value_ints", type: 7, ints: values }],
});
const times = (count: number, make: (i: number) => Node): Node[] =>
  Array.from({ length: count }, (_, i) => make(i));
const names = (count: number, of: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => of(i));

interface Evil {
  readonly nodes: readonly Node[];
  readonly input?: readonly Draft<"ValueInfoProto">[];
  readonly initializer?: readonly Draft<"TensorProto">[];
}

const LONG = 2 ** 30;
const cases: Readonly<Record<string, Evil>> = {
  "Split into 2^30": {
    nodes: [node("Split", ["x"], "y", attribute("num_outputs", LONG))],
    input: [info("x", LONG)],
  },
  "Split into none": { nodes: [node("Split", ["x"], "y", attribute("num_outputs", 0))] },
  "Split into less than nothing": {
    nodes: [ints("s", [-5, 8]), node("Split", ["x", "s"], "y", attribute("axis", 1))],
  },
  "Reshape to 2^30 axes": {
    nodes: [node("Reshape", ["x", "s"], "y")],
    input: [info("x", 2), whole("s", LONG)],
  },
  "Expand to 2^30 axes": {
    nodes: [node("Expand", ["x", "s"], "y")],
    input: [info("x", 2), whole("s", LONG)],
  },
  "ConstantOfShape of 2^30 axes": { nodes: [node("ConstantOfShape", ["s"], "y")], input: [whole("s", LONG)] },
  "ConstantOfShape of a negative size": { nodes: [ints("s", [-3]), node("ConstantOfShape", ["s"], "y")] },
  "ConstantOfShape of an endless negative size": {
    nodes: [
      ints("s", [-(2 ** 40)]),
      node("ConstantOfShape", ["s"], "y", {
        name: "value",
        type: 4,
        t: { data_type: 7, dims: [1], raw_data: new Uint8Array(8) },
      }),
    ],
  },
  "ConstantOfShape of several values": {
    nodes: [
      ints("s", [3]),
      node("ConstantOfShape", ["s"], "y", {
        name: "value",
        type: 4,
        t: { data_type: 7, dims: [2], raw_data: new Uint8Array(16) },
      }),
    ],
  },
  "Slice along 2^30 axes": {
    nodes: [node("Slice", ["x", "s", "s"], "y")],
    input: [info("x", 2), whole("s", LONG)],
  },
  "Pad to less than nothing": { nodes: [ints("p", [0, -9, 0, 0]), node("Pad", ["x", "p"], "y")] },
  "Transpose of one axis twice": { nodes: [node("Transpose", ["x"], "y", attribute("perm", [0, 0]))] },
  "Concat of a vector and a matrix": {
    nodes: [node("Concat", ["v", "x"], "y", attribute("axis", 0))],
    input: [info("v", 2), info("x", 2, 3)],
  },
  "axes that double 40 times": {
    nodes: [
      node("Gather", ["x", "i"], "a0"),
      ...times(40, (i) => node("Gather", [`a${i}`, `i`], i === 39 ? "y" : `a${i + 1}`)),
    ],
    input: [info("x", 2, 2, 2), whole("i", ...Array<number>(30).fill(1))],
  },
  "axes of an input": {
    nodes: [node("Relu", ["x"], "y")],
    input: [info("x", ...names(60_000, (i) => `n${i}`))],
  },
  "axes of a weight": {
    nodes: [node("Relu", ["w"], "y")],
    initializer: [
      { name: "w", data_type: 1, dims: Array<number>(60_000).fill(1), raw_data: new Uint8Array(4) },
    ],
  },
  "a product of 24 sums": {
    nodes: [node("Flatten", ["x"], "y", attribute("axis", 0))],
    input: [info("x", ...names(24, (i) => `a${i}+b${i}`))],
  },
  "a sum of 100 names": {
    nodes: [node("Relu", ["x"], "y")],
    input: [
      info(
        "x",
        names(100, (i) => `n${i}`)
          .join("+")
          .slice(0, 255),
      ),
    ],
  },
  "a square 40 times": {
    nodes: [
      node("Size", ["x"], "a0"),
      ...times(40, (i) => node("Mul", [`a${i}`, `a${i}`], `a${i + 1}`)),
      node("Expand", ["x", "a40"], "y"),
    ],
    input: [info("x", "n")],
  },
  "a name of 200,000 digits": { nodes: [node("Relu", ["x"], "y")], input: [info("x", "1".repeat(200_000))] },
};

/** Seconds of the processor: many times what any of them takes, much less than what they ask for. */
const SECONDS = 5;
const busySeconds = (): number => process.cpuUsage().user / 1e6;

test.each(Object.entries(cases))("%s", (_, { nodes, input = [info("x", 2, 3)], initializer = [] }) => {
  const bytes = file({ node: nodes, input, initializer });
  const start = busySeconds();
  const said = refusal(() => readModelBytes(bytes, "m.onnx", opTable));
  expect(busySeconds() - start).toBeLessThan(SECONDS);
  expect(said).toMatchSnapshot();
});

describe("what is long but right is read", () => {
  const read = (nodes: readonly Node[], ...input: Draft<"ValueInfoProto">[]) =>
    readModelBytes(file({ node: nodes, input, output: [{ name: "y" }] }), "m.onnx", opTable).graph;

  test("a vector that doubles is known no more when it is long", () => {
    const doubling = times(40, (i) =>
      node("Concat", [`a${i}`, `a${i}`], i === 39 ? "y" : `a${i + 1}`, attribute("axis", 0)),
    );
    const { type } = read([ints("a0", [1, 2]), ...doubling]).outputs[0]?.value ?? { type: undefined };
    expect(type).toEqual({ dtype: "i64", shape: [2 ** 41] });
  });

  test("60,000 names of letters that no symbol can have are as many symbols", () => {
    const inputs = names(1000, (i) => `x${i}`).map((name, i) =>
      info(name, ...names(60, (k) => String.fromCodePoint(0x20000 + 60 * i + k))),
    );
    const start = busySeconds();
    const graph = read([node("Relu", ["x0"], "y")], ...inputs);
    expect(busySeconds() - start).toBeLessThan(SECONDS);
    expect(new Set(graph.inputs.flatMap(({ type }) => type.shape)).size).toBe(60_000);
  });

  test("the largest int64 stays what it is when constants are folded", () => {
    const end: Node = {
      op_type: "Constant",
      output: ["e"],
      attribute: [{ name: "value_ints", type: 7, ints: [{ low: -1, high: 0x7fffffff }] }],
    };
    const graph = fold(
      read(
        [ints("s", [1]), end, node("Identity", ["e"], "f"), node("Slice", ["x", "s", "f"], "y")],
        info("x", "n", 3),
      ),
    );
    expect(graph.nodes.map(({ op }) => op)).toEqual(["Identity", "Slice"]);
    const [, last] = [...graph.weights.values()].map((tensor) => tensor.data);
    expect(last).toEqual(BigInt64Array.of((1n << 63n) - 1n));
  });
});

describe("a Constant that is not one", () => {
  const constant = (value: Attribute) => ({ op_type: "Constant", output: ["y"], attribute: [value] });
  const cases: Readonly<Record<string, Attribute>> = {
    "integers as tensor": { name: "value", type: 7, ints: [1] },
    "text as number": { name: "value_float", type: 3, s: Buffer.from("one") },
    "number as list": { name: "value_ints", type: 2, i: 3 },
    "a list of text": { name: "value_strings", type: 8, strings: [Buffer.from("a")] },
    "no tensor": { name: "value", type: 4 },
    "an attribute of every object": { name: "constructor", type: 2, i: 1 },
  };
  test.each(Object.entries(cases))("%s", (_, value) => {
    expect(
      refusal(() => readModelBytes(file({ node: [constant(value)] }), "m.onnx", opTable)),
    ).toMatchSnapshot();
  });
  test("an attribute of every object is no attribute of an op", () => {
    const bytes = file({ node: [node("Relu", ["x"], "y", attribute("constructor", 1))] });
    expect(refusal(() => readModelBytes(bytes, "m.onnx", opTable))).toContain(
      "Relu has no attribute constructor",
    );
  });
});

// Every rewrite rule: it fires on its example, and the rewritten graph computes the same.
import { describe, expect, test } from "vitest";
import { openEngine } from "../../src/engine/index.ts";
import { Builder, type Graph, print, type Value } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { mergeEqual, recognise, rewrite, specialise, trainingRules } from "../../src/passes/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

type Make = (b: Builder, x: Value, w: Value) => Value;

const graphOf = (make: Make): Graph => {
  const b = new Builder(opTable);
  const [x, w] = [b.input("x", "f32", [3, 4]), b.input("w", "f32", [4, 4])];
  return b.finish({ y: make(b, x, w) });
};
const gemm = (b: Builder, x: Value, w: Value): Value => b.op("Gemm", [x, w]);
const half: Make = (b, x) => b.mul(b.scale(x, 0.5), b.shift(b.op("Erf", [b.scale(x, Math.SQRT1_2)]), 1));
const exported: Make = (b, x) =>
  b.scale(b.mul(x, b.shift(b.op("Erf", [b.div(x, b.scalar(Math.SQRT2, x))]), 1)), 0.5);

const examples: readonly { readonly rule: string; readonly make: Make; readonly not: Make }[] = [
  {
    rule: "gelu",
    make: half,
    not: (b, x) => b.mul(b.scale(x, 0.4), b.shift(b.op("Erf", [b.scale(x, Math.SQRT1_2)]), 1)),
  },
  { rule: "gelu", make: exported, not: (b, x) => b.mul(x, b.shift(b.op("Erf", [x]), 1)) },
  { rule: "write out", make: (b, x) => b.op("com.microsoft.Gelu", [x]), not: (b, x) => b.op("Tanh", [x]) },
  { rule: "scale into product", make: (b, x, w) => gemm(b, b.scale(x, 3), b.scale(w, 0.5)), not: gemm },
  {
    rule: "scale out of product",
    make: (b, x, w) => b.scale(gemm(b, x, w), 3),
    not: (b, x, w) => b.add(b.scale(gemm(b, x, w), 1), gemm(b, x, w)),
  },
  {
    rule: "transposed operand",
    make: (b, x, w) => {
      const [left, right] = [
        b.op("Reshape", [x, b.ints([3, 2, 2])]),
        b.op("Reshape", [w, b.ints([2, 4, 2])]),
      ];
      return b.sum(b.matmul(b.transpose(left, [1, 0, 2]), b.transpose(right, [0, 2, 1])), 0);
    },
    not: (b, x, w) => {
      const [left, right] = [
        b.op("Reshape", [x, b.ints([3, 2, 2])]),
        b.op("Reshape", [w, b.ints([2, 2, 4])]),
      ];
      return b.sum(b.matmul(b.transpose(left, [1, 0, 2]), right), 0);
    },
  },
  { rule: "column sum", make: (b, x) => b.sum(x, 0), not: (b, x) => b.sum(x, 1) },
  {
    rule: "accumulate",
    make: (b, x, w) => b.add(gemm(b, x, w), x),
    not: (b, x, w) => b.add(b.op("Gemm", [x, w, x]), x),
  },
];
const rules = [...recognise, ...trainingRules.flat()];

test("every rule has an example", () => {
  expect(new Set(examples.map(({ rule }) => rule))).toEqual(new Set(rules.map(({ name }) => name)));
});

async function run(graph: Graph): Promise<readonly number[]> {
  const session = await (await openEngine()).compile(graph, { threads: 1, optimize: "none" });
  const values = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(1 + 3 * i));
  const { y } = await session.run({
    x: Tensor.floats([3, 4], values(12)),
    w: Tensor.floats([4, 4], values(16)),
  });
  await session.dispose();
  return [...(y?.floats ?? [])];
}

describe.each(examples)("$rule", ({ rule, make, not }) => {
  const chosen = rules.filter(({ name }) => name === rule);
  test("fires, and the numbers stay", async () => {
    const before = graphOf(make);
    const after = rewrite(before, chosen);
    expect(print(after)).not.toBe(print(before));
    const [a, b] = [await run(before), await run(after)];
    a.forEach((value, i) => {
      expect(Math.abs(value - (b[i] ?? Number.NaN))).toBeLessThan(1e-6);
    });
  });
  test("leaves alone what it does not fit", () => {
    const graph = graphOf(not);
    expect(print(rewrite(graph, chosen))).toBe(print(graph));
  });
});

test("equal nodes and constants become one", () => {
  const graph = graphOf((b, x) =>
    b.add(
      b.exp(b.op("Add", [x, b.constant(Tensor.floats([], [2]))])),
      b.exp(b.op("Add", [x, b.constant(Tensor.floats([], [2]))])),
    ),
  );
  expect(mergeEqual(graph).nodes.map(({ op }) => op)).toEqual(["Add", "Exp", "Add"]);
});

test("shape arithmetic folds away when dimensions are bound", () => {
  const b = new Builder(opTable);
  const x = b.input("x", "f32", ["batch", "length", 6]);
  const shape = b.op("Shape", [x]);
  const split = b.concat([b.slice(shape, [0], [2], [0]), b.ints([2, 3])], 0);
  const graph = b.finish({ y: b.op("Reshape", [x, split]) });
  const fixed = specialise(graph, { batch: 4, length: 5 });
  expect(fixed.nodes.map(({ op }) => op)).toEqual(["Reshape"]);
  expect(fixed.outputs[0]?.value.type.shape).toEqual([4, 5, 2, 3]);
});

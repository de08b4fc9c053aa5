// The driver of differentiation: accumulation, broadcasting, decomposition, what is left out or refused.
import { describe, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/index.ts";
import { must } from "../../src/base/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { Builder, type Graph, print, type Value } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

const all = (b: Builder, x: Value): Value =>
  b.sum(
    x,
    x.type.shape.map((_, i) => i),
  );

async function run(graph: Graph, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, number[]>> {
  const session = await (await openEngine()).compile(graph, { threads: 1 });
  const results = await session.run(feeds);
  await session.dispose();
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.numbers()]));
}

/** A graph of one input x of shape [3]. */
function of(loss: (b: Builder, x: Value) => Value): { readonly graph: Graph; readonly x: Value } {
  const b = new Builder(opTable);
  const x = b.input("x", "f32", [3]);
  return { graph: b.finish({ loss: loss(b, x) }), x };
}

const at = { x: Tensor.floats([3], [1, 2, 3]) };

describe("gradients", () => {
  test("are nodes like any other", () => {
    const b = new Builder(opTable);
    const x = b.input("x", "f32", [4, 2]);
    const w = b.weight("w", Tensor.floats([2, 3], [1, 2, 3, 4, 5, 6]));
    const bias = b.weight("bias", Tensor.floats([3], [1, 2, 3]));
    const graph = b.finish({ loss: all(b, b.op("Tanh", [b.op("Gemm", [x, w, bias])])) });
    expect(print(gradients(graph, { wrt: [w, bias] }))).toMatchInlineSnapshot(`
      "input %x: f32[4,2]
      weight %w: f32[2,3]
      weight %bias: f32[3]
      %3: f32[4,3] = Gemm(%x, %w, %bias, alpha=1, beta=1, transA=0, transB=0)
      %4: f32[4,3] = Tanh(%3)
      %6: f32[] = ReduceSum(%4, {0,1}, keepdims=0, noop_with_empty_axes=0)
      %9: f32[1,1] = Unsqueeze({1}, {0,1})
      %10: i64[2] = Shape(%4, start=0)
      %11: f32[4,3] = Expand(%9, %10)
      %12: f32[4,3] = Mul(%4, %4)
      %13: f32[4,3] = Mul(%11, %12)
      %14: f32[4,3] = Sub(%11, %13)
      %15: f32[2,3] = Gemm(%x, %14, alpha=1, beta=1, transA=1, transB=0)
      %17: f32[3] = ReduceSum(%14, {0}, keepdims=0, noop_with_empty_axes=0)
      output loss = %6
      output gradient of w = %15
      output gradient of bias = %17"
    `);
  });

  test("add up where a value is read more than once", async () => {
    const { graph, x } = of((b, x) => all(b, b.mul(b.mul(x, x), b.add(x, x))));
    expect((await run(gradients(graph, { wrt: [x] }), at))["gradient of x"]).toEqual([6, 24, 54]);
  });

  test("are summed back to what was broadcast", async () => {
    const b = new Builder(opTable);
    const x = b.input("x", "f32", [3]);
    const y = b.input("y", "f32", [2, 1]);
    const z = b.input("z", "f32", []);
    const graph = b.finish({ loss: all(b, b.mul(b.mul(x, y), z)) });
    const feeds = { ...at, y: Tensor.floats([2, 1], [10, 20]), z: Tensor.floats([], [2]) };
    expect(await run(gradients(graph, { wrt: [x, y, z] }), feeds)).toMatchObject({
      "gradient of x": [60, 60, 60],
      "gradient of y": [12, 12],
      "gradient of z": [180],
    });
  });

  test("of an op by its decomposition do not count its inputs twice", async () => {
    const square = async (op: string): Promise<Record<string, number[]>> => {
      const b = new Builder(opTable);
      const x = b.input("x", "f32", [2, 2]);
      const y = b.op(op, [x, x]);
      const feeds = { x: Tensor.floats([2, 2], [1, 2, 3, 4]) };
      return run(gradients(b.finish({ loss: all(b, b.mul(y, y)) }), { wrt: [x] }), feeds);
    };
    expect(await square("com.microsoft.FusedMatMul")).toEqual(await square("MatMul"));
  });

  test("reach intermediate values, with names and further outputs of the caller's choice", async () => {
    const b = new Builder(opTable);
    const x = b.input("x", "f32", [3]);
    const middle = b.exp(x);
    const graph = b.finish({ other: middle, loss: all(b, b.mul(middle, middle)) });
    const whole = gradients(graph, {
      loss: "loss",
      wrt: [middle],
      nameOf: (_, i) => `d${i}`,
      also: { middle },
    });
    const found = await run(whole, { x: Tensor.floats([3], [0, 0, 0]) });
    expect(found).toEqual({ other: [1, 1, 1], loss: [3], middle: [1, 1, 1], d0: [2, 2, 2] });
  });

  test("of what is frozen are not computed", () => {
    const b = new Builder(opTable);
    const x = b.input("x", "f32", [4, 2]);
    const [first, second] = [0, 1].map((i) => b.weight(`w${i}`, Tensor.floats([2, 2], [1, 2, 3, 4])));
    const graph = b.finish({ loss: all(b, b.matmul(b.matmul(x, must(first, "w0")), must(second, "w1"))) });
    const count = (wrt: readonly (Value | undefined)[]): number =>
      gradients(graph, { wrt: wrt.map((one) => must(one, "weight")) }).nodes.filter(
        ({ op }) => op === "MatMul",
      ).length;
    expect([count([second]), count([first]), count([first, second])]).toEqual([3, 4, 5]);
  });

  test("spread again what a rule leaves smaller, and stop at what is constant by nature", async () => {
    const { graph, x } = of((b, x) =>
      b.add(all(b, b.mul(x, b.op("Floor", [x]))), b.mean(b.op("ReduceMean", [x]), [0])),
    );
    const { "gradient of x": found = [] } = await run(gradients(graph, { wrt: [x] }), at);
    expect(found.map((one) => Number(one.toFixed(5)))).toEqual([1.33333, 2.33333, 3.33333]);
  });
});

describe("refusals", () => {
  const nothing = of((b, x) => all(b, b.mul(b.scalar(2, x), b.cast(b.op("Size", [x]), "f32"))));
  const quantized = of((b, x) => {
    const scale = b.scalar(0.1, x);
    const y = b.op("QuantizeLinear", [x, scale]);
    return b.add(all(b, b.op("DequantizeLinear", [y, scale])), all(b, x));
  });
  test.each([
    ["the loss does not depend on x", () => gradients(nothing.graph, { wrt: [nothing.x] })],
    ["the op QuantizeLinear has no gradient rule", () => gradients(quantized.graph, { wrt: [quantized.x] })],
    ["the graph has no output other", () => gradients(nothing.graph, { loss: "other", wrt: [nothing.x] })],
    [
      "the loss must be one number, not f32[3]",
      () => {
        const { graph, x } = of((b, x) => b.exp(x));
        return gradients(graph, { wrt: [x] });
      },
    ],
    [
      "Add: its gradient needs to know whether a is broadcast",
      () => {
        const b = new Builder(opTable);
        const [x, y] = [b.input("x", "f32", ["a"]), b.input("y", "f32", ["b"])];
        return gradients(b.finish({ loss: all(b, b.add(x, y)) }), { wrt: [x] });
      },
    ],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });
});

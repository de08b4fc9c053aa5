// Dynamic int8: values and scales, the pair limit, the graph against a float model, and what is refused.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import type { Bundle } from "../../src/families/index.ts";
import { Builder, type Value } from "../../src/ir/index.ts";
import { methodNamed } from "../../src/methods/index.ts";
import { quantizeColumns, quantizeTable } from "../../src/methods/quantize/int8.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { answers, apply, dataset, tinyModel } from "./world.ts";

const dynamic = methodNamed("quantize.dynamic");

describe("columns", () => {
  test("are within half a step of the floats, and no pair can saturate 16 bits", () => {
    const value = fc.float({ min: -4, max: 4, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 33 }), (column) => {
        const { values, scales } = quantizeColumns(Tensor.floats([column.length, 1], column), false);
        const [q, scale] = [values.numbers(), scales.floats[0] ?? 0];
        column.forEach((x, i) => {
          expect(Math.abs((q[i] ?? 0) * scale - x)).toBeLessThanOrEqual(scale * 0.5 * 1.0001 + 1e-30);
        });
        for (let i = 0; i + 1 < q.length; i += 2) {
          const [a, b] = [q[i] ?? 0, q[i + 1] ?? 0];
          expect(255 * (Math.max(a, 0) + Math.max(b, 0))).toBeLessThanOrEqual(32767);
          expect(255 * (Math.min(a, 0) + Math.min(b, 0))).toBeGreaterThanOrEqual(-32768);
        }
      }),
    );
  });

  test("keep all 127 steps where no pair is in danger, and say where they do not", () => {
    expect(quantizeColumns(Tensor.floats([2, 1], [1, -1]), false)).toMatchObject({ widened: 0 });
    const risky = quantizeColumns(Tensor.floats([2, 1], [1, 1]), false);
    expect(risky.widened).toBe(1);
    expect(risky.values.numbers()).toEqual([64, 64]);
  });

  test("of nothing but zeros stay zeros", () => {
    expect(quantizeColumns(Tensor.floats([3, 2], new Float32Array(6)), false).values.numbers()).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
  });

  test("of values too small for a normal scale become zeros, in columns and in rows", () => {
    for (const size of [2 ** -149, 2 ** -140, 2 ** -121]) {
      const tensor = Tensor.floats([2, 1], [size, size]);
      expect(quantizeColumns(tensor, false).values.numbers()).toEqual([0, 0]);
      expect(quantizeTable(tensor).values.numbers()).toEqual([0, 0]);
      expect(quantizeTable(tensor).scales.numbers()).toEqual([1]);
    }
  });

  test("are the same of a matrix and of its transpose", () => {
    const [rows, columns] = [7, 37];
    const at = (row: number, column: number): number => Math.sin(1 + row * columns + column);
    const fill = (width: number, value: (i: number, j: number) => number): number[] =>
      Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / width), i % width));
    const plain = quantizeColumns(Tensor.floats([rows, columns], fill(columns, at)), false);
    const turned = quantizeColumns(
      Tensor.floats(
        [columns, rows],
        fill(rows, (c, r) => at(r, c)),
      ),
      true,
    );
    expect(turned.values.numbers()).toEqual(plain.values.numbers());
    expect(turned.scales.numbers()).toEqual(plain.scales.numbers());
    expect(turned.widened).toBe(plain.widened);
  });
});

describe("tables", () => {
  test("of rows that differ: each row uses the whole range", () => {
    const { values, scales } = quantizeTable(Tensor.floats([3, 2], [1, -0.5, 0.002, 0.001, 0.002, 0]));
    expect(values.numbers()).toEqual([127, -64, 127, 64, 127, 0]);
    expect(scales.shape).toEqual([3, 1]);
  });

  test("of rows that are alike share one scale", () => {
    const { values, scales } = quantizeTable(Tensor.floats([3, 2], [1, -0.5, 0.25, 0.125, 0.5, 0]));
    expect(values.numbers()).toEqual([127, -64, 32, 16, 64, 0]);
    expect(scales.shape).toEqual([1]);
  });

  test("answer for rows of either kind as the floats do, within half a step", () => {
    for (const largest of [1, 100]) {
      const content = Float32Array.from(
        { length: 40 * 512 },
        (_, i) => Math.sin(i) * (i < 512 ? largest : 1),
      );
      const table = Tensor.floats([40, 512], content);
      const { values, scales } = quantizeTable(table);
      const [q, s] = [values.numbers(), scales.floats];
      expect(s.length).toBe(largest === 1 ? 1 : 40);
      table.floats.forEach((x, i) => {
        const scale = s[s.length === 1 ? 0 : Math.floor(i / 512)] ?? 0;
        expect(Math.abs((q[i] ?? 0) * scale - x)).toBeLessThanOrEqual(scale * 0.5001);
      });
    }
  });
});

test("a quantized BERT answers nearly as the float one, with standard ops only", async () => {
  const model = tinyModel();
  const { model: small, changes, refused } = await apply(dynamic, {}, model);
  const ops = new Set(small.model.graph.nodes.map(({ op }) => op));
  expect(ops).toContain("MatMulInteger");
  expect(ops).not.toContain("Gemm");
  expect([...ops].filter((op) => op.includes("."))).toEqual([]);
  const [a, b] = [await answers(model, dataset()), await answers(small, dataset())];
  const top = a.reduce((best, value) => Math.max(best, Math.abs(value)), 0);
  a.forEach((value, i) => {
    expect(Math.abs(value - (b[i] ?? Number.NaN))).toBeLessThan(0.1 * top);
  });
  expect(changes.length).toBeGreaterThan(0);
  expect(refused.every(({ why }) => why.includes("too small to pay"))).toBe(true);
});

test("a quantized model is refused", async () => {
  const { model } = await apply(dynamic, {}, tinyModel());
  expect(dynamic.bind({}).requires(model)).toMatchObject([{ target: "model" }]);
});

describe("a weight that is read in several ways", () => {
  const WIDTH = 16;
  const random = rng(11, "weights");
  const normal = (shape: readonly number[]): Tensor =>
    Tensor.floats(
      shape,
      Float32Array.from({ length: shape.reduce((all, dim) => all * dim, 1) }, () => random.normal()),
    );
  const [square, table, x] = [normal([WIDTH, WIDTH]), normal([1200, WIDTH]), normal([3, WIDTH])];
  const ids = Tensor.from("i64", [3], [5, 1199, -7]);

  /** How far int8 is off, as a share of the largest output; its weights by type and shape; and its ops. */
  async function quantized(make: (b: Builder) => Value, raw = {}) {
    const b = new Builder(opTable);
    const model = {
      ...tinyModel(),
      family: undefined,
      model: { graph: b.finish({ y: make(b) }), metadata: {} },
    };
    expect(dynamic.bind(raw).requires(model)).toEqual([]);
    const { model: small, refused } = await apply(dynamic, raw, model);
    const engine = await openEngine();
    const answer = async ({ model: { graph } }: Bundle): Promise<Float32Array> => {
      const session = await engine.compile(graph, { threads: 1 });
      const { y } = await session.run({ x, ids });
      await session.dispose();
      return y?.floats ?? new Float32Array();
    };
    const [float, int8] = [await answer(model), await answer(small)];
    const off = float.reduce((top, value, i) => Math.max(top, Math.abs(value - (int8[i] ?? Number.NaN))), 0);
    return {
      off: off / float.reduce((top, value) => Math.max(top, Math.abs(value)), 0),
      weights: Object.fromEntries(
        [...small.model.graph.weights].flatMap(([{ name }, { dtype, shape }]) =>
          name ? [[name, `${dtype} ${shape}`]] : [],
        ),
      ),
      refused,
    };
  }
  const input = (b: Builder): Value => b.input("x", "f32", ["batch", WIDTH]);
  const lookUp = (b: Builder, from: Value): Value => b.gather(from, b.input("ids", "i64", ["batch"]));

  test("as it lies and the other way round is right in both, in either order", async () => {
    for (const first of [0, 1]) {
      const { off, weights } = await quantized((b) => {
        const w = b.weight("w", square);
        const middle = b.op("Tanh", [b.op("Gemm", [input(b), w], { transB: first })]);
        return b.op("Gemm", [middle, w], { transB: 1 - first, alpha: 0.5 });
      });
      expect(off).toBeLessThan(0.03);
      expect(weights).toMatchObject({ w_quantized: "i8 16,16", w_rows_quantized: "i8 16,16" });
      expect(weights).not.toHaveProperty("w");
    }
  });

  test("twice in the same way, behind a Transpose or by Gemm, is one set of integers", async () => {
    const { off, weights } = await quantized((b) => {
      const w = b.weight("w", square);
      const middle = b.matmul(input(b), b.transpose(w, [1, 0]));
      return b.op("Gemm", [b.op("Tanh", [middle]), w], { transB: 1 });
    });
    expect(off).toBeLessThan(0.03);
    expect(weights).toEqual({ w_quantized: "i8 16,16", w_scale: "f32 16" });
  });

  test("as a table and, transposed, as the output's matrix is one set of integers, exact in both", async () => {
    for (const tied of [
      (b: Builder, x: Value, w: Value) => b.matmul(x, b.transpose(w, [1, 0])),
      (b: Builder, x: Value, w: Value) => b.op("Gemm", [x, w], { transB: 1 }),
    ]) {
      const { off, weights } = await quantized((b) => {
        const w = b.weight("w", table);
        return tied(b, b.add(lookUp(b, w), input(b)), w);
      });
      expect(off).toBeLessThan(0.03);
      expect(weights).toEqual({ w_quantized: "i8 1200,16", w_scale: "f32 1200,1" });
    }
  });

  test("as a table and as it lies needs a scale for each row and one for each column", async () => {
    const { off, weights } = await quantized((b) => {
      const w = b.weight("w", table);
      const back = b.matmul(b.op("Softmax", [b.matmul(input(b), b.weight("v", normal([WIDTH, 1200])))]), w);
      return b.add(back, lookUp(b, w));
    });
    expect(off).toBeLessThan(0.05);
    expect(weights).toMatchObject({
      w_quantized: "i8 1200,16",
      w_scale: "f32 16",
      w_rows_quantized: "i8 1200,16",
    });
  });

  test("in a way that integers cannot serve stays as it is, and says so", async () => {
    const { weights, refused } = await quantized((b) => {
      const w = b.weight("w", square);
      const v = b.weight("v", normal([WIDTH, WIDTH]));
      return b.matmul(b.add(b.matmul(input(b), w), b.slice(w, [0], [1], [0])), v);
    });
    expect(weights).toMatchObject({ w: "f32 16,16", v_quantized: "i8 16,16" });
    expect(refused).toEqual([
      {
        target: "w",
        why: "it is read through Slice; fold that into the weight (onnxsim does) and try again",
      },
    ]);
  });

  test("of float16 between float16 values becomes integers, and its results float16 again", async () => {
    const { off, weights } = await quantized((b) => {
      const half = (name: string, tensor: Tensor): Value =>
        b.weight(name, Tensor.from("f16", tensor.shape, tensor.floats));
      const product = b.op("Gemm", [b.cast(input(b), "f16"), half("w", square), half("c", normal([WIDTH]))], {
        beta: 2,
      });
      return b.cast(product, "f32");
    });
    expect(off).toBeLessThan(0.03);
    expect(weights).toEqual({ w_quantized: "i8 16,16", w_scale: "f32 16", c: "f16 16" });
  });

  test("with tables left out, a table that is multiplied too stays", async () => {
    const { weights, refused } = await quantized(
      (b) => {
        const w = b.weight("w", table);
        const back = b.op("Gemm", [b.add(lookUp(b, w), input(b)), w], { transB: 1 });
        return b.matmul(back, b.weight("v", normal([1200, 4])));
      },
      { tables: false },
    );
    expect(weights).toMatchObject({ w: "f32 1200,16", v_quantized: "i8 1200,4" });
    expect(refused).toEqual([{ target: "w", why: "its rows are looked up, and tables is false" }]);
  });
});

describe("where nothing can be quantized the reason is told", () => {
  const why = (make: (b: Builder) => Value): string | undefined => {
    const b = new Builder(opTable);
    const model = {
      ...tinyModel(),
      family: undefined,
      model: { graph: b.finish({ y: make(b) }), metadata: {} },
    };
    return dynamic.bind({}).requires(model)[0]?.why;
  };
  const zeros = (shape: readonly number[]): Tensor =>
    Tensor.floats(shape, new Float32Array(shape.reduce((all, dim) => all * dim, 1)));
  const x = (b: Builder): Value => b.input("x", "f32", [2, 4]);

  test.each<readonly [string, (b: Builder) => Value, RegExp]>([
    [
      "left operand",
      (b) => b.matmul(b.weight("w", zeros([3, 2])), x(b)),
      /w: it is the left operand of MatMul; .*export/,
    ],
    [
      "stack",
      (b) => b.matmul(b.input("x", "f32", [1, 2, 4]), b.weight("w", zeros([1, 4, 3]))),
      /w: it has 3 axes/,
    ],
    [
      "other type",
      (b) => b.matmul(b.input("x", "f64", [2, 4]), b.weight("w", Tensor.from("f64", [4, 1], [1, 2, 3, 4]))),
      /w: it is float64; convert/,
    ],
    [
      "behind Reshape",
      (b) => b.matmul(x(b), b.reshape(b.weight("w", zeros([12])), [4, 3])),
      /no weight with two axes/,
    ],
    [
      "behind another Reshape",
      (b) => b.matmul(x(b), b.reshape(b.weight("w", zeros([3, 4])), [4, 3])),
      /w: it is read through Reshape; fold/,
    ],
    [
      "no product",
      (b) => b.add(x(b), b.weight("w", zeros([2, 4]))),
      /w: it is read by Add, which is no product/,
    ],
    [
      "small table",
      (b) => b.gather(b.weight("w", zeros([9, 4])), b.input("i", "i64", [2])),
      /w: a table of 144 bytes: too small to pay/,
    ],
    [
      "no weights",
      (b) => b.matmul(x(b), b.transpose(x(b), [1, 0])),
      /it has no weights|products multiply what is computed/,
    ],
    [
      "vector",
      (b) => b.matmul(b.input("x", "f32", [4]), b.weight("w", zeros([4, 3]))),
      /w: MatMul multiplies a vector by it/,
    ],
  ])("%s", (_name, make, expected) => {
    expect(why(make)).toMatch(expected);
  });

  test("int8 already", async () => {
    const { model } = await apply(dynamic, {}, tinyModel());
    expect(dynamic.bind({}).requires(model)[0]?.why).toMatch(
      /_quantized and \d+ more: it is int8 already; give the float model/,
    );
  });
});

// Dynamic int8: values and scales, the pair limit, the graph against a float model, and what is refused.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { methodNamed } from "../../src/methods/index.ts";
import { quantizeColumns, quantizeTable } from "../../src/methods/quantize/int8.ts";
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

// Shapes of whole chains, as exporters and families write them, with symbolic sizes.
import { describe, expect, test } from "vitest";
import { Builder, type Value } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

const start = (): { readonly b: Builder; readonly ids: Value; readonly x: Value } => {
  const b = new Builder(opTable);
  const ids = b.input("ids", "i64", ["batch", "sequence"]);
  const table = b.constant(Tensor.floats([10, 768], new Float32Array(7680)));
  return { b, ids, x: b.gather(table, ids) };
};
const one = (b: Builder, from: Value, index: number): Value =>
  b.unsqueeze(b.gather(b.op("Shape", [from]), b.constant(Tensor.ints(index))), [0]);
const fill = (b: Builder, like: Value, value: number): Value =>
  b.op("ConstantOfShape", [b.op("Shape", [like])], { value: Tensor.ints([value]) });

describe("symbolic sizes", () => {
  test("heads are split off and merged back", () => {
    const { b, ids, x } = start();
    const [batch, sequence] = [one(b, ids, 0), one(b, ids, 1)];
    const heads = b.op("Reshape", [x, b.concat([batch, sequence, b.ints([-1]), b.ints([64])], 0)]);
    expect(heads.type.shape).toEqual(["batch", "sequence", 12, 64]);
    const turned = b.transpose(heads, [0, 2, 1, 3]);
    const scores = b.matmul(turned, b.transpose(heads, [0, 2, 3, 1]));
    expect(scores.type.shape).toEqual(["batch", 12, "sequence", "sequence"]);
    const context = b.transpose(b.matmul(scores, turned), [0, 2, 1, 3]);
    const merged = b.op("Reshape", [context, b.concat([batch, sequence, b.ints([-1])], 0)]);
    expect(merged.type.shape).toEqual(["batch", "sequence", 768]);
  });

  test("a Gemm works on all tokens as rows", () => {
    const { b, ids, x } = start();
    const rows = b.op("Reshape", [x, b.ints([-1, 768])]);
    expect(rows.type.shape).toEqual(["batch*sequence", 768]);
    const w = b.constant(Tensor.floats([8, 768], new Float32Array(6144)));
    const y = b.op("Gemm", [rows, w], { transB: 1 });
    expect(y.type.shape).toEqual(["batch*sequence", 8]);
    const back = b.op("Reshape", [y, b.concat([b.op("Shape", [ids]), b.ints([-1])], 0)]);
    expect(back.type.shape).toEqual(["batch", "sequence", 8]);
  });

  test("the exporter's Expand: where(shape = -1, 1, shape)", () => {
    const { b, ids } = start();
    const mask = b.unsqueeze(ids, [1, 2]);
    const wanted = b.concat([one(b, ids, 0), b.ints([1]), one(b, ids, 1), one(b, ids, 1)], 0);
    const shape = b.op("Reshape", [wanted, b.ints([-1])]);
    const ones = fill(b, shape, 1);
    const open = b.op("Equal", [shape, b.mul(ones, b.scalar(-1, "i64"))]);
    expect(open.type.known).toEqual([0, 0, 0, 0]);
    const chosen = b.where(open, ones, shape);
    expect(b.op("Expand", [mask, chosen]).type.shape).toEqual(["batch", 1, "sequence", "sequence"]);
    expect(
      b.op("Expand", [mask, b.where(b.op("Equal", [shape, b.ints([1])]), ones, shape)]).type.shape.length,
    ).toBe(4);
  });

  test("positions: a range or table cut to the sequence, with a past before it", () => {
    const b = new Builder(opTable);
    const [now, past] = [b.input("now", "f32", ["sequence"]), b.input("past", "f32", ["past"])];
    const [length, before] = [b.op("Size", [now]), b.op("Size", [past])];
    const all = b.add(length, before);
    expect(b.op("Range", [before, all, b.scalar(1, "i64")]).type.shape).toEqual(["sequence"]);
    const table = b.constant(Tensor.ints(Array.from({ length: 512 }, (_, i) => i)));
    const cut = (from: Value, to: Value): Value =>
      b.op("Slice", [table, b.unsqueeze(from, [0]), b.unsqueeze(to, [0]), b.ints([0])]);
    expect(cut(b.scalar(0, "i64"), length).type.shape).toEqual(["sequence"]);
    expect(cut(before, all).type.shape).toEqual(["sequence"]);
    expect(b.concat([past, now], 0).type.shape).toEqual(["past+sequence"]);
    const last = b.slice(now, [-1], [2 ** 40], [0]);
    const rest = b.slice(now, [0], [-1], [0]);
    expect([last, rest, b.slice(now, [0], [512], [0])].map(({ type }) => type.shape[0])).toEqual([
      1,
      "sequence-1",
      "?1",
    ]);
    const tail = cut(b.neg(length), b.constant(Tensor.ints(2 ** 40)));
    expect(tail.type.shape).toEqual(["sequence"]);
  });
});

// Pools: the largest or the mean under each window, or over all places.
import { AppError } from "../base/index.ts";
import type { Builder, Dim, Value, ValueType } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, int, ints, type Link, type OpDef } from "./define.ts";
import { spread } from "./elementwise.ts";
import { type WindowAttrs, windowAttrs, windowCount, windows } from "./windows.ts";

interface PoolAttrs extends WindowAttrs {
  readonly kernel_shape: readonly number[];
  readonly ceil_mode: number;
}

function pooled(op: string, X: Value, attrs: PoolAttrs, fresh: () => Dim): ValueType {
  const { dtype, shape } = X.type;
  if (shape.length < 3) throw new AppError("input", `${op} takes [batch, channels, places], not [${shape}]`);
  const sizes = shape.slice(2);
  // rounding up counts for padding that is given, not for one that follows from the size
  const ceil = attrs.ceil_mode !== 0 && !attrs.auto_pad.startsWith("SAME");
  const list = windows(op, attrs, attrs.kernel_shape, sizes);
  const counts = list.map((window, i) => windowCount(op, sizes[i] ?? 1, window, ceil) ?? fresh());
  return { dtype, shape: [...shape.slice(0, 2), ...counts] };
}

/** Batch and channels. */
const apiece = (): Link[] => [0, 1].map((axis) => ["X", "Y"].map((name) => [name, axis] as const));

/** The largest under each window, and its index in X flattened: the gradient goes there. */
export const MaxPool = defineOp({
  type: "MaxPool",
  since: 12,
  inputs: ["X"],
  outputs: ["Y", "indices?"],
  attrs: { ...windowAttrs, kernel_shape: ints(), ceil_mode: int(0), storage_order: int(0) },
  saved: 2,
  infer({ X, attrs, fresh }) {
    const Y = pooled("MaxPool", X, attrs, fresh);
    return { Y, indices: { dtype: "i64", shape: Y.shape } };
  },
  grad(b, { X, indices, dY, attrs }) {
    if (attrs.storage_order !== 0 || !indices)
      throw new AppError("input", "MaxPool: the gradient is known for indices by row only");
    const zero = Tensor.from(X.type.dtype, [1], [0]);
    const flat = (value: Value): Value => b.op("Reshape", [value, b.ints([-1])]);
    const count = b.op("Reshape", [b.op("Size", [X]), b.ints([1])]);
    const empty = b.op("ConstantOfShape", [count], { value: zero });
    const sums = b.op("ScatterElements", [empty, flat(indices), flat(dY)], { axis: 0, reduction: "add" });
    return { X: b.reshapeLike(sums, X) };
  },
  // indices count over the whole of X: with them no axis can be cut
  axes: ({ indices }) => (indices ? [] : apiece()),
  examples: [
    { inputs: [[2, 3, 6]], attrs: { kernel_shape: [2], strides: [2] }, sample: spread, outputs: 1 },
    {
      inputs: [[1, 2, 5, 4]],
      attrs: { kernel_shape: [3, 2], pads: [1, 0, 1, 1] },
      sample: spread,
      outputs: 2,
    },
    {
      inputs: [[1, 1, 7]],
      attrs: { kernel_shape: [2], strides: [3], ceil_mode: 1 },
      sample: spread,
      outputs: 1,
    },
    {
      inputs: [[1, 2, 7]],
      attrs: { kernel_shape: [2], strides: [3], dilations: [2] },
      sample: spread,
      outputs: 1,
    },
    {
      inputs: [[1, 2, 7]],
      attrs: { kernel_shape: [3], strides: [2], auto_pad: "SAME_LOWER" },
      sample: spread,
    },
  ],
});

/** The mean under each window, of what is inside X or of the padding too. */
export const AveragePool = defineOp({
  type: "AveragePool",
  since: 19,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { ...windowAttrs, kernel_shape: ints(), ceil_mode: int(0), count_include_pad: int(0) },
  infer: ({ X, attrs, fresh }) => ({ Y: pooled("AveragePool", X, attrs, fresh) }),
  axes: () => apiece(),
  examples: [
    { inputs: [[2, 3, 6]], attrs: { kernel_shape: [2], strides: [2] } },
    { inputs: [[1, 2, 5, 4]], attrs: { kernel_shape: [3, 2], pads: [1, 0, 1, 1], count_include_pad: 1 } },
    { inputs: [[1, 2, 7]], attrs: { kernel_shape: [3], strides: [2], auto_pad: "SAME_UPPER" } },
  ],
});

/** One number for each channel, over all places. */
const global = (
  type: string,
  sample: ((random: number, index: number) => number) | undefined,
  decompose: (b: Builder, X: Value, axes: readonly number[]) => Value,
): OpDef =>
  defineOp({
    type,
    since: 1,
    inputs: ["X"],
    outputs: ["Y"],
    infer({ X }) {
      const { dtype, shape } = X.type;
      if (shape.length < 3)
        throw new AppError("input", `${type} takes [batch, channels, places], not [${shape}]`);
      return { Y: { dtype, shape: shape.map((dim, i) => (i < 2 ? dim : 1)) } };
    },
    decompose: (b, { X }) => [decompose(b, X, X.type.shape.map((_, i) => i).slice(2))],
    axes: () => apiece(),
    examples: [
      [2, 3, 4],
      [1, 2, 3, 2],
    ].map((shape) => ({ inputs: [shape], ...(sample && { sample }) })),
  });
export const GlobalAveragePool = global("GlobalAveragePool", undefined, (b, X, axes) =>
  b.mean(X, axes, { keep: true }),
);
export const GlobalMaxPool = global("GlobalMaxPool", spread, (b, X, axes) =>
  b.op("ReduceMax", [X, b.ints(axes)], { keepdims: 1 }),
);

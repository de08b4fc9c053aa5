// Ops that find, order or accumulate elements along an axis, and masks that follow from positions.
import { AppError } from "../base/index.ts";
import type { Builder, Dim, Value } from "../ir/index.ts";
import { dtypeOfOnnx, dtypes, isFloat, Tensor } from "../tensor/index.ts";
import { defineOp, int, type Link, maybe, type OpDef, whole } from "./define.ts";
import { spread } from "./elementwise.ts";
import { axisOf, numbersOf, sameAxes, typed } from "./shapes.ts";

const restOf = (
  X: Value,
  axis: number,
  op: string,
): { readonly at: number; readonly rest: readonly number[] } => {
  const at = axisOf(axis, X.type.shape.length, op);
  return { at, rest: X.type.shape.map((_, i) => i).filter((i) => i !== at) };
};

/** Index of the largest or smallest element along an axis, of equal ones the first or the last. */
const extreme = (type: string): OpDef =>
  defineOp({
    type,
    since: 13,
    inputs: ["X"],
    outputs: ["Y"],
    attrs: { axis: int(0), keepdims: int(1), select_last_index: int(0) },
    constant: true,
    infer({ X, attrs }) {
      const { at, rest } = restOf(X, attrs.axis, type);
      const { shape } = X.type;
      const kept = attrs.keepdims
        ? shape.map((dim, i): Dim => (i === at ? 1 : dim))
        : rest.map((i): Dim => shape[i] ?? 1);
      return { Y: { dtype: "i64", shape: kept } };
    },
    axes: ({ X, attrs }) =>
      restOf(X, attrs.axis, type).rest.map(
        (axis, i): Link => [
          ["X", axis],
          ["Y", attrs.keepdims ? axis : i],
        ],
      ),
    examples: [
      { inputs: [[3, 4]], sample: spread },
      { inputs: [[2, 3, 4]], attrs: { axis: -2, keepdims: 0 }, sample: spread },
      { inputs: [[2, 5]], attrs: { axis: 1, select_last_index: 1 }, sample: (random) => Math.round(random) },
    ],
  });
export const ArgMax = extreme("ArgMax");
export const ArgMin = extreme("ArgMin");

/** The K largest or smallest elements along an axis and where they were: gradients go back there. */
export const TopK = defineOp({
  type: "TopK",
  since: 11,
  inputs: ["X", "K"],
  outputs: ["values", "indices"],
  takes: { K: ["i64"] },
  attrs: { axis: int(-1), largest: int(1), sorted: int(1) },
  moved: { k: "K" },
  saved: 2,
  infer({ X, K, attrs, fresh }) {
    const { at } = restOf(X, attrs.axis, "TopK");
    const count = K.type.known?.[0] ?? fresh();
    const shape = X.type.shape.map((dim, i) => (i === at ? count : dim));
    return { values: { dtype: X.type.dtype, shape }, indices: { dtype: "i64", shape } };
  },
  grad(b, { X, indices, dvalues, attrs }) {
    const zero = Tensor.from(X.type.dtype, [1], [0]);
    const empty = b.op("ConstantOfShape", [b.op("Shape", [X])], { value: zero });
    const { axis } = attrs;
    return { X: b.op("ScatterElements", [empty, indices, dvalues], { axis, reduction: "add" }) };
  },
  axes: ({ X, attrs }) =>
    sameAxes(X, [axisOf(attrs.axis, X.type.shape.length, "TopK")], ["values", "indices"]),
  examples: [
    { inputs: [[2, 5], Tensor.ints([3])], sample: spread },
    { inputs: [[4, 3], Tensor.ints([2])], attrs: { axis: 0, largest: 0 }, sample: spread },
  ],
});

/** Sums up to each element along an axis. The gradient sums from the other end. */
export const CumSum = defineOp({
  type: "CumSum",
  since: 14,
  inputs: ["X", "axis"],
  outputs: ["Y"],
  takes: { axis: whole },
  attrs: { exclusive: int(0), reverse: int(0) },
  infer: ({ X }) => ({ Y: { dtype: X.type.dtype, shape: X.type.shape } }),
  grad: (b, { axis, dY, attrs }) => ({
    X: b.op("CumSum", [dY, axis], { exclusive: attrs.exclusive, reverse: attrs.reverse ? 0 : 1 }),
  }),
  axes({ X, axis }) {
    const at = numbersOf(axis)?.[0];
    return at === undefined ? [] : sameAxes(X, [axisOf(at, X.type.shape.length, "CumSum")]);
  },
  examples: [
    { inputs: [[2, 4], Tensor.ints(1)] },
    { inputs: [[3, 2], Tensor.from("i32", [], [-2])], attrs: { exclusive: 1 } },
    { inputs: [[2, 3, 2], Tensor.ints(1)], attrs: { reverse: 1 } },
  ],
});

/** The upper or lower triangle of each matrix, from the k-th diagonal on; zeros elsewhere. */
export const Trilu = defineOp({
  type: "Trilu",
  since: 14,
  inputs: ["X", "k?"],
  outputs: ["Y"],
  takes: { k: ["i64"] },
  attrs: { upper: int(1) },
  infer({ X }) {
    const { dtype, shape } = X.type;
    if (shape.length < 2) throw new AppError("input", `Trilu takes matrices, not [${shape}]`);
    return { Y: { dtype, shape } };
  },
  grad: (b, { k, dY, attrs }) => ({ X: b.op("Trilu", [dY, k], { upper: attrs.upper }) }),
  axes: ({ X }) => sameAxes(X, [X.type.shape.length - 2, X.type.shape.length - 1]),
  examples: [
    { inputs: [[3, 4], null] },
    { inputs: [[2, 3, 3], Tensor.ints(1)], attrs: { upper: 0 } },
    { inputs: [[2, 4, 3], Tensor.ints(-1)] },
  ],
});

/** 1 at the largest element along an axis, of equal ones the first; 0 elsewhere. */
export const Hardmax = defineOp({
  type: "Hardmax",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { axis: int(-1) },
  constant: true,
  infer({ X, attrs }) {
    restOf(X, attrs.axis, "Hardmax");
    return { Y: { dtype: X.type.dtype, shape: X.type.shape } };
  },
  axes: ({ X, attrs }) => sameAxes(X, [restOf(X, attrs.axis, "Hardmax").at]),
  examples: [
    { inputs: [[2, 3]], sample: spread },
    { inputs: [[2, 3, 4]], attrs: { axis: 1 }, sample: spread },
  ],
});

/** Indices of the elements that are not 0, one column each. */
export const NonZero = defineOp({
  type: "NonZero",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  constant: true,
  infer: ({ X, fresh }) => ({ Y: { dtype: "i64", shape: [Math.max(X.type.shape.length, 1), fresh()] } }),
  examples: [
    { inputs: [[2, 3]], sample: (random) => Math.round(random) },
    { inputs: [[4]], dtypes: ["i64"], sample: (random) => Math.round(random) },
  ],
});

/** Rows of a table of two values: `values[1]` at the index along the new axis, `values[0]` elsewhere. */
export const OneHot = defineOp({
  type: "OneHot",
  since: 11,
  inputs: ["indices", "depth", "values"],
  outputs: ["Y"],
  attrs: { axis: int(-1) },
  infer({ indices, depth, values, attrs, fresh }) {
    const { shape } = indices.type;
    const [pair] = values.type.shape;
    if (values.type.shape.length !== 1 || (typeof pair === "number" && pair !== 2))
      throw new AppError("input", `OneHot: values of shape [${values.type.shape}], which are two numbers`);
    const at = axisOf(attrs.axis, shape.length + 1, "OneHot");
    const length = depth.type.known?.[0] ?? fresh();
    return { Y: { dtype: values.type.dtype, shape: [...shape.slice(0, at), length, ...shape.slice(at)] } };
  },
  // y = off + (on - off) h: each value gets the gradients where it stands.
  grad(b, { indices, depth, values, dY, attrs }) {
    if (!isFloat(values.type.dtype)) return {};
    const marks = b.constant(Tensor.from(values.type.dtype, [2], [0, 1]));
    const h = b.op("OneHot", [indices, depth, marks], { axis: attrs.axis });
    const total = (value: Value): Value => b.reshape(sumAll(b, value), [1]);
    return { values: b.concat([total(b.mul(dY, b.sub(b.scalar(1, h), h))), total(b.mul(dY, h))], 0) };
  },
  examples: [
    { inputs: [Tensor.ints([0, 2, 1]), Tensor.ints([3]), [2]] },
    { inputs: [Tensor.from("i64", [2, 2], [0, 3, -1, 1]), Tensor.ints(4), [2]], attrs: { axis: 1 } },
    { inputs: [Tensor.ints([1, 0]), Tensor.ints([2]), Tensor.ints([5, 7])] },
  ],
});

const sumAll = (b: Builder, value: Value): Value =>
  b.sum(
    value,
    value.type.shape.map((_, i) => i),
  );

/** Ones on the k-th diagonal, in the shape of X. */
export const EyeLike = defineOp({
  type: "EyeLike",
  since: 9,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { dtype: maybe(int()), k: int(0) },
  constant: true,
  infer({ X, attrs }) {
    const dtype = attrs.dtype === undefined ? X.type.dtype : dtypeOfOnnx(attrs.dtype);
    if (!dtype) throw new AppError("input", `EyeLike: element type ${attrs.dtype} is not known`);
    return { Y: typed(dtype, X.type.shape) };
  },
  examples: [{ inputs: [[3, 4]] }, { inputs: [[2, 2]], attrs: { k: 1, dtype: dtypes.i32.onnx } }],
});

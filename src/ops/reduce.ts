// Reductions, softmax and normalisation.
import { AppError } from "../base/index.ts";
import type { Builder, Dim, Value, ValueType } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, float, int, type Link, type OpDef } from "./define.ts";
import { axisOf, fixedNumbers, sameAxes } from "./shapes.ts";

interface ReduceView {
  readonly X: Value;
  readonly axes: Value | undefined;
  readonly attrs: { readonly keepdims: number; readonly noop_with_empty_axes: number };
}

function reducedAxes({ X, axes, attrs }: ReduceView, op: string): readonly number[] {
  const list = axes ? fixedNumbers(axes, op, "axes") : [];
  if (list.length === 0) return attrs.noop_with_empty_axes ? [] : X.type.shape.map((_, i) => i);
  return list.map((axis) => axisOf(axis, X.type.shape.length, op));
}

function reducedType(view: ReduceView, op: string): ValueType {
  const gone = reducedAxes(view, op);
  const { dtype, shape } = view.X.type;
  const kept = shape.map((dim, i): Dim => (gone.includes(i) ? 1 : dim));
  return { dtype, shape: view.attrs.keepdims ? kept : kept.filter((_, i) => !gone.includes(i)) };
}

/** dY with its reduced axes back as length 1, so that it broadcasts against X. */
function restored(b: Builder, view: ReduceView, value: Value, op: string): Value {
  const gone = reducedAxes(view, op);
  return view.attrs.keepdims || gone.length === 0 ? value : b.unsqueeze(value, gone);
}

function reduceLinks(view: ReduceView, op: string): Link[] {
  const gone = reducedAxes(view, op);
  let out = 0;
  return view.X.type.shape.flatMap((_, axis): Link[] => {
    if (gone.includes(axis)) {
      if (view.attrs.keepdims) out++;
      return [];
    }
    return [
      [
        ["X", axis],
        ["Y", out++],
      ],
    ];
  });
}

type ReduceRule = (b: Builder, view: ReduceView & { readonly Y: Value; readonly dY: Value }) => Value;

const reduce = (op: string, rule: ReduceRule | undefined): OpDef =>
  defineOp({
    type: op,
    since: op === "ReduceSum" ? 13 : 18,
    inputs: ["X", "axes?"],
    outputs: ["Y"],
    attrs: { keepdims: int(1), noop_with_empty_axes: int(0) },
    moved: { axes: "axes" },
    infer: (view) => ({ Y: reducedType(view, op) }),
    ...(rule
      ? { grad: (b: Builder, view: ReduceView & { Y: Value; dY: Value }) => ({ X: rule(b, view) }) }
      : { constant: true as const }),
    axes: (view) => reduceLinks(view, op),
    examples: [
      { inputs: [[2, 3], Tensor.ints([1])] },
      { inputs: [[2, 3, 4], Tensor.ints([0, -1])], attrs: { keepdims: 0 } },
      { inputs: [[3], null] },
      { inputs: [[2, 1, 2], Tensor.ints([1])], attrs: { keepdims: 0 } },
    ],
  });

const like = (b: Builder, value: Value, X: Value): Value => b.op("Expand", [value, b.op("Shape", [X])]);
const count = (view: ReduceView, op: string): number => {
  const sizes = reducedAxes(view, op).map((axis) => view.X.type.shape[axis]);
  if (sizes.some((size) => typeof size !== "number"))
    throw new AppError("input", `${op}: the gradient needs fixed lengths along its axes`);
  return sizes.reduce<number>((all, size) => all * Number(size), 1);
};

export const ReduceSum = reduce("ReduceSum", (b, view) =>
  like(b, restored(b, view, view.dY, "ReduceSum"), view.X),
);
export const ReduceMean = reduce("ReduceMean", (b, view) =>
  like(b, b.scale(restored(b, view, view.dY, "ReduceMean"), 1 / count(view, "ReduceMean")), view.X),
);
/** The gradient goes to the largest element; equal ones all get it. */
export const ReduceMax = reduce("ReduceMax", (b, view) => {
  const [y, dy] = [view.Y, view.dY].map((value) => restored(b, view, value, "ReduceMax")) as [Value, Value];
  return b.where(b.op("Equal", [view.X, y]), dy, b.scalar(0, dy));
});

/** y = softmax(x): dx = y (dy - sum(dy y)) */
export const Softmax = defineOp({
  type: "Softmax",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { axis: int(-1) },
  infer: ({ X }) => ({ Y: X.type }),
  grad: (b, { Y, dY, attrs }) => ({
    X: b.mul(Y, b.sub(dY, b.sum(b.mul(dY, Y), attrs.axis, { keep: true }))),
  }),
  axes: ({ X, attrs }) => sameAxes(X, [axisOf(attrs.axis, X.type.shape.length, "Softmax")]),
  examples: [{ inputs: [[2, 3]] }, { inputs: [[2, 3, 4]], attrs: { axis: 1 } }, { inputs: [[1, 1]] }],
});

/** y = ln softmax(x): dx = dy - exp(y) sum(dy) */
export const LogSoftmax = defineOp({
  type: "LogSoftmax",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { axis: int(-1) },
  infer: ({ X }) => ({ Y: X.type }),
  grad: (b, { Y, dY, attrs }) => ({ X: b.sub(dY, b.mul(b.exp(Y), b.sum(dY, attrs.axis, { keep: true }))) }),
  axes: ({ X, attrs }) => sameAxes(X, [axisOf(attrs.axis, X.type.shape.length, "LogSoftmax")]),
  examples: [{ inputs: [[2, 3]] }, { inputs: [[2, 3, 4]], attrs: { axis: 0 } }],
});

/**
 * y = (x - mean) r s + c with r the inverse standard deviation (Ba, Kiros & Hinton 2016).
 * With n = (x - mean) r and g = dy s: dx = r (g - mean(g) - n mean(g n)), ds = sum(dy n), dc = sum(dy).
 */
export const LayerNormalization = defineOp({
  type: "LayerNormalization",
  since: 17,
  inputs: ["X", "scale", "bias?"],
  outputs: ["Y", "mean?", "deviation?"],
  attrs: { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
  saved: 3,
  infer({ X, attrs }) {
    const axis = axisOf(attrs.axis, X.type.shape.length, "LayerNormalization");
    const statistics: ValueType = {
      dtype: X.type.dtype,
      shape: X.type.shape.map((dim, i) => (i < axis ? dim : 1)),
    };
    return { Y: X.type, mean: statistics, deviation: statistics };
  },
  grad(b, { X, scale, bias, mean, deviation, dY, attrs, wants }) {
    if (!mean || !deviation)
      throw new AppError("internal", "LayerNormalization was built without its statistics");
    const axis = axisOf(attrs.axis, X.type.shape.length, "LayerNormalization");
    const axes = X.type.shape.map((_, i) => i).slice(axis);
    const normal = b.mul(b.sub(X, mean), deviation);
    const g = b.mul(dY, scale);
    const centred = b.sub(
      b.sub(g, b.mean(g, axes, { keep: true })),
      b.mul(normal, b.mean(b.mul(g, normal), axes, { keep: true })),
    );
    return {
      ...(wants("X") && { X: b.mul(centred, deviation) }),
      ...(wants("scale") && { scale: b.mul(dY, normal) }),
      ...(bias && wants("bias") && { bias: dY }),
    };
  },
  axes: ({ X, attrs }) =>
    sameAxes(
      X,
      X.type.shape.map((_, i) => i).slice(axisOf(attrs.axis, X.type.shape.length, "LayerNormalization")),
    ),
  examples: [{ inputs: [[2, 4], [4], [4]] }, { inputs: [[2, 3, 4], [4], null], attrs: { epsilon: 1e-3 } }],
});

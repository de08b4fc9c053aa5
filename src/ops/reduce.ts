// Reductions and softmax.
import type { Builder, Dim, Value, ValueType } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, int, type Link, type OpDef } from "./define.ts";
import { axisOf, fixedNumbers, perElement, sameAxes } from "./shapes.ts";

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

type Sample = (random: number, index: number) => number;

const reduce = (op: string, rule: ReduceRule, sample: Sample = (random) => 2 * random - 1): OpDef =>
  defineOp({
    type: op,
    since: op === "ReduceSum" ? 13 : 18,
    inputs: ["X", "axes?"],
    outputs: ["Y"],
    attrs: { keepdims: int(1), noop_with_empty_axes: int(0) },
    moved: { axes: "axes" },
    infer: (view) => ({ Y: reducedType(view, op) }),
    grad: (b, view) => ({ X: rule(b, view) }),
    axes: (view) => reduceLinks(view, op),
    examples: [
      { inputs: [[2, 3], Tensor.ints([1])], sample },
      { inputs: [[2, 3, 4], Tensor.ints([0, -1])], attrs: { keepdims: 0 }, sample },
      { inputs: [[3], null], sample },
      { inputs: [[2, 1, 2], Tensor.ints([1])], attrs: { keepdims: 0 }, sample },
      { inputs: [[2, 3], null], attrs: { noop_with_empty_axes: 1 }, sample },
    ],
  });

const like = (b: Builder, value: Value, X: Value): Value => b.op("Expand", [value, b.op("Shape", [X])]);

export const ReduceSum = reduce("ReduceSum", (b, view) =>
  like(b, restored(b, view, view.dY, "ReduceSum"), view.X),
);
export const ReduceMean = reduce("ReduceMean", (b, view) =>
  like(b, restored(b, view, perElement(b, view.dY, view.X, view.Y), "ReduceMean"), view.X),
);
/** No two elements within 0.1 of each other: the largest stays the largest. */
const spread: Sample = (_random, index) => ((index * 37) % 101) / 10;
/** The gradient goes to the largest element; equal ones all get it. */
export const ReduceMax = reduce(
  "ReduceMax",
  (b, view) => {
    const [y, dy] = [restored(b, view, view.Y, "ReduceMax"), restored(b, view, view.dY, "ReduceMax")];
    return b.where(b.op("Equal", [view.X, y]), dy, b.scalar(0, dy));
  },
  spread,
);

function along(X: Value, axis: number, op: string): { readonly Y: ValueType } {
  axisOf(axis, X.type.shape.length, op);
  return { Y: { dtype: X.type.dtype, shape: X.type.shape } };
}

/** y = softmax(x): dx = y (dy - sum(dy y)) */
export const Softmax = defineOp({
  type: "Softmax",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { axis: int(-1) },
  infer: ({ X, attrs }) => along(X, attrs.axis, "Softmax"),
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
  infer: ({ X, attrs }) => along(X, attrs.axis, "LogSoftmax"),
  grad: (b, { Y, dY, attrs }) => ({ X: b.sub(dY, b.mul(b.exp(Y), b.sum(dY, attrs.axis, { keep: true }))) }),
  axes: ({ X, attrs }) => sameAxes(X, [axisOf(attrs.axis, X.type.shape.length, "LogSoftmax")]),
  examples: [{ inputs: [[2, 3]] }, { inputs: [[2, 3, 4]], attrs: { axis: 0 } }],
});

// Reductions and softmax.
import { type Builder, type Dim, product, sum, type Value, type ValueType } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, int, type Link, type OpDef, whole } from "./define.ts";
import { spread } from "./elementwise.ts";
import { axisOf, fixedNumbers, perElement, sameAxes, typed } from "./shapes.ts";

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

/** One dimension or number out of several, as a reduction of a shape makes it. */
type Fold = (items: readonly Dim[]) => Dim | undefined;

function reducedType(view: ReduceView, op: string, fold: Fold | undefined): ValueType {
  const gone = reducedAxes(view, op);
  const { dtype, shape, known = [] } = view.X.type;
  const kept = shape.map((dim, i): Dim => (gone.includes(i) ? 1 : dim));
  const items = known.filter((item) => item !== undefined);
  const whole = shape.length === 1 && gone.length === 1 && items.length === shape[0] && items.length > 0;
  const left = view.attrs.keepdims ? kept : kept.filter((_, i) => !gone.includes(i));
  return typed(dtype, left, whole && fold ? [fold(items)] : undefined);
}

const ofNumbers =
  (apply: (...numbers: readonly number[]) => number): Fold =>
  (items) => {
    const numbers = items.filter((item) => typeof item === "number");
    return numbers.length === items.length ? apply(...numbers) : undefined;
  };

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

interface Reduction {
  readonly rule?: ReduceRule;
  readonly sample?: Sample;
  readonly fold?: Fold;
}

const reduce = (op: string, { rule, sample, fold }: Reduction): OpDef => {
  const drawn = sample && { sample };
  return defineOp({
    type: op,
    since: op === "ReduceSum" ? 13 : 18,
    inputs: ["X", "axes?"],
    outputs: ["Y"],
    takes: { axes: whole },
    attrs: { keepdims: int(1), noop_with_empty_axes: int(0) },
    moved: { axes: "axes" },
    infer: (view) => ({ Y: reducedType(view, op, fold) }),
    ...(rule && {
      grad: (b: Builder, view: Parameters<ReduceRule>[1]) => ({ X: rule(b, view) }),
    }),
    axes: (view) => reduceLinks(view, op),
    examples: [
      { inputs: [[2, 3], Tensor.ints([1])], ...drawn },
      { inputs: [[2, 3, 4], Tensor.ints([0, -1])], attrs: { keepdims: 0 }, ...drawn },
      { inputs: [[3], null], ...drawn },
      { inputs: [[2, 1, 2], Tensor.ints([1])], attrs: { keepdims: 0 }, ...drawn },
      { inputs: [[2, 3], null], attrs: { noop_with_empty_axes: 1 }, ...drawn },
      ...(fold ? [{ inputs: [Tensor.ints([3, -5, 4]), null], attrs: { keepdims: 0 } }] : []),
    ],
  });
};

const like = (b: Builder, value: Value, X: Value): Value => b.op("Expand", [value, b.op("Shape", [X])]);

/** The output's gradient, back in the form of X, times what `factor` gives. */
const through =
  (op: string, factor: (b: Builder, view: ReduceView, y: () => Value) => Value): ReduceRule =>
  (b, view) =>
    b.mul(
      restored(b, view, view.dY, op),
      factor(b, view, () => restored(b, view, view.Y, op)),
    );

export const ReduceSum = reduce("ReduceSum", {
  fold: (items) => items.reduce(sum),
  rule: (b, view) => like(b, restored(b, view, view.dY, "ReduceSum"), view.X),
});
export const ReduceMean = reduce("ReduceMean", {
  rule: (b, view) => like(b, restored(b, view, perElement(b, view.dY, view.X, view.Y), "ReduceMean"), view.X),
});
/** The gradient goes to the element that is the output; equal ones all get it. */
const extreme =
  (op: string): ReduceRule =>
  (b, view) => {
    const [y, dy] = [restored(b, view, view.Y, op), restored(b, view, view.dY, op)];
    return b.where(b.op("Equal", [view.X, y]), dy, b.scalar(0, dy));
  };
export const ReduceMax = reduce("ReduceMax", {
  sample: spread,
  fold: ofNumbers(Math.max),
  rule: extreme("ReduceMax"),
});
export const ReduceMin = reduce("ReduceMin", {
  sample: spread,
  fold: ofNumbers(Math.min),
  rule: extreme("ReduceMin"),
});
/** Of shapes, mostly; its gradient would need the product of all other elements, which one may be 0. */
export const ReduceProd = reduce("ReduceProd", { fold: product });
/** d sum x^2 = 2 x dx */
export const ReduceSumSquare = reduce("ReduceSumSquare", {
  rule: through("ReduceSumSquare", (b, { X }) => b.scale(X, 2)),
});
/** d sum |x| = sign(x) dx */
export const ReduceL1 = reduce("ReduceL1", {
  sample: (random) => (random < 0.5 ? -0.2 - random : random),
  rule: through("ReduceL1", (b, { X }) => b.op("Sign", [X])),
});
/** d sqrt(sum x^2) = x / y dx */
export const ReduceL2 = reduce("ReduceL2", {
  sample: (random) => 0.5 + random,
  rule: through("ReduceL2", (b, { X }, y) => b.div(X, y())),
});
/** d ln(sum x) = dx / e^y */
export const ReduceLogSum = reduce("ReduceLogSum", {
  sample: (random) => 0.5 + random,
  rule: (b, view) => like(b, restored(b, view, b.div(view.dY, b.exp(view.Y)), "ReduceLogSum"), view.X),
});
/** d ln(sum e^x) = e^(x - y) dx */
export const ReduceLogSumExp = reduce("ReduceLogSumExp", {
  rule: through("ReduceLogSumExp", (b, { X }, y) => b.exp(b.sub(X, y()))),
});

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

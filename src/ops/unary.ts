// Element-wise ops of one input.

import { AppError } from "../base/index.ts";
import { type Builder, type Dim, difference, type Value } from "../ir/index.ts";
import { type DType, dtypeOfOnnx, dtypes, Tensor } from "../tensor/index.ts";
import { defineOp, int, type OpDef, str } from "./define.ts";
import { knownBy, sameAxes, typed } from "./shapes.ts";

type Rule = (b: Builder, view: { readonly X: Value; readonly Y: Value; readonly dY: Value }) => Value;

/** An op that works on each element alone; `gradient` gives dX. */
const unary = (
  type: string,
  since: number,
  gradient: Rule | undefined,
  sample?: (random: number) => number,
  known?: (item: Dim) => Dim,
): OpDef =>
  defineOp({
    type,
    since,
    inputs: ["X"],
    outputs: ["Y"],
    infer({ X }) {
      const { dtype, shape } = X.type;
      return { Y: typed(dtype, shape, known && knownBy([X], shape, ([item = 0]) => known(item))) };
    },
    ...(gradient
      ? { grad: (b: Builder, view: { X: Value; Y: Value; dY: Value }) => ({ X: gradient(b, view) }) }
      : { constant: true as const }),
    axes: ({ X }) => sameAxes(X),
    examples: [
      ...[[2, 3], [1, 4], [], [2, 1, 3]].map((shape) => ({ inputs: [shape], ...(sample && { sample }) })),
      ...(known ? [{ inputs: [Tensor.ints([5, -6])] }] : []),
    ],
  });

const positive = (random: number): number => 0.5 + random;
/** Away from the kink at 0, where finite differences say nothing. */
const kinked = (random: number): number => (random < 0.5 ? -0.2 - random : random);

export const Neg = unary(
  "Neg",
  13,
  (b, { dY }) => b.neg(dY),
  undefined,
  (item) => difference(0, item),
);
/** d exp(x) = exp(x) dx */
export const Exp = unary("Exp", 13, (b, { Y, dY }) => b.mul(dY, Y));
/** d ln(x) = dx / x */
export const Log = unary("Log", 13, (b, { X, dY }) => b.div(dY, X), positive);
/** d sqrt(x) = dx / (2 sqrt(x)) */
export const Sqrt = unary("Sqrt", 13, (b, { Y, dY }) => b.div(b.scale(dY, 0.5), Y), positive);
/** d (1/x) = -dx / x^2 */
export const Reciprocal = unary("Reciprocal", 13, (b, { Y, dY }) => b.neg(b.mul(dY, b.mul(Y, Y))), positive);
/** d tanh(x) = (1 - tanh^2 x) dx */
export const Tanh = unary("Tanh", 13, (b, { Y, dY }) => b.sub(dY, b.mul(dY, b.mul(Y, Y))));
/** d sigma(x) = sigma(x) (1 - sigma(x)) dx */
export const Sigmoid = unary("Sigmoid", 13, (b, { Y, dY }) => b.mul(dY, b.sub(Y, b.mul(Y, Y))));
/** d erf(x) = 2/sqrt(pi) exp(-x^2) dx; the factor goes into the exponent */
export const Erf = unary("Erf", 13, (b, { X, dY }) =>
  b.mul(dY, b.exp(b.sub(b.scalar(Math.log(2 / Math.sqrt(Math.PI)), X), b.mul(X, X)))),
);
/** dx where x > 0 */
export const Relu = unary(
  "Relu",
  14,
  (b, { X, dY }) => b.where(b.op("Greater", [X, b.scalar(0, X)]), dY, b.scalar(0, X)),
  kinked,
);
/** sign(x) dx */
export const Abs = unary("Abs", 13, (b, { X, dY }) => b.mul(dY, b.op("Sign", [X])), kinked);
export const Sin = unary("Sin", 7, (b, { X, dY }) => b.mul(dY, b.op("Cos", [X])));
export const Cos = unary("Cos", 7, (b, { X, dY }) => b.neg(b.mul(dY, b.op("Sin", [X]))));
export const Sign = unary("Sign", 13, undefined, kinked);
export const Floor = unary("Floor", 13, undefined, (random) => 0.2 + 0.6 * random);
export const Identity: OpDef = {
  ...unary(
    "Identity",
    16,
    (_b, { dY }) => dY,
    undefined,
    (item) => item,
  ),
  moves: true,
};

export const Not = defineOp({
  type: "Not",
  since: 1,
  inputs: ["X"],
  outputs: ["Y"],
  constant: true,
  infer: ({ X }) => ({ Y: X.type }),
  axes: ({ X }) => sameAxes(X),
  examples: [{ inputs: [[2, 3]], dtypes: ["bool"], sample: (random) => (random < 0.5 ? 0 : 1) }],
});

const castTarget = (to: number): DType => {
  const dtype = dtypeOfOnnx(to);
  if (!dtype) throw new AppError("input", `Cast: element type ${to} is not known`);
  return dtype;
};

export const Cast = defineOp({
  type: "Cast",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { to: int() },
  moves: true,
  infer({ X, attrs }) {
    const dtype = castTarget(attrs.to);
    const whole = dtype === "i64" || dtype === "i32" ? X.type.known : undefined;
    const truth = X.type.known?.map((item) => (typeof item === "number" ? Number(item !== 0) : undefined));
    return { Y: typed(dtype, X.type.shape, dtype === "bool" ? truth : whole) };
  },
  grad: (b, { X, dY }) => ({ X: b.cast(dY, X.type.dtype) }),
  axes: ({ X }) => sameAxes(X),
  examples: [
    { inputs: [[2, 3]], attrs: { to: dtypes.f32.onnx } },
    { inputs: [Tensor.ints([4, -5])], attrs: { to: dtypes.i32.onnx } },
    { inputs: [Tensor.ints([0, -5])], attrs: { to: dtypes.bool.onnx } },
    { inputs: [[4]], attrs: { to: dtypes.i32.onnx }, sample: (random) => Math.round(random * 9) },
    {
      inputs: [[2, 2]],
      dtypes: ["i64"],
      attrs: { to: dtypes.f32.onnx },
      sample: (random) => Math.round(random * 9),
    },
  ],
});

type GeluView = { readonly X: Value };

/** x Phi(x), Phi the standard normal distribution function (Hendrycks & Gimpel 2016, exact form). */
const exactGelu = {
  // With u = x / sqrt 2: y = u (1 + erf u) / sqrt 2. The factors at both ends go into the products around.
  decompose(b: Builder, { X }: GeluView): readonly Value[] {
    const u = b.scale(X, Math.SQRT1_2);
    return [b.scale(b.mul(u, b.shift(b.op("Erf", [u]), 1)), Math.SQRT1_2)];
  },
  // With u = x / sqrt 2: d = (1 + erf u) / 2 + u exp(-u^2) / sqrt pi
  grad(b: Builder, { X, dY }: GeluView & { readonly dY: Value }): { readonly X: Value } {
    const u = b.scale(X, Math.SQRT1_2);
    const density = b.mul(u, b.exp(b.sub(b.scalar(Math.log(2 / Math.sqrt(Math.PI)), X), b.mul(u, u))));
    return { X: b.mul(b.scale(dY, 0.5), b.add(b.shift(b.op("Erf", [u]), 1), density)) };
  },
};

/** x (1 + tanh u) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3) (Hendrycks & Gimpel 2016, by tanh). */
const tanhGelu = {
  decompose(b: Builder, { X }: GeluView): readonly Value[] {
    return [b.mul(b.scale(X, 0.5), b.shift(tanhOf(b, X).t, 1))];
  },
  // With t = tanh u: d = (1 + t) / 2 + x (1 - t^2) sqrt(2 / pi) (1 + 3 * 0.044715 x^2) / 2
  grad(b: Builder, { X, dY }: GeluView & { readonly dY: Value }): { readonly X: Value } {
    const { t, square } = tanhOf(b, X);
    const slope = b.shift(b.scale(square, 3 * CUBIC * SQRT2_PI), SQRT2_PI);
    const inner = b.mul(b.mul(X, slope), b.sub(b.scalar(1, X), b.mul(t, t)));
    return { X: b.mul(b.scale(dY, 0.5), b.add(b.shift(t, 1), inner)) };
  },
};

const [SQRT2_PI, CUBIC] = [Math.sqrt(2 / Math.PI), 0.044715];

/** tanh u, u = x (sqrt(2 / pi) + sqrt(2 / pi) 0.044715 x^2), and x^2. */
function tanhOf(b: Builder, X: Value): { readonly t: Value; readonly square: Value } {
  const square = b.mul(X, X);
  const u = b.mul(X, b.shift(b.scale(square, CUBIC * SQRT2_PI), SQRT2_PI));
  return { t: b.op("Tanh", [u]), square };
}

/** The form that `approximate` names; an AppError for a name that ONNX does not have. */
function geluBy(approximate: string): typeof exactGelu {
  if (approximate === "none") return exactGelu;
  if (approximate === "tanh") return tanhGelu;
  throw new AppError("input", `Gelu: approximate is ${JSON.stringify(approximate)}, not "none" or "tanh"`);
}

/** GELU as opset 20 has it: exact, or by tanh. */
export const Gelu = defineOp({
  type: "Gelu",
  since: 20,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { approximate: str("none") },
  infer({ X, attrs }) {
    geluBy(attrs.approximate);
    return { Y: { dtype: X.type.dtype, shape: X.type.shape } };
  },
  decompose: (b, view) => geluBy(view.attrs.approximate).decompose(b, view),
  grad: (b, view) => geluBy(view.attrs.approximate).grad(b, view),
  axes: ({ X }) => sameAxes(X),
  examples: [
    { inputs: [[2, 3]] },
    { inputs: [[2, 3]], attrs: { approximate: "tanh" } },
    { inputs: [[4, 1, 2]], attrs: { approximate: "tanh" } },
  ],
});

/** The exact GELU, as ONNX Runtime had it before opset 20. */
export const ContribGelu = defineOp({
  type: "com.microsoft.Gelu",
  since: 1,
  inputs: ["X"],
  outputs: ["Y"],
  infer: ({ X }) => ({ Y: X.type }),
  ...exactGelu,
  axes: ({ X }) => sameAxes(X),
  examples: [{ inputs: [[2, 3]] }, { inputs: [[4, 1, 2]] }],
});

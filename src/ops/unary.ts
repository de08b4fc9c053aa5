// Element-wise ops of one input.

import { AppError } from "../base/index.ts";
import { type Builder, difference, type Value, type ValueType } from "../ir/index.ts";
import { type DType, dtypeOfOnnx, dtypes, Tensor } from "../tensor/index.ts";
import { defineOp, int, type OpDef } from "./define.ts";
import { kinked, positive, unary } from "./elementwise.ts";
import { sameAxes, typed } from "./shapes.ts";

/** 1 - x^2 */
const oneLess = (b: Builder, X: Value): Value => b.sub(b.scalar(1, X), b.mul(X, X));
const inside = (random: number): number => 1.6 * random - 0.8;

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
/** (1 + tan^2 x) dx */
export const Tan = unary("Tan", 7, (b, { Y, dY }) => b.add(dY, b.mul(dY, b.mul(Y, Y))));
export const Sinh = unary("Sinh", 9, (b, { X, dY }) => b.mul(dY, b.op("Cosh", [X])));
export const Cosh = unary("Cosh", 9, (b, { X, dY }) => b.mul(dY, b.op("Sinh", [X])));
/** dx / sqrt(1 - x^2) */
export const Asin = unary("Asin", 7, (b, { X, dY }) => b.div(dY, b.sqrt(oneLess(b, X))), inside);
/** -dx / sqrt(1 - x^2) */
export const Acos = unary("Acos", 7, (b, { X, dY }) => b.neg(b.div(dY, b.sqrt(oneLess(b, X)))), inside);
/** dx / (1 + x^2) */
export const Atan = unary("Atan", 7, (b, { X, dY }) => b.div(dY, b.shift(b.mul(X, X), 1)));
/** dx / sqrt(x^2 + 1) */
export const Asinh = unary("Asinh", 9, (b, { X, dY }) => b.div(dY, b.sqrt(b.shift(b.mul(X, X), 1))));
/** dx / sqrt(x^2 - 1) */
export const Acosh = unary(
  "Acosh",
  9,
  (b, { X, dY }) => b.div(dY, b.sqrt(b.shift(b.mul(X, X), -1))),
  (random) => 1.5 + random,
);
/** dx / (1 - x^2) */
export const Atanh = unary("Atanh", 9, (b, { X, dY }) => b.div(dY, oneLess(b, X)), inside);
export const Sign = unary("Sign", 13, undefined, kinked);
export const Floor = unary("Floor", 13, undefined, (random) => 0.2 + 0.6 * random);
export const Ceil = unary("Ceil", 13, undefined, (random) => 0.2 + 0.6 * random);
/** Halves to the even number. */
export const Round = unary("Round", 11, undefined, (random) => 0.6 + 0.8 * random);
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

const castTarget = (to: number): DType => {
  const dtype = dtypeOfOnnx(to);
  if (!dtype) throw new AppError("input", `Cast: element type ${to} is not known`);
  return dtype;
};

/** X in another element type; whole numbers and truth values stay known. */
function castType(X: Value, dtype: DType): ValueType {
  const whole = dtype === "i64" || dtype === "i32" ? X.type.known : undefined;
  const truth = X.type.known?.map((item) => (typeof item === "number" ? Number(item !== 0) : undefined));
  return typed(dtype, X.type.shape, dtype === "bool" ? truth : whole);
}

export const Cast = defineOp({
  type: "Cast",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { to: int() },
  moves: true,
  infer: ({ X, attrs }) => ({ Y: castType(X, castTarget(attrs.to)) }),
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

/** The element type of another tensor, whose elements are not read. */
export const CastLike = defineOp({
  type: "CastLike",
  since: 15,
  inputs: ["X", "like"],
  outputs: ["Y"],
  infer: ({ X, like }) => ({ Y: castType(X, like.type.dtype) }),
  grad: (b, { X, dY }) => ({ X: b.cast(dY, X.type.dtype) }),
  axes: ({ X }) => sameAxes(X),
  examples: [
    { inputs: [[2, 3], Tensor.floats([2], [0, 0])] },
    { inputs: [[2, 3], Tensor.floats([], [0])], dtypes: ["i64"], sample: (random) => Math.round(random * 9) },
    { inputs: [Tensor.ints([4, -5]), Tensor.from("i32", [1], [0])] },
  ],
});

// Activations beside those that have a file of their own; each is a curve over single elements.
import type { Builder, Value } from "../ir/index.ts";
import { defineOp, float } from "./define.ts";
import { activation, kinked, unary } from "./elementwise.ts";
import { alignedLinks } from "./shapes.ts";

const above = (b: Builder, X: Value, bound = 0): Value => b.op("Greater", [X, b.scalar(bound, X)]);

/** x above 0, alpha (e^x - 1) below: there d = (y + alpha) dx */
export const Elu = activation("Elu", {
  since: 6,
  attrs: { alpha: float(1) },
  sample: kinked,
  grad: (b, { X, Y, dY, attrs }) => b.where(above(b, X), dY, b.mul(dY, b.shift(Y, attrs.alpha))),
  example: { alpha: 1.5 },
});
/** x above 0, alpha (e^(x / alpha) - 1) below: there d = (y / alpha + 1) dx */
export const Celu = activation("Celu", {
  since: 12,
  attrs: { alpha: float(1) },
  sample: kinked,
  grad: (b, { X, Y, dY, attrs }) =>
    b.where(above(b, X), dY, b.mul(dY, b.shift(b.scale(Y, 1 / attrs.alpha), 1))),
  example: { alpha: 2 },
});
/** gamma x above 0, gamma alpha (e^x - 1) below: there d = (y + gamma alpha) dx */
export const Selu = activation("Selu", {
  since: 6,
  attrs: { alpha: float(1.6732632), gamma: float(1.050701) },
  sample: kinked,
  grad: (b, { X, Y, dY, attrs: { alpha, gamma } }) =>
    b.where(above(b, X), b.scale(dY, gamma), b.mul(dY, b.shift(Y, gamma * alpha))),
  example: { alpha: 2, gamma: 0.5 },
});
export const LeakyRelu = activation("LeakyRelu", {
  since: 16,
  attrs: { alpha: float(0.01) },
  sample: kinked,
  grad: (b, { X, dY, attrs }) => b.where(above(b, X), dY, b.scale(dY, attrs.alpha)),
  example: { alpha: 0.3 },
});
/** x above alpha, else 0. */
export const ThresholdedRelu = activation("ThresholdedRelu", {
  since: 10,
  attrs: { alpha: float(1) },
  sample: (random) => (random < 0.5 ? random : 1 + random),
  grad: (b, { X, dY, attrs }) => b.where(above(b, X, attrs.alpha), dY, b.scalar(0, dY)),
  example: { alpha: 0.75 },
});
/** alpha x + beta between 0 and 1; numbers on both sides of both bounds, which lie at -2.5 and 2.5 by default. */
export const HardSigmoid = activation("HardSigmoid", {
  since: 6,
  attrs: { alpha: float(0.2), beta: float(0.5) },
  sample: (random) => Math.round(6 * random - 3) * 1.4 + 0.2 * random,
  grad: (b, { Y, dY, attrs }) => {
    const inside = b.op("And", [above(b, Y), b.op("Less", [Y, b.scalar(1, Y)])]);
    return b.where(inside, b.scale(dY, attrs.alpha), b.scalar(0, dY));
  },
  example: { alpha: 0.5, beta: 0.6 },
});
/** x times HardSigmoid with alpha = 1/6 and beta = 1/2. */
export const HardSwish = activation("HardSwish", {
  since: 14,
  attrs: {},
  sample: (random) => Math.round(6 * random - 3) * 1.3 + 0.2 * random,
  decompose: (b, { X }) => b.mul(X, b.op("HardSigmoid", [X], { alpha: 1 / 6, beta: 0.5 })),
});
/** x sigmoid(alpha x): SiLU where alpha is 1. */
export const Swish = activation("Swish", {
  since: 24,
  attrs: { alpha: float(1) },
  decompose: (b, { X, attrs }) => b.mul(X, b.op("Sigmoid", [b.scale(X, attrs.alpha)])),
  example: { alpha: 1.5 },
});
/** x tanh(ln(1 + e^x)) */
export const Mish = activation("Mish", {
  since: 18,
  attrs: {},
  decompose: (b, { X }) => b.mul(X, b.op("Tanh", [b.op("Softplus", [X])])),
});
/** d ln(1 + e^x) = sigma(x) dx */
export const Softplus = unary("Softplus", 1, (b, { X, dY }) => b.mul(dY, b.op("Sigmoid", [X])));
/** d x / (1 + |x|) = dx / (1 + |x|)^2 */
export const Softsign = unary(
  "Softsign",
  1,
  (b, { X, dY }) => {
    const below = b.shift(b.op("Abs", [X]), 1);
    return b.div(dY, b.mul(below, below));
  },
  kinked,
);

/** x above 0, slope x below; the slope broadcasts to X. */
export const PRelu = defineOp({
  type: "PRelu",
  since: 16,
  inputs: ["X", "slope"],
  outputs: ["Y"],
  alike: [["X", "slope"]],
  infer: ({ X }) => ({ Y: { dtype: X.type.dtype, shape: X.type.shape } }),
  grad: (b, { X, slope, dY, wants }) => ({
    X: b.where(above(b, X), dY, b.mul(dY, slope)),
    ...(wants("slope") && { slope: b.where(above(b, X), b.scalar(0, dY), b.mul(dY, X)) }),
  }),
  axes: ({ X, slope, Y }) => alignedLinks({ X, slope, Y }, "Y"),
  examples: [
    { inputs: [[2, 3], [3]], sample: kinked },
    {
      inputs: [
        [2, 3, 2],
        [3, 1],
      ],
      sample: kinked,
    },
    { inputs: [[2, 3], []], sample: kinked },
  ],
});

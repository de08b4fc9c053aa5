// GELU, exact and by tanh, as ONNX and as ONNX Runtime's contrib operators have it.
import { AppError } from "../base/index.ts";
import type { Builder, Value } from "../ir/index.ts";
import { defineOp, float, str } from "./define.ts";
import { activation, positive } from "./elementwise.ts";
import { alignedLinks, broadcast, sameAxes } from "./shapes.ts";

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

/** The exact GELU of A + B, B a vector along the last axis. */
export const BiasGelu = defineOp({
  type: "com.microsoft.BiasGelu",
  since: 1,
  inputs: ["A", "B"],
  outputs: ["Y"],
  infer: ({ A, B, fresh }) => ({
    Y: { dtype: A.type.dtype, shape: broadcast([A.type.shape, B.type.shape], fresh, "BiasGelu") },
  }),
  decompose: (b, { A, B }) => exactGelu.decompose(b, { X: b.add(A, B) }),
  axes: ({ A, B, Y }) => alignedLinks({ A, B, Y }, "Y"),
  examples: [{ inputs: [[2, 3], [3]] }, { inputs: [[2, 3, 4], [4]] }],
});

/** The GELU by tanh of X, or of X + bias. */
export const FastGelu = defineOp({
  type: "com.microsoft.FastGelu",
  since: 1,
  inputs: ["X", "bias?"],
  outputs: ["Y"],
  infer: ({ X }) => ({ Y: { dtype: X.type.dtype, shape: X.type.shape } }),
  decompose: (b, { X, bias }) => tanhGelu.decompose(b, { X: bias ? b.add(X, bias) : X }),
  axes: ({ X, bias, Y }) => alignedLinks({ X, ...(bias && { bias }), Y }, "Y"),
  examples: [
    { inputs: [[2, 3], [3]], sample: positive },
    { inputs: [[2, 3, 4]], sample: positive },
  ],
});

/** x sigmoid(alpha x), which with 1.702 is near GELU. */
export const QuickGelu = activation("com.microsoft.QuickGelu", {
  since: 1,
  attrs: { alpha: float(1.702) },
  decompose: (b, { X, attrs }) => b.mul(X, b.op("Sigmoid", [b.scale(X, attrs.alpha)])),
  example: { alpha: 1 },
});

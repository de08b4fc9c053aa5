// Normalisation.
import { defect } from "../base/index.ts";
import type { Builder, Value, ValueType } from "../ir/index.ts";
import { dtypeOfOnnx } from "../tensor/index.ts";
import { defineOp, float, int } from "./define.ts";
import { axisOf, perElement, sameAxes } from "./shapes.ts";

const normalAxes = (X: Value, first: number): readonly number[] =>
  X.type.shape.map((_, i) => i).slice(axisOf(first, X.type.shape.length, "LayerNormalization"));

const inverse = (b: Builder, variance: Value): Value => b.op("Reciprocal", [b.sqrt(variance)]);

/** The sum of those that are there. */
function total(b: Builder, parts: readonly (Value | undefined)[]): Value | undefined {
  const there = parts.filter((part) => part !== undefined);
  return there.length === 0 ? undefined : there.reduce((a, c) => b.add(a, c));
}

/**
 * y = n s + c, n = (x - mean) r, r the inverse standard deviation of N elements (Ba, Kiros & Hinton 2016).
 * With g = dy s: dx = r (g - mean(g) - n mean(g n)), ds = sum(dy n), dc = sum(dy).
 * Gradients that arrive at the statistics, as those of a gradient do, add (dmean - dr r^2 n) / N to dx.
 */
export const LayerNormalization = defineOp({
  type: "LayerNormalization",
  since: 17,
  inputs: ["X", "scale", "bias?"],
  outputs: ["Y", "mean?", "deviation?"],
  alike: [["X", "scale", "bias"]],
  attrs: { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
  saved: 3,
  infer({ X, attrs }) {
    const gone = normalAxes(X, attrs.axis);
    const shape = X.type.shape.map((dim, i) => (gone.includes(i) ? 1 : dim));
    const statistics: ValueType = { dtype: dtypeOfOnnx(attrs.stash_type) ?? "f32", shape };
    return { Y: { dtype: X.type.dtype, shape: X.type.shape }, mean: statistics, deviation: statistics };
  },
  grad(b, { X, scale, mean, deviation, dY, dmean, ddeviation, attrs, wants, arrives }) {
    if (!mean || !deviation) throw defect("LayerNormalization was built without its statistics");
    const axes = normalAxes(X, attrs.axis);
    const along = (value: Value): Value => b.mean(value, axes, { keep: true });
    // Statistics of another type than X are of less use than X itself.
    const own = mean.type.dtype === X.type.dtype;
    const centred = b.sub(X, own ? mean : along(X));
    const r = own ? deviation : inverse(b, b.shift(along(b.mul(centred, centred)), attrs.epsilon));
    const n = b.mul(centred, r);
    const throughY = (): Value => {
      const g = b.mul(dY, scale);
      return b.mul(b.sub(b.sub(g, along(g)), b.mul(n, along(b.mul(g, n)))), r);
    };
    const throughMean = (): Value => perElement(b, b.cast(dmean, X.type.dtype), X, mean);
    const throughDeviation = (): Value =>
      b.neg(b.mul(perElement(b, b.mul(b.cast(ddeviation, X.type.dtype), b.mul(r, r)), X, mean), n));
    const dX = (): Value | undefined =>
      total(b, [
        arrives("Y") ? throughY() : undefined,
        arrives("mean") ? throughMean() : undefined,
        arrives("deviation") ? throughDeviation() : undefined,
      ]);
    const given = wants("X") ? dX() : undefined;
    return {
      ...(given && { X: given }),
      ...(wants("scale") && arrives("Y") && { scale: b.mul(dY, n) }),
      ...(wants("bias") && arrives("Y") && { bias: dY }),
    };
  },
  axes: ({ X, attrs }) => sameAxes(X, normalAxes(X, attrs.axis), ["Y", "mean", "deviation"]),
  examples: [
    { inputs: [[2, 4], [4], [4]], outputs: 1 },
    { inputs: [[2, 3, 4], [4], null], attrs: { epsilon: 1e-3 }, outputs: 1 },
    {
      inputs: [
        [3, 2, 4],
        [2, 4],
        [2, 4],
      ],
      attrs: { axis: 1 },
      outputs: 3,
    },
  ],
});

/** y = x / sqrt(mean(x^2) + epsilon) s, the mean over the axes from `axis` on (Zhang & Sennrich 2019). */
export const RMSNormalization = defineOp({
  type: "RMSNormalization",
  since: 23,
  inputs: ["X", "scale"],
  outputs: ["Y"],
  attrs: { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
  infer({ X, scale, attrs }) {
    normalAxes(X, attrs.axis);
    return { Y: { dtype: scale.type.dtype, shape: X.type.shape } };
  },
  decompose(b, { X, scale, attrs }) {
    const wide = X.type.dtype === "f64" ? "f64" : (dtypeOfOnnx(attrs.stash_type) ?? "f32");
    const x = b.cast(X, wide);
    const square = b.mean(b.mul(x, x), normalAxes(X, attrs.axis), { keep: true });
    const normal = b.mul(x, inverse(b, b.shift(square, attrs.epsilon)));
    return [b.mul(b.cast(normal, scale.type.dtype), scale)];
  },
  axes: ({ X, attrs }) => sameAxes(X, normalAxes(X, attrs.axis)),
  examples: [
    { inputs: [[2, 4], [4]] },
    {
      inputs: [
        [2, 3, 4],
        [3, 4],
      ],
      attrs: { axis: 1, epsilon: 1e-3 },
    },
  ],
});

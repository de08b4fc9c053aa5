// Normalisation of channels: over the batch, over each item's places, in groups; and by a vector's length.
import { AppError, unread } from "../base/index.ts";
import type { Builder, Value } from "../ir/index.ts";
import { dtypeOfOnnx, dtypes } from "../tensor/index.ts";
import { defineOp, float, int, type Link } from "./define.ts";
import { apart, axisOf, sameAxes, sizeOfAxes } from "./shapes.ts";

/** A vector over the channels, to stand against [batch, channels, places]. */
const perChannel = (b: Builder, vector: Value, X: Value): Value => {
  const places = X.type.shape.slice(2).map((_, i) => i + 1);
  return places.length === 0 ? vector : b.unsqueeze(vector, places);
};

const spatial = (X: Value): readonly number[] => X.type.shape.map((_, i) => i).slice(2);

/** (x - mean) / sqrt(variance + epsilon) along the axes. */
function standardised(b: Builder, X: Value, axes: readonly number[], epsilon: number): Value {
  const centred = b.sub(X, b.mean(X, axes, { keep: true }));
  const variance = b.mean(b.mul(centred, centred), axes, { keep: true });
  return b.div(centred, b.sqrt(b.shift(variance, epsilon)));
}

function channelsFit(op: string, X: Value, vectors: readonly Value[]): void {
  const channels = X.type.shape[1];
  for (const { type } of vectors) {
    const [length] = type.shape;
    if (X.type.shape.length < 2 || type.shape.length !== 1 || apart(length ?? 1, channels ?? 1))
      throw new AppError(
        "input",
        `${op}: a vector of shape [${type.shape}] for the channels of [${X.type.shape}]`,
      );
  }
}

const channelLink = (vectors: readonly string[]): Link => [
  ["X", 1],
  ["Y", 1],
  ...vectors.map((name) => [name, 0] as const),
];

/** Normalised by the mean and variance that come as inputs: at inference, one factor and one term a channel. */
export const BatchNormalization = defineOp({
  type: "BatchNormalization",
  since: 15,
  inputs: ["X", "scale", "B", "mean", "variance"],
  outputs: ["Y"],
  alike: [
    ["scale", "B"],
    ["mean", "variance"],
  ],
  attrs: { epsilon: float(1e-5), momentum: float(0.9), training_mode: int(0) },
  infer({ X, scale, B, mean, variance, attrs }) {
    if (attrs.training_mode !== 0) throw unread("BatchNormalization in training mode is not read");
    channelsFit("BatchNormalization", X, [scale, B, mean, variance]);
    return { Y: { dtype: X.type.dtype, shape: X.type.shape } };
  },
  decompose(b, { X, scale, B, mean, variance, attrs }) {
    const factor = b.div(scale, b.sqrt(b.shift(variance, attrs.epsilon)));
    const term = b.sub(B, b.mul(mean, factor));
    return [b.add(b.mul(X, perChannel(b, factor, X)), perChannel(b, term, X))];
  },
  axes: ({ X }) => [...sameAxes(X, [1]), channelLink(["scale", "B", "mean", "variance"])],
  examples: [
    { inputs: [[2, 3, 4], [3], [3], [3], [3]], sample: (random) => 0.5 + random },
    { inputs: [[3, 2], [2], [2], [2], [2]], attrs: { epsilon: 1e-2 }, sample: (random) => 0.5 + random },
  ],
});

/** Each channel of each item normalised over its places. */
export const InstanceNormalization = defineOp({
  type: "InstanceNormalization",
  since: 6,
  inputs: ["X", "scale", "B"],
  outputs: ["Y"],
  alike: [["X", "scale", "B"]],
  attrs: { epsilon: float(1e-5) },
  infer({ X, scale, B }) {
    channelsFit("InstanceNormalization", X, [scale, B]);
    return { Y: { dtype: X.type.dtype, shape: X.type.shape } };
  },
  decompose(b, { X, scale, B, attrs }) {
    const normal = standardised(b, X, spatial(X), attrs.epsilon);
    return [b.add(b.mul(normal, perChannel(b, scale, X)), perChannel(b, B, X))];
  },
  axes: ({ X }) => [...sameAxes(X, [1, ...spatial(X)]), channelLink(["scale", "B"])],
  examples: [
    { inputs: [[2, 3, 4], [3], [3]] },
    { inputs: [[1, 2, 3, 2], [2], [2]], attrs: { epsilon: 1e-2 } },
  ],
});

/** Groups of channels of each item normalised over their places; scale and bias one a channel. */
export const GroupNormalization = defineOp({
  type: "GroupNormalization",
  since: 21,
  inputs: ["X", "scale", "bias"],
  outputs: ["Y"],
  alike: [["X", "scale", "bias"]],
  attrs: { epsilon: float(1e-5), num_groups: int(), stash_type: int(1) },
  infer({ X, scale, bias, attrs }) {
    channelsFit("GroupNormalization", X, [scale, bias]);
    const channels = X.type.shape[1];
    if (attrs.num_groups < 1 || (typeof channels === "number" && channels % attrs.num_groups !== 0))
      throw new AppError("input", `GroupNormalization: ${channels} channels in ${attrs.num_groups} groups`);
    return { Y: { dtype: X.type.dtype, shape: X.type.shape } };
  },
  decompose(b, { X, scale, bias, attrs }) {
    const x = b.cast(X, dtypeOfOnnx(attrs.stash_type) ?? "f32");
    const groups = b.op("Reshape", [x, sizeOfAxes(b, X, [0, [attrs.num_groups], [-1]])]);
    const normal = b.cast(b.reshapeLike(standardised(b, groups, [2], attrs.epsilon), X), X.type.dtype);
    return [b.add(b.mul(normal, perChannel(b, scale, X)), perChannel(b, bias, X))];
  },
  axes: ({ X }) => sameAxes(X, [1, ...spatial(X)]),
  examples: [
    { inputs: [[2, 4, 3], [4], [4]], attrs: { num_groups: 2, stash_type: dtypes.f64.onnx } },
    {
      inputs: [[1, 6, 2, 2], [6], [6]],
      attrs: { num_groups: 3, epsilon: 1e-2, stash_type: dtypes.f64.onnx },
    },
  ],
});

/** x divided by its length along an axis: the sum of magnitudes, or the root of the sum of squares. */
export const LpNormalization = defineOp({
  type: "LpNormalization",
  since: 1,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { axis: int(-1), p: int(2) },
  infer({ X, attrs }) {
    axisOf(attrs.axis, X.type.shape.length, "LpNormalization");
    if (attrs.p !== 1 && attrs.p !== 2)
      throw new AppError("input", `LpNormalization: p is ${attrs.p}, not 1 or 2`);
    return { Y: { dtype: X.type.dtype, shape: X.type.shape } };
  },
  decompose: (b, { X, attrs }) => [
    b.div(X, b.op(`ReduceL${attrs.p}`, [X, b.ints([attrs.axis])], { keepdims: 1 })),
  ],
  axes: ({ X, attrs }) => sameAxes(X, [axisOf(attrs.axis, X.type.shape.length, "LpNormalization")]),
  examples: [
    { inputs: [[2, 3]], sample: (random) => 0.5 + random },
    { inputs: [[2, 3, 2]], attrs: { axis: 1, p: 1 }, sample: (random) => 0.5 + random },
  ],
});

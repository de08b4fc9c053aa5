// Operators of ONNX Runtime's optimised BERT and GPT-2 files: attention with its own projection, and sums with their norm.
import { AppError, unread } from "../base/index.ts";
import { type Builder, type Dim, product, quotient, sum, type Value, type ValueType } from "../ir/index.ts";
import { type DType, Tensor } from "../tensor/index.ts";
import { defineOp, float, int, ints, type Link, maybe } from "./define.ts";
import { causal } from "./masks.ts";
import { apart, sameAxes } from "./shapes.ts";

const integers: readonly DType[] = ["i32"];

/** Widths of queries, keys and values side by side in one matrix. */
function widthsOf(weights: Value, sizes: readonly number[] | undefined, heads: number): readonly number[] {
  const all = weights.type.shape[1] ?? 1;
  if (typeof all !== "number") throw unread("Attention: the width of its weights must be fixed");
  const third = quotient(all, 3);
  const [q, k, v] = sizes ?? [third, third, third].map(Number);
  const wrong = weights.type.shape.length !== 2 || heads < 1 || sum(q ?? 0, sum(k ?? 0, v ?? 0)) !== all;
  if (wrong || q === undefined || k === undefined || v === undefined || q !== k || q % heads || v % heads)
    throw new AppError(
      "input",
      `Attention: weights of shape [${weights.type.shape}] for ${heads} heads of [${sizes}]`,
    );
  return [q, k, v];
}

/** Whether a mask's sizes can be those of so many items and keys: lengths, starts beside them, or a number a key. */
function masks({ type: { shape } }: Value, batch: Dim, keys: Dim): boolean {
  const [first = 1, last = 1] = [shape[0], shape.at(-1)];
  if (shape.length > 1) return shape.length > 3 || !(apart(first, batch) || apart(last, keys));
  return [1, 2].some((times) => !apart(first, product([times, batch])));
}

/** What is added to the scores for keys that are masked: by lengths, or by one number for each key or pair. */
function maskBias(b: Builder, mask: Value, scores: Value, value: number): Value {
  const rank = mask.type.shape.length;
  const batch = scores.type.shape[0];
  if (rank === 1 && mask.type.shape[0] !== batch)
    throw unread(
      "com.microsoft.Attention: the gradient is known for masks of one length an item, or of one number a key",
    );
  const keys = (): Value => b.op("Squeeze", [b.op("Shape", [scores], { start: 3 })]);
  const inside =
    rank === 1
      ? b.op("Less", [
          b.op("Range", [b.scalar(0, "i64"), keys(), b.scalar(1, "i64")]),
          b.cast(b.unsqueeze(mask, [1]), "i64"),
        ])
      : b.op("Greater", [mask, b.scalar(0, mask)]);
  const axes = rank === 3 ? [1] : [1, 2];
  return b.unsqueeze(b.where(inside, b.scalar(0, scores), b.scalar(value, scores)), axes);
}

/**
 * Multi-head attention from the hidden states: one matrix makes queries, keys and values. Its bias may be absent in a
 * file, but there ONNX Runtime 1.30 on the processor ends with the process: such a node is refused.
 */
export const ContribAttention = defineOp({
  type: "com.microsoft.Attention",
  since: 1,
  inputs: ["X", "weights", "bias", "mask?", "past?", "scores?"],
  outputs: ["Y", "present?"],
  alike: [["X", "weights", "bias", "past", "scores"]],
  takes: { mask: integers },
  attrs: {
    num_heads: int(),
    unidirectional: int(0),
    qkv_hidden_sizes: maybe(ints()),
    mask_filter_value: float(-10000),
    scale: maybe(float()),
    do_rotary: int(0),
    rotary_embedding_dim: maybe(int()),
    past_present_share_buffer: int(0),
  },
  infer({ X, weights, bias, mask, past, scores, attrs }) {
    const { dtype, shape } = X.type;
    const [batch = 1, length = 1, hidden = 1] = shape;
    if (shape.length !== 3 || apart(hidden, weights.type.shape[0] ?? 1))
      throw new AppError(
        "input",
        `Attention: [${shape}] does not fit weights of shape [${weights.type.shape}]`,
      );
    const [q = 1, , v = 1] = widthsOf(weights, attrs.qkv_hidden_sizes, attrs.num_heads);
    if (apart(bias.type.shape[0] ?? 1, weights.type.shape[1] ?? 1))
      throw new AppError(
        "input",
        `Attention: a bias of shape [${bias.type.shape}] for [${weights.type.shape}]`,
      );
    const width = q / attrs.num_heads;
    const cache = [2, batch, attrs.num_heads, past?.type.shape[3] ?? 1, width];
    if (past && (past.type.shape.length !== 5 || cache.some((dim, i) => apart(dim, past.type.shape[i] ?? 1))))
      throw new AppError("input", `Attention: a past of shape [${past.type.shape}] for [${cache}]`);
    const all = past ? sum(past.type.shape[3] ?? 1, length) : length;
    if (mask && !masks(mask, batch, all))
      throw new AppError(
        "input",
        `Attention: a mask of shape [${mask.type.shape}] for [${batch}, ${all}] keys`,
      );
    const pairs = [batch, attrs.num_heads, length, all];
    if (scores?.type.shape.some((dim, i) => dim !== 1 && apart(dim, pairs[i] ?? 1)))
      throw new AppError("input", `Attention: scores of shape [${scores.type.shape}] added to [${pairs}]`);
    return {
      Y: { dtype, shape: [batch, length, v] },
      present: { dtype, shape: [2, batch, attrs.num_heads, all, width] },
    };
  },
  decompose(b, { X, weights, bias, mask, past, scores: added, attrs }) {
    const heads = attrs.num_heads;
    const rank = mask?.type.shape.length ?? 1;
    if (past || attrs.do_rotary || rank > 3)
      throw unread(
        "com.microsoft.Attention: the gradient with a past, rotary positions or a mask of 4 axes is not known",
      );
    const [q = 1, k = 1, v = 1] = widthsOf(weights, attrs.qkv_hidden_sizes, heads);
    const projected = b.matmul(X, weights);
    const whole = b.add(projected, bias);
    const part = (from: number, width: number): Value => {
      const own = b.op("Reshape", [b.slice(whole, [from], [from + width], [2]), b.ints([0, 0, heads, -1])]);
      return b.transpose(own, [0, 2, 1, 3]);
    };
    const [query, key, value] = [part(0, q), part(q, k), part(q + k, v)];
    const scale = attrs.scale ?? 1 / Math.sqrt(q / heads);
    const plain = b.scale(b.matmul(query, b.transpose(key, [0, 1, 3, 2])), scale);
    const terms = [
      mask && maskBias(b, mask, plain, attrs.mask_filter_value),
      added,
      attrs.unidirectional ? causal(b, plain) : undefined,
    ].filter((term) => term !== undefined);
    const scores = terms.reduce((all, term) => b.add(all, term), plain);
    const mixed = b.transpose(b.matmul(b.op("Softmax", [scores], { axis: -1 }), value), [0, 2, 1, 3]);
    const present = q === v ? b.concat([b.unsqueeze(key, [0]), b.unsqueeze(value, [0])], 0) : value;
    return [b.op("Reshape", [mixed, b.ints([0, 0, v])]), present];
  },
  axes({ mask, scores }) {
    const batch: Link = [
      ["X", 0],
      ...(mask && mask.type.shape.length > 1 ? [["mask", 0] as const] : []),
      ["past", 1],
      ...(scores?.type.shape[0] === 1 ? [] : [["scores", 0] as const]),
      ["Y", 0],
      ["present", 1],
    ];
    // a mask in one axis may hold two numbers an item
    return mask?.type.shape.length === 1 ? [] : [batch];
  },
  examples: [
    { inputs: [[2, 3, 4], [4, 12], [12]], attrs: { num_heads: 2 }, outputs: 1 },
    {
      inputs: [[2, 3, 4], [4, 12], [12], Tensor.from("i32", [2, 3], [1, 1, 0, 1, 1, 1])],
      attrs: { num_heads: 2, mask_filter_value: -3 },
      outputs: 1,
    },
    {
      inputs: [[2, 3, 4], [4, 12], [12], Tensor.from("i32", [2], [2, 3])],
      attrs: { num_heads: 2, scale: 0.5 },
      outputs: 1,
    },
    { inputs: [[2, 3, 4], [4, 12], [12]], attrs: { num_heads: 2, unidirectional: 1 }, outputs: 1 },
    { inputs: [[2, 3, 4], [4, 12], [12], null, null, [2, 2, 3, 3]], attrs: { num_heads: 2 }, outputs: 1 },
    { inputs: [[2, 1, 4], [4, 12], [12], null, [2, 2, 2, 3, 2]], attrs: { num_heads: 2 }, outputs: 2 },
  ],
});

/** Mean and inverse deviation are made while training only; the sum under the norm is of the norm's type. */
const withStatistics = (
  X: Value,
): {
  readonly Y: ValueType;
  readonly mean: ValueType;
  readonly deviation: ValueType;
  readonly total: ValueType;
} => {
  const { dtype, shape } = X.type;
  const one: ValueType = {
    dtype: "f32",
    shape: shape.map((dim, i): Dim => (i === shape.length - 1 ? 1 : dim)),
  };
  return { Y: { dtype, shape }, mean: one, deviation: one, total: { dtype, shape } };
};

/** Leading axes that X and skip have alike; the last is normalised. */
function skipLinks(X: Value, skip: Value): readonly Link[] {
  const offset = X.type.shape.length - skip.type.shape.length;
  return X.type.shape.slice(0, -1).map((dim, axis): Link => {
    const own = axis - offset;
    const shared = own >= 0 && skip.type.shape[own] === dim && dim !== 1;
    return [["X", axis], ...(shared ? [["skip", own] as const] : []), ["Y", axis], ["total", axis]];
  });
}

/** The layer norm of X + skip + bias. */
export const SkipLayerNormalization = defineOp({
  type: "com.microsoft.SkipLayerNormalization",
  since: 1,
  inputs: ["X", "skip", "gamma", "beta?", "bias?"],
  outputs: ["Y", "mean?", "deviation?", "total?"],
  alike: [["X", "skip", "gamma", "beta", "bias"]],
  attrs: { epsilon: float(1e-12) },
  infer: ({ X }) => withStatistics(X),
  decompose(b, { X, skip, gamma, beta, bias, attrs }) {
    const added = b.add(X, skip);
    const total = bias ? b.add(added, bias) : added;
    const epsilon = attrs.epsilon;
    return [...b.opN("LayerNormalization", [total, gamma, beta], { axis: -1, epsilon }, 3), total];
  },
  axes: ({ X, skip }) => skipLinks(X, skip),
  examples: [
    { inputs: [[2, 3, 4], [2, 3, 4], [4], [4], [4]], outputs: 1 },
    { inputs: [[2, 3, 4], [2, 3, 4], [4]], attrs: { epsilon: 1e-3 }, outputs: 1 },
  ],
});

/** y = x / sqrt(mean(x^2) + epsilon) gamma over the last axis. */
const rms = (b: Builder, x: Value, gamma: Value, epsilon: number): Value => {
  const square = b.mean(b.mul(x, x), -1, { keep: true });
  return b.mul(b.div(x, b.sqrt(b.shift(square, epsilon))), gamma);
};

/** The RMS norm of X + skip + bias. */
export const SkipSimplifiedLayerNormalization = defineOp({
  type: "com.microsoft.SkipSimplifiedLayerNormalization",
  since: 1,
  inputs: ["X", "skip", "gamma", "bias?"],
  outputs: ["Y", "mean?", "deviation?", "total?"],
  alike: [["X", "skip", "gamma", "bias"]],
  attrs: { epsilon: float(1e-12) },
  infer: ({ X }) => withStatistics(X),
  decompose(b, { X, skip, gamma, bias, attrs }) {
    const added = b.add(X, skip);
    const total = bias ? b.add(added, bias) : added;
    return [rms(b, total, gamma, attrs.epsilon), total, total, total];
  },
  axes: ({ X, skip }) => skipLinks(X, skip),
  examples: [
    { inputs: [[2, 3, 4], [2, 3, 4], [4], [4]], attrs: { epsilon: 1e-5 }, outputs: 1 },
    { inputs: [[2, 3, 4], [2, 3, 4], [4]], attrs: { epsilon: 1e-3 }, outputs: 1 },
  ],
});

/** The RMS norm as ONNX Runtime had it before opset 23, over the last axis. */
export const SimplifiedLayerNormalization = defineOp({
  type: "SimplifiedLayerNormalization",
  since: 1,
  inputs: ["X", "scale"],
  outputs: ["Y", "deviation?"],
  attrs: { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
  infer({ X, scale, attrs }) {
    const { shape } = X.type;
    if (attrs.axis !== -1 && attrs.axis !== shape.length - 1)
      throw unread(`SimplifiedLayerNormalization over axis ${attrs.axis} of ${shape.length} is not read`);
    const one = shape.map((dim, i): Dim => (i === shape.length - 1 ? 1 : dim));
    return { Y: { dtype: scale.type.dtype, shape }, deviation: { dtype: "f32", shape: one } };
  },
  decompose: (b, { X, scale, attrs }) => [rms(b, X, scale, attrs.epsilon)],
  axes: ({ X }) => sameAxes(X, [X.type.shape.length - 1]),
  examples: [
    { inputs: [[2, 4], [4]], outputs: 1 },
    { inputs: [[2, 3, 4], [4]], attrs: { epsilon: 1e-3 }, outputs: 1 },
  ],
});

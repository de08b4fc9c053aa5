// Attention as opsets 23 and 24 have it.
import { AppError, unread } from "../base/index.ts";
import { type Builder, type Dim, quotient, sum, type Value } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, float, int, type Link, maybe } from "./define.ts";
import { causal } from "./masks.ts";
import { apart, sizeOfAxes } from "./shapes.ts";

interface Heads {
  /** Heads of the queries, and of keys and values. */
  readonly queries: Dim;
  readonly keys: Dim;
  /** Width of one head of the keys, and of the values. */
  readonly width: Dim;
  readonly valueWidth: Dim;
}

interface HeadAttrs {
  readonly q_num_heads: number | undefined;
  readonly kv_num_heads: number | undefined;
}

const dimOf = (value: Value, axis: number): Dim => value.type.shape[axis] ?? 1;

/** Whether so many queries can share so many keys: each of them equally many. */
const shares = (queries: Dim, keys: Dim): boolean =>
  typeof queries !== "number" || typeof keys !== "number" || queries % keys === 0;

/** The width of each of several heads side by side. */
function widthOf(value: Value, heads: number): Dim {
  const all = dimOf(value, 2);
  const width = quotient(all, heads);
  if (width !== undefined) return width;
  if (typeof all === "string") throw unread("Attention: the width of its heads must be fixed");
  throw new AppError("input", `Attention: a width of ${all} for ${heads} heads`);
}

/** Heads from [batch, heads, length, width], or from [batch, length, heads x width] with the number of heads. */
function headsOf(Q: Value, K: Value, V: Value, attrs: HeadAttrs): Heads {
  const ranks = [Q, K, V].map(({ type }) => type.shape.length);
  const { q_num_heads: q, kv_num_heads: kv } = attrs;
  const refuse = (): AppError => {
    const shapes = [Q, K, V].map(({ type }) => `[${type.shape}]`).join(", ");
    return new AppError(
      "input",
      `Attention: ${shapes} with q_num_heads ${q} and kv_num_heads ${kv} do not fit`,
    );
  };
  const flat = ranks.every((rank) => rank === 3);
  if (!flat && ranks.some((rank) => rank !== 4)) throw refuse();
  if (flat && (!q || !kv)) throw refuse();
  const own = (value: Value, heads: number | undefined): readonly [Dim, Dim] =>
    flat ? [heads ?? 1, widthOf(value, heads ?? 1)] : [dimOf(value, 1), dimOf(value, 3)];
  const [[queries, width], [keys, keyWidth], [values, valueWidth]] = [own(Q, q), own(K, kv), own(V, kv)];
  const length = flat ? 1 : 2;
  const wrong = [
    apart(width, keyWidth),
    apart(keys, values),
    apart(dimOf(K, length), dimOf(V, length)),
    apart(dimOf(Q, 0), dimOf(K, 0)),
    apart(dimOf(K, 0), dimOf(V, 0)),
  ];
  if (wrong.includes(true) || !shares(queries, keys)) throw refuse();
  return { queries, keys, width: keyWidth, valueWidth };
}

/** [batch, length, heads x width] as [batch, heads, length, width]. */
function split(b: Builder, value: Value, heads: Dim): Value {
  if (value.type.shape.length === 4) return value;
  if (typeof heads !== "number") throw unread("Attention: the gradient needs a fixed number of heads");
  const apart = b.op("Reshape", [value, b.ints([0, 0, heads, -1])]);
  return b.transpose(apart, [0, 2, 1, 3]);
}

/** Each head of keys or values as often as queries share it. */
function repeated(b: Builder, value: Value, { queries, keys }: Heads): Value {
  if (queries === keys) return value;
  const times = typeof queries === "number" && typeof keys === "number" ? queries / keys : Number.NaN;
  if (!Number.isInteger(times))
    throw unread(`Attention: the gradient of ${queries} heads over ${keys} is not known`);
  const copies = b.op("Expand", [b.unsqueeze(value, [2]), b.ints([1, 1, times, 1, 1])]);
  return b.op("Reshape", [copies, sizeOfAxes(b, value, [0, [Number(queries)], 2, 3])]);
}

/** 0 where a query may look and -Infinity elsewhere, or what is added to the scores. */
function biasOf(b: Builder, mask: Value, like: Value): Value {
  if (mask.type.dtype !== "bool") return mask;
  return b.where(mask, b.scalar(0, like), b.scalar(Number.NEGATIVE_INFINITY, like));
}

const joined = (b: Builder, past: Value | undefined, now: Value): Value =>
  past ? b.concat([past, now], 2) : now;

/** softmax(scale Q K^T + mask) V for each head; keys and values may be shared by several heads of queries. */
export const Attention = defineOp({
  type: "Attention",
  since: 24,
  inputs: ["Q", "K", "V", "mask?", "pastKey?", "pastValue?", "nonpad?"],
  outputs: ["Y", "presentKey?", "presentValue?", "scores?"],
  alike: [
    ["Q", "K"],
    ["pastKey", "K"],
    ["pastValue", "V"],
  ],
  takes: { nonpad: ["i64"] },
  attrs: {
    is_causal: int(0),
    kv_num_heads: maybe(int()),
    q_num_heads: maybe(int()),
    qk_matmul_output_mode: int(0),
    scale: maybe(float()),
    softcap: float(0),
    softmax_precision: maybe(int()),
  },
  infer({ Q, K, V, mask, pastKey, pastValue, nonpad, attrs }) {
    const { queries, keys, width, valueWidth } = headsOf(Q, K, V, attrs);
    const flat = Q.type.shape.length === 3;
    const [batch, length, now] = [dimOf(Q, 0), dimOf(Q, flat ? 1 : 2), dimOf(K, flat ? 1 : 2)];
    const [all, allValues] = [pastKey, pastValue].map((past) => (past ? sum(dimOf(past, 2), now) : now));
    const together =
      typeof queries === "number" && typeof valueWidth === "number" ? queries * valueWidth : undefined;
    if (flat && together === undefined) throw unread("Attention: the width of its values must be fixed");
    const { dtype } = Q.type;
    const items = nonpad?.type.shape[0] ?? batch;
    if (apart(items, batch))
      throw new AppError("input", `Attention: lengths of ${items} items, not of ${batch}`);
    const keysSeen = mask && !nonpad ? (mask.type.shape.at(-1) ?? 1) : (all ?? now);
    if (apart(keysSeen, all ?? now))
      throw new AppError("input", `Attention: a mask of ${keysSeen} keys for ${all}`);
    return {
      Y: { dtype, shape: flat ? [batch, length, together ?? 1] : [batch, queries, length, valueWidth] },
      presentKey: { dtype: K.type.dtype, shape: [batch, keys, all ?? now, width] },
      presentValue: { dtype: V.type.dtype, shape: [batch, keys, allValues ?? now, valueWidth] },
      scores: { dtype, shape: [batch, queries, length, all ?? now] },
    };
  },
  decompose(b, { Q, K, V, mask, pastKey, pastValue, nonpad, attrs }) {
    const { softcap, qk_matmul_output_mode: mode, is_causal } = attrs;
    if (softcap !== 0 || mode !== 0 || nonpad || (is_causal && pastKey)) {
      throw unread(
        "Attention: the gradient with softcap, lengths without padding, scores after the mask, or a causal past is not known",
      );
    }
    const heads = headsOf(Q, K, V, attrs);
    const q = split(b, Q, heads.queries);
    const key = joined(b, pastKey, split(b, K, heads.keys));
    const value = joined(b, pastValue, split(b, V, heads.keys));
    if (typeof heads.width !== "number")
      throw unread("Attention: the gradient needs a fixed width of its heads");
    const turned = b.transpose(repeated(b, key, heads), [0, 1, 3, 2]);
    const scores = b.scale(b.matmul(q, turned), attrs.scale ?? 1 / Math.sqrt(heads.width));
    const masked = mask ? b.add(scores, biasOf(b, mask, scores)) : scores;
    const seen = is_causal ? b.add(masked, causal(b, masked)) : masked;
    const mixed = b.matmul(b.op("Softmax", [seen], { axis: -1 }), repeated(b, value, heads));
    const flat = b.transpose(mixed, [0, 2, 1, 3]);
    const Y = Q.type.shape.length === 4 ? mixed : b.op("Reshape", [flat, b.ints([0, 0, -1])]);
    return [Y, key, value, scores];
  },
  axes({ Q, K, V, mask, attrs }) {
    const { queries, keys } = headsOf(Q, K, V, attrs);
    const plain = Q.type.shape.length === 4;
    const caches = ["pastKey", "pastValue", "presentKey", "presentValue"] as const;
    // the mask stands under [batch, heads, length, keys], aligned from the right
    const offset = 4 - (mask?.type.shape.length ?? 0);
    const under = (axis: number): Link =>
      mask && axis >= offset && mask.type.shape[axis - offset] !== 1 ? [["mask", axis - offset]] : [];
    const at = (axis: number, names: readonly string[]): Link => names.map((name) => [name, axis] as const);
    const batch = [...at(0, ["Q", "K", "V", "Y", ...caches, "scores", "nonpad"]), ...under(0)];
    if (!plain) return [batch];
    const head = [...at(1, ["Q", "K", "V", "Y", ...caches, "scores"]), ...under(1)];
    const shared = queries !== keys || attrs.q_num_heads !== undefined || attrs.kv_num_heads !== undefined;
    return [batch, ...(shared ? [] : [head]), at(3, ["V", "Y", "pastValue", "presentValue"])];
  },
  examples: [
    {
      inputs: [
        [2, 3, 4, 5],
        [2, 3, 6, 5],
        [2, 3, 6, 4],
      ],
      outputs: 1,
    },
    {
      inputs: [
        [2, 3, 4, 5],
        [2, 3, 4, 5],
        [2, 3, 4, 5],
      ],
      attrs: { is_causal: 1, scale: 0.5 },
      outputs: 1,
    },
    {
      inputs: [
        [2, 4, 3, 2],
        [2, 2, 5, 2],
        [2, 2, 5, 2],
        [3, 5],
      ],
      outputs: 1,
    },
    {
      inputs: [
        [2, 3, 8],
        [2, 5, 4],
        [2, 5, 4],
        [2, 1, 3, 5],
      ],
      attrs: { q_num_heads: 4, kv_num_heads: 2 },
      dtypes: [undefined, undefined, undefined, "bool"],
      sample: (random, index, input) =>
        input === 3 ? Number(index % 5 === 0 || random < 0.5) : 2 * random - 1,
      outputs: 1,
    },
    { inputs: [[2, 2, 1, 3], [2, 2, 1, 3], [2, 2, 1, 4], null, [2, 2, 2, 3], [2, 2, 2, 4]], outputs: 3 },
    { inputs: [[2, 2, 3, 4], [2, 2, 5, 4], [2, 2, 5, 4], null, null, null, Tensor.ints([4, 5])], outputs: 1 },
  ],
});

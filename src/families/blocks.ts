// Blocks that encoder families share. Activations stay flat, [batch * sequence, width], so that every
// dense layer is one Gemm.
import type { Builder, Value } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";

/** Gives the weight of a name: family code asks for weights in its own names and shapes. */
export type WeightSource = (name: string, shape: readonly number[]) => Tensor;

/** What every block needs: the builder, the weights, and whether Dropout nodes are wanted. */
export interface Scope {
  readonly b: Builder;
  /** The weight of a name; asked for again, the same value: a table that is used twice is one tensor. */
  readonly weight: (name: string, shape: readonly number[]) => Value;
  readonly dropout: boolean;
}

/** The scope of a builder with weights from a source. */
export function scopeOf(b: Builder, source: WeightSource, dropout: boolean): Scope {
  const made = new Map<string, Value>();
  return {
    b,
    dropout,
    weight(name, shape) {
      const value = made.get(name) ?? b.weight(name, source(name, shape));
      made.set(name, value);
      return value;
    },
  };
}

/** The inputs of a graph, each [batch, sequence] of int64. */
export interface Ports {
  readonly ids: Value;
  /** 1 for a token, 0 for padding. */
  readonly mask: Value;
  /** The text of a pair that a token belongs to; undefined where the family does not take it. */
  readonly types: Value | undefined;
}

/** The positions whose hidden states a head reads. */
export type Reads = "first" | "all";

/** What a body gives: the hidden states that the head reads, with the shapes to put them back into rows. */
export interface Hidden {
  /** [batch, hidden] of first tokens, or [batch * sequence, hidden] of all. */
  readonly rows: Value;
  readonly shapes: SequenceShapes;
}

/** x W' + b with W as [to, from], the layout of PyTorch's Linear; without b where `bias` is false. */
export function dense(
  { b, weight }: Scope,
  x: Value,
  name: string,
  from: number,
  to: number,
  bias = true,
): Value {
  const inputs = [x, weight(`${name}.weight`, [to, from])];
  return b.op("Gemm", bias ? [...inputs, weight(`${name}.bias`, [to])] : inputs, { transB: 1 });
}

/** Layer normalization over the last axis. */
export function layerNorm(
  { b, weight }: Scope,
  x: Value,
  name: string,
  width: number,
  epsilon: number,
  bias = true,
): Value {
  const inputs = [x, weight(`${name}.weight`, [width])];
  const all = bias ? [...inputs, weight(`${name}.bias`, [width])] : inputs;
  return b.op("LayerNormalization", all, { axis: -1, epsilon });
}

/** Rows of a table at integer indices. */
export const embedding = (scope: Scope, indices: Value, name: string, rows: number, width: number): Value =>
  scope.b.gather(scope.weight(name, [rows, width]), indices);

/**
 * A Dropout node that does nothing until training replaces it; x itself when dropout is off or never
 * drops.
 */
export function dropout({ b, dropout: wanted }: Scope, x: Value, chance: number): Value {
  return wanted && chance > 0 ? b.op("Dropout", [x, b.scalar(chance, "f32"), b.scalar(0, "bool")]) : x;
}

/**
 * The first `length` positions as indices: a constant range cut at run time, so that on static shapes
 * it is a constant.
 */
export function positionIds({ b }: Scope, ids: Value, positions: number): Value {
  const range = b.ints(Array.from({ length: positions }, (_, i) => i));
  const length = b.op("Shape", [ids], { start: 1, end: 2 });
  return b.op("Slice", [range, b.ints([0]), length, b.ints([0])]);
}

/**
 * 0 where the mask is 1 and -10000 where it is 0, as [batch, 1, 1, sequence], to be added to attention
 * scores. exp(-10000) is exactly 0 in f32 beside any real token. The number is finite in f16 too (its
 * least is -65504), so that neither a padded token (0 * -Inf) nor a row of padding alone (-Inf + Inf)
 * becomes NaN; such a row attends to its own padding.
 */
export function additiveMask({ b }: Scope, mask: Value): Value {
  const hidden = b.sub(b.scalar(1, "f32"), b.cast(mask, "f32"));
  return b.unsqueeze(b.scale(hidden, -10000), [1, 2]);
}

/**
 * Run-time shapes that all layers share. The number of heads is -1 in them, so that pruning heads
 * changes no constant.
 */
export interface SequenceShapes {
  /** [batch, sequence, -1, headSize] */
  readonly heads: Value;
  /** [batch * sequence, -1] */
  readonly flat: Value;
  /** [batch, sequence, -1] */
  readonly tokens: Value;
  /** [batch, -1, 1, headSize] */
  readonly firstHeads: Value;
  /** [batch, -1] */
  readonly first: Value;
}

/** The shapes for ids [batch, sequence] and hidden states [batch * sequence, width]. */
export function sequenceShapes({ b }: Scope, ids: Value, flat: Value, headSize: number): SequenceShapes {
  const both = b.op("Shape", [ids]);
  const batch = b.op("Shape", [ids], { start: 0, end: 1 });
  const rows = b.op("Shape", [flat], { start: 0, end: 1 });
  const shape = (start: Value, rest: readonly number[]): Value => b.concat([start, b.ints(rest)], 0);
  return {
    heads: shape(both, [-1, headSize]),
    flat: shape(rows, [-1]),
    tokens: shape(both, [-1]),
    firstHeads: shape(batch, [-1, 1, headSize]),
    first: shape(batch, [-1]),
  };
}

/** Rows of tokens as [batch, sequence, width]. */
export const tokens = ({ b }: Scope, x: Value, shapes: SequenceShapes): Value =>
  b.op("Reshape", [x, shapes.tokens]);

/** The first token of each sequence: [batch, width] of [batch, sequence, width]. */
export const firstOf = ({ b }: Scope, x: Value): Value => b.gather(x, b.scalar(0, "i64"), 1);

/** Hidden states of each sequence's first token: [batch, width] of [batch * sequence, width]. */
export const firstTokens = (scope: Scope, x: Value, shapes: SequenceShapes): Value =>
  firstOf(scope, tokens(scope, x, shapes));

export interface Attention {
  /** Of all tokens, or of first tokens only when `first` is true. */
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  readonly first: boolean;
  readonly shapes: SequenceShapes;
  readonly headSize: number;
  readonly mask: Value;
  /** Chance that an attention weight is dropped in training. */
  readonly chance: number;
  /** Turns queries and keys [batch, heads, sequence, headSize] by their positions; the first token is turned by nothing. */
  readonly turn?: (x: Value) => Value;
  /** Adds to the products of queries and keys, each [batch, heads, rows, headSize], before they are scaled. */
  readonly relative?: (products: Value, queries: Value, keys: Value) => Value;
  /** What the products are divided by; default: the root of headSize. */
  readonly root?: number;
}

/** softmax(Q K' / sqrt(headSize) + mask) V for each head; flat in, one row per row of the query out. */
export function attend(scope: Scope, attention: Attention): Value {
  const { b } = scope;
  const { value, first, shapes, headSize, mask, chance, root = Math.sqrt(headSize) } = attention;
  const scores = b.add(b.scale(productsOf(scope, attention), 1 / root), mask);
  const weights = dropout(scope, b.op("Softmax", [scores], { axis: -1 }), chance);
  const mixed = b.matmul(weights, split(scope, value, shapes, [0, 2, 1, 3]));
  const reshape = (x: Value, shape: Value): Value => b.op("Reshape", [x, shape]);
  return first ? reshape(mixed, shapes.first) : reshape(b.transpose(mixed, [0, 2, 1, 3]), shapes.flat);
}

/** Flat rows by heads, in the order of axes that a product needs. */
const split = ({ b }: Scope, x: Value, shapes: SequenceShapes, perm: readonly number[]): Value =>
  b.transpose(b.op("Reshape", [x, shapes.heads]), perm);

/** Q K' for each head: [batch, heads, sequence or 1, sequence]. */
function productsOf(scope: Scope, { query, key, first, shapes, turn, relative }: Attention): Value {
  const { b } = scope;
  const byHeads = (x: Value): Value => split(scope, x, shapes, [0, 2, 1, 3]);
  const turned = (x: Value): Value => (turn ? turn(byHeads(x)) : byHeads(x));
  const queries = first ? b.op("Reshape", [query, shapes.firstHeads]) : turned(query);
  if (!turn && !relative) return b.matmul(queries, split(scope, key, shapes, [0, 2, 3, 1]));
  const keys = turned(key);
  const products = b.matmul(queries, b.transpose(keys, [0, 1, 3, 2]));
  return relative ? relative(products, queries, keys) : products;
}

/** What layers share, for first tokens and for all: made when it is first asked for, and then the same. */
export function once(make: (first: boolean) => Value): (first: boolean) => Value {
  const made = new Map<boolean, Value>();
  return (first) => {
    const value = made.get(first) ?? make(first);
    made.set(first, value);
    return value;
  };
}

/** 0, 1, 2 ... for the positions of ids [batch, sequence]. */
export function range({ b }: Scope, ids: Value): Value {
  const length = b.squeeze(b.op("Shape", [ids], { start: 1, end: 2 }), [0]);
  return b.op("Range", [b.scalar(0, "i64"), length, b.scalar(1, "i64")]);
}

/**
 * Rotary positions (Su et al., arXiv:2104.09864): of each vector's halves (x, y), by the angle p theta^(-2i / width) at position p,
 * (x cos - y sin, y cos + x sin).
 */
export function rotary(scope: Scope, ids: Value, width: number, theta: number): (x: Value) => Value {
  const { b } = scope;
  const half = width / 2;
  const speeds = Float32Array.from({ length: half }, (_, i) => 1 / theta ** ((2 * i) / width));
  const places = b.unsqueeze(b.cast(range(scope, ids), "f32"), [1]);
  const angles = b.mul(places, b.constant(Tensor.floats([1, half], speeds)));
  const [cos, sin] = [b.op("Cos", [angles]), b.op("Sin", [angles])];
  return (x) => {
    const [left, right] = [b.slice(x, [0], [half], [3]), b.slice(x, [half], [width], [3])];
    const turned = [b.sub(b.mul(left, cos), b.mul(right, sin)), b.add(b.mul(right, cos), b.mul(left, sin))];
    return b.concat(turned, 3);
  };
}

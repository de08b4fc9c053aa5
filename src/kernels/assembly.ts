// Kernels in AssemblyScript, compiled to WebAssembly SIMD by `node bench/kernels.js`: one pass over memory each.
// Pointers are byte offsets into one imported memory; all data are float32 unless said otherwise.

/** Sum of squares of n values, in four double-precision lanes pairs so that the result does not depend on alignment. */
export function sumOfSquares(x: usize, n: i32): f64 {
  let low: v128 = f64x2.splat(0);
  let high: v128 = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(x + (<usize>i << 2));
    const a = f64x2.promote_low_f32x4(v);
    const b = f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < n; i++) {
    const value = <f64>load<f32>(x + (<usize>i << 2));
    sum += value * value;
  }
  return sum;
}

/**
 * AdamW (Loshchilov & Hutter 2019, decoupled decay) on n parameters p with moments m, v and gradient g.
 * g is multiplied by `clip` first; `step` is lr / (1 - beta1^t), `correction` is 1 / sqrt(1 - beta2^t), `keep` is 1 - lr decay.
 */
export function adamw(
  p: usize, m: usize, v: usize, g: usize, n: i32,
  clip: f32, beta1: f32, beta2: f32, step: f32, correction: f32, epsilon: f32, keep: f32,
): void {
  const b1 = f32x4.splat(beta1);
  const c1 = f32x4.splat((1 - beta1) * clip);
  const b2 = f32x4.splat(beta2);
  const c2 = f32x4.splat((1 - beta2) * clip * clip);
  const s = f32x4.splat(step);
  const c = f32x4.splat(correction);
  const e = f32x4.splat(epsilon);
  const k = f32x4.splat(keep);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i << 2;
    const gi = v128.load(g + at);
    const mi = f32x4.add(f32x4.mul(b1, v128.load(m + at)), f32x4.mul(c1, gi));
    const vi = f32x4.add(f32x4.mul(b2, v128.load(v + at)), f32x4.mul(c2, f32x4.mul(gi, gi)));
    v128.store(m + at, mi);
    v128.store(v + at, vi);
    const deviation = f32x4.add(f32x4.mul(f32x4.sqrt(vi), c), e);
    v128.store(p + at, f32x4.sub(f32x4.mul(k, v128.load(p + at)), f32x4.div(f32x4.mul(s, mi), deviation)));
  }
  for (; i < n; i++) {
    const at = <usize>i << 2;
    const gi = load<f32>(g + at);
    const mi = beta1 * load<f32>(m + at) + (1 - beta1) * clip * gi;
    const vi = beta2 * load<f32>(v + at) + (1 - beta2) * clip * clip * (gi * gi);
    store<f32>(m + at, mi);
    store<f32>(v + at, vi);
    store<f32>(p + at, keep * load<f32>(p + at) - (step * mi) / (sqrt<f32>(vi) * correction + epsilon));
  }
}

/** x *= y element by element: holds the mask of a pruned weight. */
export function multiply(x: usize, y: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i << 2;
    v128.store(x + at, f32x4.mul(v128.load(x + at), v128.load(y + at)));
  }
  for (; i < n; i++) {
    const at = <usize>i << 2;
    store<f32>(x + at, load<f32>(x + at) * load<f32>(y + at));
  }
}

/** x *= factor. */
export function scale(x: usize, factor: f32, n: i32): void {
  const f = f32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i << 2;
    v128.store(x + at, f32x4.mul(v128.load(x + at), f));
  }
  for (; i < n; i++) {
    const at = <usize>i << 2;
    store<f32>(x + at, load<f32>(x + at) * factor);
  }
}

/** The largest of four lanes. */
function topLane(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/** Largest size among n values; 0 for none. */
export function largest(x: usize, n: i32): f32 {
  let top: v128 = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) top = f32x4.pmax(top, f32x4.abs(v128.load(x + (<usize>i << 2))));
  let most = topLane(top);
  for (; i < n; i++) most = max(most, abs<f32>(load<f32>(x + (<usize>i << 2))));
  return most;
}

/** Largest size of the sum of two adjacent values: the first and second, third and fourth, ... */
function largestPair(x: usize, n: i32): f32 {
  let top: v128 = f32x4.splat(0);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const at = x + (<usize>i << 2);
    const a = v128.load(at);
    const b = v128.load(at + 16);
    const firsts = i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    const seconds = i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    top = f32x4.pmax(top, f32x4.abs(f32x4.add(firsts, seconds)));
  }
  let most = topLane(top);
  for (; i + 1 < n; i += 2) {
    const at = x + (<usize>i << 2);
    most = max(most, abs<f32>(load<f32>(at) + load<f32>(at + 4)));
  }
  return most;
}

/** 1.5 x 2^23: a float of this size has no fraction, so adding it rounds to the nearest integer, ties to even. */
const ROUNDER: f32 = 12582912;

/** Four floats times `inverse` as integers; their sizes must stay far below 2^22. */
function rounded(x: usize, inverse: v128): v128 {
  const shifted = f32x4.add(f32x4.mul(v128.load(x), inverse), f32x4.splat(ROUNDER));
  return i32x4.sub(shifted, i32x4.splat(0x4b400000));
}

/** into = x / scale to the nearest integer, ties to even; false as soon as an adjacent pair adds to more than `pairs`. */
export function roundAll(x: usize, n: i32, into: usize, scale: f32, pairs: i32): bool {
  const inverse: f32 = 1 / scale;
  const s = f32x4.splat(inverse);
  const limit = i16x8.splat(<i16>pairs);
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    const at = x + (<usize>i << 2);
    const low = i16x8.narrow_i32x4_s(rounded(at, s), rounded(at + 16, s));
    const high = i16x8.narrow_i32x4_s(rounded(at + 32, s), rounded(at + 48, s));
    const bytes = i8x16.narrow_i16x8_s(low, high);
    v128.store(into + i, bytes);
    if (v128.any_true(i16x8.gt_s(i16x8.abs(i16x8.extadd_pairwise_i8x16_s(bytes)), limit))) return false;
  }
  for (; i < n; i++) store<i8>(into + i, <i8>nearest<f32>(load<f32>(x + (<usize>i << 2)) * inverse));
  for (let j = n & ~15; j + 1 < n; j += 2)
    if (abs<i32>(<i32>load<i8>(into + j) + <i32>load<i8>(into + j + 1)) > pairs) return false;
  return true;
}

/** Below this size the scale of int8 values would be no normal float: such values are zeros to every runtime. */
const SMALLEST: f32 = 127.0 * 1.17549435e-38;

/**
 * Symmetric int8 of n floats, largest / 127 a step; the scale. Where two adjacent integers of one sign would add to more
 * than `pairs`, the scale grows by 1 % until none do, and its negative is given.
 */
export function quantize(x: usize, n: i32, into: usize, pairs: i32): f32 {
  const size = largest(x, n);
  if (size < SMALLEST) {
    memory.fill(into, 0, n);
    return 1;
  }
  const natural = size / 127;
  let scale = natural;
  if (pairs < 254) {
    // rounding takes at most 1 off a pair's sum, so below this scale some pair cannot fit: these steps need no look
    const least = largestPair(x, n) / <f32>(pairs + 1) * <f32>0.999999;
    while (scale < least) scale *= <f32>1.01;
  }
  while (!roundAll(x, n, into, scale, pairs)) scale *= <f32>1.01;
  return scale == natural ? scale : -scale;
}

/** The transpose of x, a matrix of bytes [rows, columns], into y, whose rows are `stride` bytes apart. */
export function transposeBytes(x: usize, rows: i32, columns: i32, y: usize, stride: i32): void {
  for (let c = 0; c < columns; c++)
    for (let r = 0; r < rows; r++) store<u8>(y + c * stride + r, load<u8>(x + r * columns + c));
}

/** How many of n floats are not zero; n is a multiple of 4. */
export function nonzeroFloats(x: usize, n: i32): i32 {
  let zeros: v128 = i32x4.splat(0);
  for (let i = 0; i < n; i += 4) zeros = i32x4.add(zeros, f32x4.eq(v128.load(x + (<usize>i << 2)), f32x4.splat(0)));
  const pairs = i32x4.add(zeros, i8x16.shuffle(zeros, zeros, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return n + i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

/** How many of n bytes are not `zero`; n is a multiple of 16. */
export function otherBytes(x: usize, n: i32, zero: i32): i32 {
  let same = 0;
  for (let i = 0; i < n; i += 16)
    same += popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(x + i), i8x16.splat(<i8>zero))));
  return n - same;
}

/** Mixes the bits of a counter: lowbias32 (C. Wellons, "Prospecting for hash functions", 2018). */
function mixed(counter: u32): u32 {
  let x = counter;
  x = (x ^ (x >> 16)) * 0x7feb352d;
  x = (x ^ (x >> 15)) * 0x846ca68b;
  return x ^ (x >> 16);
}

function mixedLanes(counters: v128): v128 {
  let x = counters;
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x7feb352d));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), i32x4.splat(<i32>0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** Dropout mask: 0 with the given chance (in 1/2^32), else `kept`; element i is decided by hashing i with `seed`. */
export function dropoutMask(x: usize, n: i32, seed: u32, chance: u32, kept: f32): void {
  // the golden ratio in 32 bits, as Weyl sequences step
  const weyl: u32 = 0x9e3779b9;
  const start = mixed(seed);
  const keep = f32x4.splat(kept);
  const limit = i32x4.splat(<i32>chance);
  const step = i32x4.splat(<i32>(4 * weyl));
  let counters = i32x4.add(
    i32x4.splat(<i32>start),
    i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(<i32>weyl)),
  );
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(x + (<usize>i << 2), v128.andnot(keep, i32x4.lt_u(mixedLanes(counters), limit)));
    counters = i32x4.add(counters, step);
  }
  for (; i < n; i++) {
    const word = mixed(start + <u32>i * weyl);
    store<f32>(x + (<usize>i << 2), word < chance ? 0 : kept);
  }
}

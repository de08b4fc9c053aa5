// Weights that are no numbers: NaN and infinities, told with the tensor's name when its bytes are first read.
import { AppError } from "../base/index.ts";
import { type DType, sizeOf, Tensor } from "../tensor/index.ts";

interface Rule {
  /** Bits of a word. */
  readonly bits: 16 | 32;
  /** Words of an element; of two the last has the exponent. */
  readonly words: 1 | 2;
  /** The exponent's bits, all of which are set in NaN and infinities. */
  readonly exponent: number;
}

const rules: Partial<Record<DType, Rule>> = {
  f16: { bits: 16, words: 1, exponent: 0x7c00 },
  bf16: { bits: 16, words: 1, exponent: 0x7f80 },
  f32: { bits: 32, words: 1, exponent: 0x7f800000 },
  f64: { bits: 32, words: 2, exponent: 0x7ff00000 },
};

/** The same tensor; reading it throws an AppError `input` when one of its elements is NaN or infinite. */
export function finite(tensor: Tensor, name: string, path: string): Tensor {
  const { dtype, shape } = tensor;
  const rule = rules[dtype];
  if (!rule) return tensor;
  return new Tensor(dtype, shape, () => {
    const at = firstOdd(tensor.bytes, rule);
    if (at < 0) return tensor.bytes;
    const value = tensor.floats[at];
    throw new AppError("input", `tensor ${JSON.stringify(name)} is ${value} at [${placeOf(at, shape)}]`, {
      path,
      facts: { tensor: name, index: at },
      hint: "its training diverged, or wrote what float16 cannot hold; take an earlier checkpoint",
    });
  });
}

/** Index of the first element that is NaN or infinite, -1 where there is none. */
function firstOdd(bytes: Uint8Array, { bits, words, exponent }: Rule): number {
  const { buffer, byteOffset, byteLength } =
    bytes.byteOffset % (bits / 8) === 0 ? bytes : new Uint8Array(bytes);
  const count = byteLength / (bits / 8);
  const view =
    bits === 16 ? new Uint16Array(buffer, byteOffset, count) : new Uint32Array(buffer, byteOffset, count);
  if (view instanceof Uint32Array && words === 1 && allFinite(new Float32Array(buffer, byteOffset, count)))
    return -1;
  for (let i = words - 1; i < count; i += words) {
    if (((view[i] ?? 0) & exponent) === exponent) return (i - words + 1) / words;
  }
  return -1;
}

/** Whether no element is NaN or infinite: such an element times 0 is NaN. Several sums at a time, so that none waits for another. */
function allFinite(values: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += (values[i] ?? 0) * 0;
    b += (values[i + 1] ?? 0) * 0;
    c += (values[i + 2] ?? 0) * 0;
    d += (values[i + 3] ?? 0) * 0;
  }
  for (let i = whole; i < values.length; i++) a += (values[i] ?? 0) * 0;
  return a + b + c + d === 0;
}

/** Position along each axis of an element of a row-major tensor. */
const placeOf = (index: number, shape: readonly number[]): readonly number[] =>
  shape.map((dim, axis) => Math.floor(index / sizeOf(shape.slice(axis + 1))) % dim);

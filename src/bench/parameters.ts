// Parameters of a graph, and how many of them are not zero.
import { must } from "../base/index.ts";
import type { Graph } from "../ir/index.ts";
import { Arena } from "../kernels/index.ts";
import { quantizationOf } from "../passes/index.ts";
import type { Stage } from "../record/index.ts";
import { dtypes, type Tensor } from "../tensor/index.ts";

/**
 * A parameter is an element of a weight: a named tensor of floats with at least one axis, or of integers
 * that stand for floats (at most 8 bits, or 32 with a scale). Scales and zero points of quantized weights
 * are no parameters, and neither are scalars, shapes, indices and unnamed constants. An integer is zero
 * where it equals its zero point.
 */
export function countParameters(graph: Graph): Pick<Stage["size"], "parameters" | "nonzero"> {
  const { apart, zeroPoints, scaled } = quantizationOf(graph);
  const block = new Block();
  let parameters = 0;
  let nonzero = 0;
  for (const [value, tensor] of graph.weights) {
    if (value.name === undefined || apart.has(value) || !isWeight(tensor, scaled.has(value))) continue;
    parameters += tensor.size;
    nonzero += countNonzero(tensor, zeroPoints.get(value), block);
  }
  return { parameters, nonzero };
}

function isWeight({ dtype, shape }: Tensor, scaled: boolean): boolean {
  const { kind, bits } = dtypes[dtype];
  if (shape.length === 0 || kind === "bool") return false;
  return kind === "float" || bits <= 8 || (dtype === "i32" && scaled);
}

function countNonzero(tensor: Tensor, zeroPoint: Tensor | undefined, block: Block): number {
  const values = elements(tensor);
  const zeros = zeroPoint ? elements(zeroPoint) : [0];
  const zero = zeros[0] ?? 0;
  if (zeros.length > 1) return countOthersByChannel(values, zeros, zeros.length === tensor.shape.at(-1));
  if (values instanceof Float32Array && zero === 0) return block.countFloats(values);
  return values instanceof Int8Array
    ? block.countBytes(values, zero)
    : countOthersByChannel(values, [zero], true);
}

/** Half of a second-level cache. */
const BLOCK_BYTES = 1 << 18;

/** Counts values that are not zero by a kernel, a block of them at a time. */
class Block {
  readonly #kernels: Arena["kernels"];
  readonly #at: number;
  readonly #floats: Float32Array;
  readonly #bytes: Int8Array;

  constructor() {
    const arena = new Arena();
    this.#kernels = arena.kernels;
    this.#at = arena.allocate(BLOCK_BYTES, 1);
    this.#floats = arena.view(this.#at, BLOCK_BYTES / 4);
    this.#bytes = arena.bytes(this.#at, BLOCK_BYTES);
  }

  countFloats(values: Float32Array): number {
    let count = 0;
    for (let from = 0; from < values.length; from += this.#floats.length) {
      const part = values.subarray(from, from + this.#floats.length);
      // a last block that is not full ends in zeros
      if (part.length < this.#floats.length) this.#floats.fill(0);
      this.#floats.set(part);
      count += this.#kernels.nonzeroFloats(this.#at, this.#floats.length);
    }
    return count;
  }

  countBytes(values: Int8Array, zero: number): number {
    let count = 0;
    for (let from = 0; from < values.length; from += this.#bytes.length) {
      const part = values.subarray(from, from + this.#bytes.length);
      if (part.length < this.#bytes.length) this.#bytes.fill(zero);
      this.#bytes.set(part);
      count += this.#kernels.otherBytes(this.#at, this.#bytes.length, zero);
    }
    return count;
  }
}

/** Values that differ from their zero: one for each index of the last axis, or of the first. */
function countOthersByChannel(values: ArrayLike<number>, zeros: ArrayLike<number>, last: boolean): number {
  const step = last ? 1 : values.length / zeros.length;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== zeros[Math.floor(i / step) % zeros.length]) count++;
  }
  return count;
}

/** The elements as numbers, 4-bit integers unpacked: low half first. */
function elements(tensor: Tensor): ArrayLike<number> {
  const { data, dtype } = tensor;
  if (data instanceof Float32Array || (dtype === "i8" && data instanceof Int8Array)) return data;
  if (dtype === "u8" && data instanceof Uint8Array) return data;
  if (dtypes[tensor.dtype].bits !== 4) return tensor.floats;
  const signed = tensor.dtype === "i4";
  return Float32Array.from({ length: tensor.size }, (_, i) => {
    const nibble = (must(tensor.bytes[i >> 1], "byte") >> (4 * (i & 1))) & 15;
    return signed && nibble > 7 ? nibble - 16 : nibble;
  });
}

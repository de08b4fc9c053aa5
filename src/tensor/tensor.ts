// A tensor: element type, shape, and bytes that are read only when somebody asks for them.
import { AppError, defect } from "../base/index.ts";
import { byteSize, type DType, dtypes, type TypedArray } from "./dtype.ts";
import { bfloatToFloat, floatToBfloat, floatToHalf, halfToFloat } from "./half.ts";

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

/** Row-major, little-endian; never changed after it was made, so it may be shared between models. */
export class Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  #source: Uint8Array | (() => Uint8Array);
  #floats: Float32Array | undefined;

  constructor(dtype: DType, shape: readonly number[], source: Uint8Array | (() => Uint8Array)) {
    this.dtype = dtype;
    this.shape = shape;
    this.#source = source;
    if (source instanceof Uint8Array) this.#check(source);
  }

  /** A float32 tensor over `data` (not copied). */
  static floats(shape: readonly number[], data: Float32Array | readonly number[]): Tensor {
    return Tensor.of("f32", shape, data instanceof Float32Array ? data : Float32Array.from(data));
  }

  /** An int64 vector, or a scalar when given a number. */
  static ints(values: number | readonly number[]): Tensor {
    const list = typeof values === "number" ? [values] : values;
    return Tensor.of(
      "i64",
      typeof values === "number" ? [] : [list.length],
      BigInt64Array.from(list, (value) => BigInt(value)),
    );
  }

  /** A tensor over a typed array (not copied). */
  static of(dtype: DType, shape: readonly number[], data: TypedArray): Tensor {
    return new Tensor(dtype, shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  /** A tensor of `dtype` from numbers: rounded to half precision, truncated to integers. */
  static from(dtype: DType, shape: readonly number[], values: ArrayLike<number>): Tensor {
    const { array, kind, bits } = dtypes[dtype];
    if (bits === 4) throw defect("4-bit tensors are packed by pack4");
    if (bits === 64 && kind !== "float") {
      return Tensor.of(
        dtype,
        shape,
        BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))),
      );
    }
    const encode = dtype === "f16" ? floatToHalf : dtype === "bf16" ? floatToBfloat : undefined;
    const data = new array(
      new ArrayBuffer(byteSize(dtype, values.length)),
      0,
      values.length,
    ) as TypedArray as Float32Array;
    for (let i = 0; i < values.length; i++) data[i] = encode ? encode(values[i] ?? 0) : (values[i] ?? 0);
    return Tensor.of(dtype, shape, data);
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  get byteLength(): number {
    return byteSize(this.dtype, this.size);
  }

  get bytes(): Uint8Array {
    if (!(this.#source instanceof Uint8Array)) {
      const bytes = this.#source();
      this.#check(bytes);
      this.#source = bytes;
    }
    return this.#source;
  }

  /** The elements as the type's array: half floats as bits, 4-bit integers as packed bytes. A view where alignment allows. */
  get data(): TypedArray {
    const { array, bits } = dtypes[this.dtype];
    const bytes = this.bytes;
    const width = Math.max(bits / 8, 1);
    const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
    return new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / width);
  }

  /** The elements as float32: a view for f32, otherwise converted once and kept. 64-bit integers lose precision above 2^24. */
  get floats(): Float32Array {
    if (this.#floats) return this.#floats;
    const data = this.data;
    if (data instanceof Float32Array) return data;
    const decode = this.dtype === "f16" ? halfToFloat : this.dtype === "bf16" ? bfloatToFloat : Number;
    if (dtypes[this.dtype].bits === 4) throw defect("4-bit tensors are unpacked by unpack4");
    this.#floats = Float32Array.from(data as ArrayLike<number | bigint> as ArrayLike<number>, decode);
    return this.#floats;
  }

  /** The elements as numbers. */
  numbers(): number[] {
    const { data } = this;
    return this.dtype === "f16" || this.dtype === "bf16"
      ? Array.from(this.floats)
      : Array.from(data as Float32Array, Number);
  }

  /** The same bytes under another shape of equal size. */
  reshape(shape: readonly number[]): Tensor {
    if (sizeOf(shape) !== this.size) throw defect(`cannot reshape [${this.shape}] to [${shape}]`);
    return new Tensor(this.dtype, shape, this.#source);
  }

  #check(bytes: Uint8Array): void {
    if (bytes.byteLength !== this.byteLength) {
      throw new AppError(
        "input",
        `a ${this.dtype} tensor of shape [${this.shape}] takes ${this.byteLength} bytes, not ${bytes.byteLength}`,
      );
    }
  }
}

/** The indices of an axis, in this order; made when it is first read. */
export function take(tensor: Tensor, axis: number, indices: readonly number[]): Tensor {
  const outer = sizeOf(tensor.shape.slice(0, axis));
  const length = tensor.shape[axis] ?? 1;
  const inner = sizeOf(tensor.shape.slice(axis + 1));
  const shape = tensor.shape.map((dim, i) => (i === axis ? indices.length : dim));
  return new Tensor(tensor.dtype, shape, () => {
    const source = tensor.data as Float32Array;
    const Typed = dtypes[tensor.dtype].array;
    const count = outer * indices.length * inner;
    const data = new Typed(new ArrayBuffer(count * source.BYTES_PER_ELEMENT), 0, count) as Float32Array;
    for (let o = 0; o < outer; o++) {
      indices.forEach((index, i) => {
        const from = (o * length + index) * inner;
        data.set(source.subarray(from, from + inner), (o * indices.length + i) * inner);
      });
    }
    return Tensor.of(tensor.dtype, shape, data).bytes;
  });
}

/** A matrix the other way round; made when it is first read. */
export function transposed(matrix: Tensor): Tensor {
  const [rows = 0, columns = 0] = matrix.shape;
  return new Tensor(matrix.dtype, [columns, rows], () => {
    const from = matrix.data as Float32Array;
    const Typed = dtypes[matrix.dtype].array;
    const to = new Typed(new ArrayBuffer(from.byteLength), 0, from.length) as Float32Array;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) to[c * rows + r] = from[r * columns + c] ?? 0;
    }
    return Tensor.of(matrix.dtype, [columns, rows], to).bytes;
  });
}

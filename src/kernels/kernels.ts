// Kernels (WebAssembly SIMD) and the memory they share with the engine: weights, moments and gradients live in it.
import { wasm } from "./wasm.ts";

/** The exports of assembly.ts; pointers are byte offsets. */
export interface Kernels {
  sumOfSquares(x: number, n: number): number;
  adamw(
    p: number,
    m: number,
    v: number,
    g: number,
    n: number,
    clip: number,
    beta1: number,
    beta2: number,
    step: number,
    correction: number,
    epsilon: number,
    keep: number,
  ): void;
  multiply(x: number, y: number, n: number): void;
  scale(x: number, factor: number, n: number): void;
  transposeBytes(x: number, rows: number, columns: number, y: number, stride: number): void;
  nonzeroFloats(x: number, n: number): number;
  otherBytes(x: number, n: number, zero: number): number;
  largest(x: number, n: number): number;
  roundAll(x: number, n: number, into: number, scale: number, pairs: number): number;
  quantize(x: number, n: number, into: number, pairs: number): number;
  dropoutMask(x: number, n: number, seed: number, chance: number, kept: number): void;
}

const PAGE = 65536;
const ALIGNMENT = 64;

/** One memory that only grows: `allocate` gives a place, `view` the floats there (valid until the next allocation). */
export class Arena {
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  readonly kernels: Kernels;
  #end = ALIGNMENT;

  constructor() {
    const module = new WebAssembly.Module(Buffer.from(wasm, "base64"));
    this.kernels = new WebAssembly.Instance(module, { env: { memory: this.#memory } })
      .exports as unknown as Kernels;
  }

  /** Where the next place begins. */
  mark(): number {
    return this.#end;
  }

  /** Gives back all places from a mark on; what is allocated there again holds what was there. */
  release(mark: number): void {
    this.#end = mark;
  }

  /** Room for `count` values of `width` bytes (4: floats), zeros in a new arena; a byte offset. */
  allocate(count: number, width = 4): number {
    const at = this.#end;
    this.#end = Math.ceil((at + count * width) / ALIGNMENT) * ALIGNMENT;
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  view(offset: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, offset, count);
  }

  /** The memory there as bytes with a sign, valid until the next allocation. */
  bytes(offset: number, count: number): Int8Array {
    return new Int8Array(this.#memory.buffer, offset, count);
  }
}

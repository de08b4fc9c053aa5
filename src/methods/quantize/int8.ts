// int8 weights per output channel, scaled so that no runtime saturates on them.
import { Arena } from "../../kernels/index.ts";
import { Tensor } from "../../tensor/index.ts";

export interface Int8Matrix {
  /** [rows, columns] i8. */
  readonly values: Tensor;
  /** One scale per column. */
  readonly scales: Tensor;
  /** Columns whose scale was widened so that adjacent pairs cannot saturate. */
  readonly widened: number;
}

/**
 * Sums of two products u8 x s8 are held in 16 bits with saturation on x86 without VNNI (`vpmaddubsw`): two weights of
 * one sign that are multiplied with adjacent activations must not exceed 128 together, 255 x 128 = 32640 < 32767.
 */
const PAIR_LIMIT = 128;
const LIMIT = 127;
/** Below this size a scale would be no normal float: such values are zeros to every runtime. */
const SMALLEST = LIMIT * 2 ** -126;
/** No pair of int8 adds to more. */
const ANY_PAIR = 254;

/** Columns or rows that are brought to the kernels together. */
const BLOCK = 16;

/**
 * Symmetric int8 columns of a float matrix, which is given as [rows, columns], or as [columns, rows] when `transposed`;
 * products with uint8 rows are exact everywhere.
 */
export function quantizeColumns(matrix: Tensor, transposed: boolean, arena = new Arena()): Int8Matrix {
  const [first = 0, second = 0] = matrix.shape;
  const [rows, columns] = transposed ? [second, first] : [first, second];
  const { floats } = matrix;
  const { kernels } = arena;
  const start = arena.mark();
  const turned = arena.allocate(rows * columns, 1);
  const columnsOf = (from: number, to: number): Float32Array =>
    transposed ? floats.subarray(from * rows, to * rows) : gathered(floats, columns, from, to);
  const scales = new Float32Array(columns);
  let widened = 0;
  inBlocks(arena, { count: columns, size: rows }, columnsOf, (at, from, to, integers) => {
    for (let i = 0; i < to - from; i++) {
      const scale = kernels.quantize(at + 4 * i * rows, rows, integers + i * rows, PAIR_LIMIT);
      scales[from + i] = Math.abs(scale);
      if (scale < 0) widened++;
    }
    kernels.transposeBytes(integers, to - from, rows, turned + from, columns);
  });
  const values = arena.bytes(turned, rows * columns).slice();
  arena.release(start);
  return {
    values: Tensor.of("i8", [rows, columns], values),
    scales: Tensor.floats([columns], scales),
    widened,
  };
}

/** Rows of a table share a scale where the largest of all values is at most this many times a usual row's. */
const ALIKE = 8;

/**
 * Symmetric int8 of a lookup table [rows, width]; scales [1] where its rows are alike, so that none loses more than three
 * of its bits, else [rows, 1]; `oneScale` decides in the values' place.
 */
export function quantizeTable(
  table: Tensor,
  arena = new Arena(),
  oneScale?: boolean,
): { readonly values: Tensor; readonly scales: Tensor } {
  const [rows = 0, width = 0] = table.shape;
  const rowsOf = (from: number, to: number): Float32Array => table.floats.subarray(from * width, to * width);
  const { kernels } = arena;
  const sizes = new Float32Array(rows);
  inBlocks(arena, { count: rows, size: width }, rowsOf, (at, from, to) => {
    for (let i = from; i < to; i++) sizes[i] = kernels.largest(at + 4 * (i - from) * width, width);
  });
  const scaleOf = (size: number): number => (size < SMALLEST ? 1 : size / LIMIT);
  const [usual, top] = [sizes.toSorted()[rows >> 1] ?? 0, sizes.reduce((a, b) => Math.max(a, b), 0)];
  const shared = oneScale ?? top <= ALIKE * usual;
  const scales = shared ? Float32Array.of(scaleOf(top)) : sizes.map(scaleOf);
  const values = new Int8Array(rows * width);
  inBlocks(arena, { count: rows, size: width }, rowsOf, (at, from, to, integers) => {
    for (let i = from; i < to; i++) {
      const start = (i - from) * width;
      kernels.roundAll(at + 4 * start, width, integers + start, scales[shared ? 0 : i] ?? 1, ANY_PAIR);
    }
    values.set(arena.bytes(integers, (to - from) * width), from * width);
  });
  return {
    values: Tensor.of("i8", [rows, width], values),
    scales: Tensor.floats(shared ? [1] : [rows, 1], scales),
  };
}

/** Vectors of floats, one after the other. */
interface Vectors {
  readonly count: number;
  readonly size: number;
}

/** Brings vectors `from` up to `to` to the kernels, with room for their integers. */
function inBlocks(
  arena: Arena,
  { count, size }: Vectors,
  give: (from: number, to: number) => Float32Array,
  work: (floats: number, from: number, to: number, integers: number) => void,
): void {
  const start = arena.mark();
  const [at, integers] = [arena.allocate(BLOCK * size), arena.allocate(BLOCK * size, 1)];
  const block = arena.view(at, BLOCK * size);
  for (let from = 0; from < count; from += BLOCK) {
    const to = Math.min(from + BLOCK, count);
    block.set(give(from, to));
    work(at, from, to, integers);
  }
  arena.release(start);
}

/** Columns `from` up to `to` of a matrix [rows, columns], one after the other. */
function gathered(data: Float32Array, columns: number, from: number, to: number): Float32Array {
  const rows = data.length / columns;
  const block = new Float32Array(rows * (to - from));
  for (let r = 0; r < rows; r++) {
    const at = r * columns;
    for (let c = from; c < to; c++) block[(c - from) * rows + r] = data[at + c] ?? 0;
  }
  return block;
}

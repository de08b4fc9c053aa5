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
/** No pair of int8 adds to more. */
const ANY_PAIR = 254;

/** Columns that are read and written together: a cache line of floats. */
const BLOCK = 16;

/**
 * Symmetric int8 columns of a float matrix, which is given as [rows, columns], or as [columns, rows] when `transposed`;
 * products with uint8 rows are exact everywhere.
 */
export function quantizeColumns(matrix: Tensor, transposed: boolean): Int8Matrix {
  const [first = 0, second = 0] = matrix.shape;
  const [rows, columns] = transposed ? [second, first] : [first, second];
  const data = matrix.floats;
  const values = new Int8Array(rows * columns);
  const scales = new Float32Array(columns);
  const room = makeRoom(BLOCK * rows);
  let widened = 0;
  for (let from = 0; from < columns; from += BLOCK) {
    const width = Math.min(BLOCK, columns - from);
    if (transposed) room.floats.set(data.subarray(from * rows, (from + width) * rows));
    else gather(data, columns, from, width, room.floats);
    for (let c = 0; c < width; c++) {
      const scale = room.quantize(c * rows, rows, PAIR_LIMIT);
      scales[from + c] = Math.abs(scale);
      if (scale < 0) widened++;
    }
    for (let r = 0; r < rows; r++) {
      const to = r * columns + from;
      for (let c = 0; c < width; c++) values[to + c] = room.integers[c * rows + r] ?? 0;
    }
  }
  return {
    values: Tensor.of("i8", [rows, columns], values),
    scales: Tensor.floats([columns], scales),
    widened,
  };
}

/** Columns `from` to `from + width` of a matrix [rows, columns], one after the other. */
function gather(data: Float32Array, columns: number, from: number, width: number, into: Float32Array): void {
  const rows = data.length / columns;
  for (let r = 0; r < rows; r++) {
    const at = r * columns + from;
    for (let c = 0; c < width; c++) into[c * rows + r] = data[at + c] ?? 0;
  }
}

interface Room {
  readonly floats: Float32Array;
  readonly integers: Int8Array;
  /** Quantizes `n` floats from index `at` on; the scale, negative where pairs widened it. */
  quantize(at: number, n: number, pairs: number): number;
}

/** Memory of the kernels for `count` floats and their integers. */
function makeRoom(count: number): Room {
  const arena = new Arena();
  const [x, q] = [arena.allocate(count), arena.allocate(Math.ceil(count / 4))];
  return {
    floats: arena.view(x, count),
    integers: arena.bytes(q, count),
    quantize: (at, n, pairs) => arena.kernels.quantize(x + 4 * at, n, q + at, pairs),
  };
}

/** Rows of a table that are quantized together. */
const ROWS = 64;

/** Symmetric int8 rows of a lookup table [rows, width], one scale per row. */
export function quantizeRows(table: Tensor): { readonly values: Tensor; readonly scales: Tensor } {
  const [rows = 0, width = 0] = table.shape;
  const data = table.floats;
  const values = new Int8Array(rows * width);
  const scales = new Float32Array(rows);
  const room = makeRoom(ROWS * width);
  for (let from = 0; from < rows; from += ROWS) {
    const block = data.subarray(from * width, (from + ROWS) * width);
    room.floats.set(block);
    for (let r = from; r < Math.min(from + ROWS, rows); r++)
      scales[r] = room.quantize((r - from) * width, width, ANY_PAIR);
    values.set(room.integers.subarray(0, block.length), from * width);
  }
  return { values: Tensor.of("i8", [rows, width], values), scales: Tensor.floats([rows, 1], scales) };
}

// int8 weights per output channel, scaled so that no runtime saturates on them.
import { roundEven, Tensor } from "../../tensor/index.ts";

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

/** Symmetric int8 columns of a float matrix given as `at(row, column)`; products with uint8 rows are exact everywhere. */
export function quantizeColumns(
  rows: number,
  columns: number,
  at: (row: number, column: number) => number,
): Int8Matrix {
  const values = new Int8Array(rows * columns);
  const scales = new Float32Array(columns);
  let widened = 0;
  const column = new Float32Array(rows);
  for (let c = 0; c < columns; c++) {
    for (let r = 0; r < rows; r++) column[r] = at(r, c);
    const { scale, wider } = columnScale(column);
    if (wider) widened++;
    scales[c] = scale;
    for (let r = 0; r < rows; r++) values[r * columns + c] = roundEven((column[r] ?? 0) / scale);
  }
  return {
    values: Tensor.of("i8", [rows, columns], values),
    scales: Tensor.floats([columns], scales),
    widened,
  };
}

function columnScale(column: Float32Array): { readonly scale: number; readonly wider: boolean } {
  let largest = 0;
  for (const value of column) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return { scale: 1, wider: false };
  const natural = Math.fround(largest / LIMIT);
  let scale = natural;
  while (!pairsFit(column, scale)) scale = Math.fround(scale * 1.01);
  return { scale, wider: scale !== natural };
}

/** Whether every adjacent pair, rounded, stays within the limit on either side of zero. */
function pairsFit(column: Float32Array, scale: number): boolean {
  for (let r = 0; r + 1 < column.length; r += 2) {
    const a = roundEven((column[r] ?? 0) / scale);
    const b = roundEven((column[r + 1] ?? 0) / scale);
    if (Math.max(a, 0) + Math.max(b, 0) > PAIR_LIMIT || Math.min(a, 0) + Math.min(b, 0) < -PAIR_LIMIT)
      return false;
  }
  return true;
}

/** Symmetric int8 rows of a lookup table [rows, width], one scale per row. */
export function quantizeRows(table: Tensor): { readonly values: Tensor; readonly scales: Tensor } {
  const [rows = 0, width = 0] = table.shape;
  const data = table.floats;
  const values = new Int8Array(rows * width);
  const scales = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    const row = data.subarray(r * width, (r + 1) * width);
    let largest = 0;
    for (const value of row) largest = Math.max(largest, Math.abs(value));
    const scale = largest === 0 ? 1 : Math.fround(largest / LIMIT);
    scales[r] = scale;
    for (let i = 0; i < width; i++) values[r * width + i] = roundEven((row[i] ?? 0) / scale);
  }
  return { values: Tensor.of("i8", [rows, width], values), scales: Tensor.floats([rows, 1], scales) };
}

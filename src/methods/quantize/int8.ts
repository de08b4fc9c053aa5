// int8 weights per output channel, scaled so that no runtime saturates on them.
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
/** Below this size a row's or column's scale would be no normal float: such values are zeros to every runtime. */
const SMALLEST = LIMIT * 2 ** -126;
/** A scale that lets some pair saturate is widened by this factor until none does. */
const STEP = 1.01;

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
  const integers = new Int8Array(BLOCK * rows);
  let widened = 0;
  for (let from = 0; from < columns; from += BLOCK) {
    const width = Math.min(BLOCK, columns - from);
    const block = transposed
      ? data.subarray(from * rows, (from + width) * rows)
      : gathered(data, columns, from, width);
    for (let c = 0; c < width; c++) {
      const column = block.subarray(c * rows, (c + 1) * rows);
      const { scale, wider } = quantizeColumn(column, integers.subarray(c * rows, (c + 1) * rows));
      scales[from + c] = scale;
      if (wider) widened++;
    }
    for (let r = 0; r < rows; r++) {
      const to = r * columns + from;
      for (let c = 0; c < width; c++) values[to + c] = integers[c * rows + r] ?? 0;
    }
  }
  return {
    values: Tensor.of("i8", [rows, columns], values),
    scales: Tensor.floats([columns], scales),
    widened,
  };
}

/** Columns `from` to `from + width` of a matrix [rows, columns], one after the other. */
function gathered(data: Float32Array, columns: number, from: number, width: number): Float32Array {
  const rows = data.length / columns;
  const block = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) {
    const at = r * columns + from;
    for (let c = 0; c < width; c++) block[c * rows + r] = data[at + c] ?? 0;
  }
  return block;
}

function quantizeColumn(
  column: Float32Array,
  into: Int8Array,
): { readonly scale: number; readonly wider: boolean } {
  const largest = largestOf(column);
  if (largest < SMALLEST) {
    into.fill(0);
    return { scale: 1, wider: false };
  }
  const natural = Math.fround(largest / LIMIT);
  let scale = natural;
  // rounding takes at most 1 off a pair's sum, so below this scale some pair cannot fit: these steps need no look
  const least = largestPair(column) / (PAIR_LIMIT + 1);
  while (scale < least * (1 - 1e-9)) scale = Math.fround(scale * STEP);
  roundAll(column, scale, into);
  while (!pairsFit(into)) {
    scale = Math.fround(scale * STEP);
    roundAll(column, scale, into);
  }
  return { scale, wider: scale !== natural };
}

function largestOf(values: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? 0);
    if (size > largest) largest = size;
  }
  return largest;
}

/** The largest sum of two adjacent values of one sign, as a size. */
function largestPair(values: Float32Array): number {
  let largest = 0;
  for (let r = 0; r + 1 < values.length; r += 2) {
    const a = values[r] ?? 0;
    const b = values[r + 1] ?? 0;
    if (a > 0 === b > 0 && Math.abs(a + b) > largest) largest = Math.abs(a + b);
  }
  return largest;
}

/** 1.5 x 2^52: a double of this size has no fraction, so adding it rounds to the nearest integer, ties to even. */
const ROUNDER = 6755399441055744;

function roundAll(values: Float32Array, scale: number, into: Int8Array): void {
  for (let i = 0; i < values.length; i++) into[i] = (values[i] ?? 0) / scale + ROUNDER - ROUNDER;
}

/** Whether every adjacent pair stays within the limit on either side of zero. */
function pairsFit(values: Int8Array): boolean {
  for (let r = 0; r + 1 < values.length; r += 2) {
    const a = values[r] ?? 0;
    const b = values[r + 1] ?? 0;
    const sum = a + b;
    if ((sum > PAIR_LIMIT || sum < -PAIR_LIMIT) && a * b > 0) return false;
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
    const largest = largestOf(row);
    const scale = largest < SMALLEST ? 1 : Math.fround(largest / LIMIT);
    scales[r] = scale;
    roundAll(row, scale, values.subarray(r * width, (r + 1) * width));
  }
  return { values: Tensor.of("i8", [rows, width], values), scales: Tensor.floats([rows, 1], scales) };
}

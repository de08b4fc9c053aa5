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
  arena.clear();
  const turned = arena.allocate(rows * columns, 1);
  const scales = quantizeEach(
    arena,
    { count: columns, size: rows, pairs: PAIR_LIMIT },
    (from, to) =>
      transposed ? floats.subarray(from * rows, to * rows) : gathered(floats, columns, from, to),
    (integers, from, to) => arena.kernels.transposeBytes(integers, to - from, rows, turned + from, columns),
  );
  return {
    values: Tensor.of("i8", [rows, columns], arena.bytes(turned, rows * columns).slice()),
    scales: Tensor.floats([columns], scales.map(Math.abs)),
    widened: scales.filter((scale) => scale < 0).length,
  };
}

/** Symmetric int8 rows of a lookup table [rows, width], one scale per row. */
export function quantizeRows(
  table: Tensor,
  arena = new Arena(),
): { readonly values: Tensor; readonly scales: Tensor } {
  const [rows = 0, width = 0] = table.shape;
  const { floats } = table;
  const values = new Int8Array(rows * width);
  arena.clear();
  const scales = quantizeEach(
    arena,
    { count: rows, size: width, pairs: ANY_PAIR },
    (from, to) => floats.subarray(from * width, to * width),
    (integers, from, to) => values.set(arena.bytes(integers, (to - from) * width), from * width),
  );
  return { values: Tensor.of("i8", [rows, width], values), scales: Tensor.floats([rows, 1], scales) };
}

/** Vectors that are quantized one by one: how many, of how many floats, and what two adjacent integers may add to. */
interface Vectors {
  readonly count: number;
  readonly size: number;
  readonly pairs: number;
}

/** Brings vectors `from` up to `to` to the kernel, and hands their integers on; the scales, negative where pairs widened them. */
function quantizeEach(
  arena: Arena,
  { count, size, pairs }: Vectors,
  give: (from: number, to: number) => Float32Array,
  take: (integers: number, from: number, to: number) => void,
): Float32Array {
  const [at, integers] = [arena.allocate(BLOCK * size), arena.allocate(BLOCK * size, 1)];
  const block = arena.view(at, BLOCK * size);
  const scales = new Float32Array(count);
  for (let from = 0; from < count; from += BLOCK) {
    const to = Math.min(from + BLOCK, count);
    block.set(give(from, to));
    for (let i = 0; i < to - from; i++)
      scales[from + i] = arena.kernels.quantize(at + 4 * i * size, size, integers + i * size, pairs);
    take(integers, from, to);
  }
  return scales;
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

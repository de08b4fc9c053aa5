// The one table of element types: bits, ONNX number, safetensors name, typed array.

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

interface DTypeRow {
  readonly bits: number;
  /** TensorProto.DataType of onnx.proto. */
  readonly onnx: number;
  /** Name in a safetensors header; undefined where the format has none. */
  readonly safetensors: string | undefined;
  readonly array: new (buffer: ArrayBufferLike, offset: number, length: number) => TypedArray;
  readonly kind: "float" | "int" | "uint" | "bool";
}

const row = (
  bits: number,
  onnx: number,
  safetensors: string | undefined,
  array: DTypeRow["array"],
  kind: DTypeRow["kind"],
): DTypeRow => ({ bits, onnx, safetensors, array, kind });

/** Half floats are kept as their 16 bits; 4-bit integers two to a byte, low half first. */
export const dtypes = {
  f32: row(32, 1, "F32", Float32Array, "float"),
  u8: row(8, 2, "U8", Uint8Array, "uint"),
  i8: row(8, 3, "I8", Int8Array, "int"),
  u16: row(16, 4, "U16", Uint16Array, "uint"),
  i16: row(16, 5, "I16", Int16Array, "int"),
  i32: row(32, 6, "I32", Int32Array, "int"),
  i64: row(64, 7, "I64", BigInt64Array, "int"),
  bool: row(8, 9, "BOOL", Uint8Array, "bool"),
  f16: row(16, 10, "F16", Uint16Array, "float"),
  f64: row(64, 11, "F64", Float64Array, "float"),
  u32: row(32, 12, "U32", Uint32Array, "uint"),
  u64: row(64, 13, "U64", BigUint64Array, "uint"),
  bf16: row(16, 16, "BF16", Uint16Array, "float"),
  u4: row(4, 21, undefined, Uint8Array, "uint"),
  i4: row(4, 22, undefined, Uint8Array, "int"),
} as const satisfies Record<string, DTypeRow>;

export type DType = keyof typeof dtypes;

const find = (test: (row: DTypeRow) => boolean): DType | undefined =>
  (Object.keys(dtypes) as DType[]).find((name) => test(dtypes[name]));

/** The type of a TensorProto.DataType number, if minnow knows it. */
export const dtypeOfOnnx = (number: number): DType | undefined => find((row) => row.onnx === number);
/** The type of a safetensors name, if minnow knows it. */
export const dtypeOfSafetensors = (name: string): DType | undefined =>
  find((row) => row.safetensors === name);
/** Bytes that `count` elements take. */
export const byteSize = (dtype: DType, count: number): number => Math.ceil((count * dtypes[dtype].bits) / 8);
/** The type's name in full: float16, bfloat16, uint8, bool. */
export const fullName = (dtype: DType): string =>
  dtype
    .replace(/^b?f(?=\d)/, (letters) => `${letters}loat`)
    .replace(/^(u?)i(?=\d)/, "$1int")
    .replace(/^u(?=\d)/, "uint");
export const isFloat = (dtype: DType): boolean => dtypes[dtype].kind === "float";

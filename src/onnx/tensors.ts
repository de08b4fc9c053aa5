// Tensors of a file: raw bytes, typed fields or ranges of a data file; sizes are checked before anything is
// allocated.
import { AppError, unread } from "../base/index.ts";
import { KNOWN } from "../ir/index.ts";
import { byteSize, type DType, dtypeOfOnnx, dtypes, Tensor } from "../tensor/index.ts";
import type { DataFolder } from "./external.ts";
import { type Draft, dataTypeNames, type Message } from "./schema.ts";
import { type Chunks, encode, field, joined, toNumber } from "./wire.ts";

type Proto = Message<"TensorProto">;

/**
 * The tensor of a message; its bytes are views of the file, or read from a data file when first asked for.
 */
export function readTensor(proto: Proto, what: string, folder: DataFolder | undefined): Tensor {
  const dtype = dtypeOf(proto.data_type, what);
  checkRank(proto.dims.length, what);
  const shape = proto.dims.map(toNumber);
  const count = shape.reduce((product, dim) => product * dim, 1);
  const bytes = byteSize(dtype, count);
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || !Number.isSafeInteger(bytes)) {
    throw new AppError("input", `${what} has the shape [${shape}], which no tensor can have`);
  }
  const given = valueFields.filter((name) => proto[name].length > 0);
  if (given.length > 1) throw new AppError("input", `${what} has its values twice: ${given.join(" and ")}`);
  if (proto.data_location === 1) return new Tensor(dtype, shape, external(proto, what, bytes, folder));
  if (proto.raw_data.byteLength > 0)
    return new Tensor(dtype, shape, checked(plain(proto.raw_data), bytes, what));
  return new Tensor(dtype, shape, count === 0 ? new Uint8Array(0) : typed(proto, dtype, count, what));
}

/** Where a message may have its values: one of them is the tensor's, and no two. */
const valueFields = [
  "raw_data",
  "float_data",
  "int32_data",
  "int64_data",
  "double_data",
  "uint64_data",
] as const;

/** Refuses more axes than any tensor has. */
export function checkRank(rank: number, what: string): void {
  if (rank > KNOWN) throw new AppError("input", `${what} has ${rank} axes; at most ${KNOWN} are read`);
}

/** Raw bytes from this length on have at least 3 bytes of their own in front: the field's tag and two of its length. */
const MOVABLE = 128;

/**
 * Moves a message's raw data back by up to 3 bytes, over the field's own tag and length, to where elements of 2 and 4
 * bytes are aligned: typed arrays over them then need no copy. Changes the message and the buffer that it was read from.
 */
export function alignInPlace(proto: Proto): void {
  const { raw_data: raw } = proto;
  const back = raw.byteOffset % 4;
  if (raw.byteLength < MOVABLE || back === 0) return;
  const around = new Uint8Array(raw.buffer, raw.byteOffset - back, raw.byteLength + back);
  around.copyWithin(0, back);
  Object.assign(proto, { raw_data: around.subarray(0, raw.byteLength) });
}

/** The element type of a TensorProto.DataType number; refuses by name what minnow does not know. */
export function dtypeOf(number: number, what: string): DType {
  const dtype = dtypeOfOnnx(number);
  if (dtype === undefined) {
    const name = dataTypeNames[number] ?? `number ${number}`;
    throw unread(`${what} has the element type ${name}, which minnow does not know`);
  }
  return dtype;
}

const plain = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function checked(data: Uint8Array, bytes: number, what: string): Uint8Array {
  if (data.byteLength === bytes) return data;
  throw new AppError("input", `${what} holds ${data.byteLength} bytes, its shape takes ${bytes}`);
}

function external(
  proto: Proto,
  what: string,
  bytes: number,
  folder: DataFolder | undefined,
): () => Uint8Array {
  const entries = new Map(proto.external_data.map(({ key, value }) => [key, value]));
  const whole = (key: string, otherwise: number): number => {
    const text = entries.get(key) ?? String(otherwise);
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new AppError("input", `${what}: ${key} ${JSON.stringify(text)} of its external data is not a size`);
  };
  const length = whole("length", bytes);
  if (length !== bytes)
    throw new AppError("input", `${what} has ${length} bytes of external data, its shape takes ${bytes}`);
  if (!folder) {
    throw new AppError("input", `${what} is in another file, and this model was not read from a folder`);
  }
  const read = folder({ location: entries.get("location") ?? "", offset: whole("offset", 0), length });
  return bytes === 0 ? () => new Uint8Array(0) : read;
}

/** Bytes from the typed field that ONNX prescribes for the element type. */
function typed(proto: Proto, dtype: DType, count: number, what: string): Uint8Array {
  const bytes = byteSize(dtype, count);
  if (dtype === "f32") return checked(concatenated(proto.float_data), bytes, what);
  if (dtype === "f64") return checked(concatenated(proto.double_data), bytes, what);
  const name =
    dtype === "i64" ? "int64_data" : dtype === "u64" || dtype === "u32" ? "uint64_data" : "int32_data";
  const packed = concatenated(proto[name]);
  const entries = dtypes[dtype].bits === 4 ? bytes : count;
  const found = packed.reduce((sum, byte) => sum + (byte < 128 ? 1 : 0), 0);
  if (found !== entries || (packed.at(-1) ?? 0) >= 128) {
    throw new AppError("input", `${what} holds ${found} numbers in ${name}, its shape takes ${entries}`);
  }
  return unpacked(packed, entries, bytes / entries);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first ? plain(first) : plain(Buffer.concat(parts));
}

/** Varints cut to `width` bytes each: two's complement, little-endian. */
function unpacked(packed: Uint8Array, entries: number, width: number): Uint8Array {
  const out = new Uint8Array(entries * width);
  const view = new DataView(out.buffer);
  let at = 0;
  for (let i = 0; i < entries; i++) {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = packed[at++] ?? 0;
      const bits = byte & 127;
      if (shift < 32) low |= bits << shift;
      if (shift + 7 > 32 && shift < 64) high |= shift < 32 ? bits >>> (32 - shift) : bits << (shift - 32);
      if (byte < 128) break;
    }
    if (width === 8) view.setInt32(i * 8 + 4, high, true);
    if (width >= 4) view.setInt32(i * width, low, true);
    else if (width === 2) view.setInt16(i * 2, low, true);
    else view.setInt8(i, low);
  }
  return out;
}

/** A TensorProto of the tensor, its bytes as pieces of their own. */
export function tensorChunks(tensor: Tensor, name?: string): Chunks {
  const header = encode("TensorProto", tensorHeader(tensor, name));
  return joined([header, ...field("TensorProto", "raw_data", [tensor.bytes])]);
}

/** A TensorProto whose bytes are a range of a data file. */
export const externalTensor = (
  tensor: Tensor,
  name: string,
  {
    location,
    offset,
    length,
  }: {
    readonly location: string;
    readonly offset: number;
    readonly length: number;
  },
): Uint8Array =>
  encode("TensorProto", {
    ...tensorHeader(tensor, name),
    data_location: 1,
    external_data: [
      { key: "location", value: location },
      { key: "offset", value: String(offset) },
      { key: "length", value: String(length) },
    ],
  });

/** A TensorProto without its bytes. */
export const tensorHeader = (tensor: Tensor, name?: string): Draft<"TensorProto"> => ({
  dims: tensor.shape,
  data_type: dtypes[tensor.dtype].onnx,
  ...(name === undefined ? {} : { name }),
});

// safetensors: named tensors in one file, read lazily and written atomically.
import { AppError, writeAtomic } from "../base/index.ts";
import { dtypes, Tensor } from "../tensor/index.ts";
import { type Entry, HEADER_LIMIT, readHeader } from "./header.ts";
import { readSpan } from "./read.ts";

/** Keys of a header that no tensor can have as its name. */
const reserved = ["__metadata__", "__proto__"];

/**
 * The tensors of a file by name, in the order of their bytes. Each is read when first asked for, and
 * refused if the file changed.
 */
export function readSafetensors(path: string): ReadonlyMap<string, Tensor> {
  const { entries, file } = readHeader(path);
  const load =
    ({ start, end }: Entry) =>
    (): Uint8Array =>
      readSpan(path, start, end - start, file);
  return new Map(entries.map((entry) => [entry.name, new Tensor(entry.dtype, entry.shape, load(entry))]));
}

/** Writes the tensors, one at a time; the same tensors give the same bytes, whatever their order. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): Promise<void> {
  const sorted = [...tensors].sort(byWidthThenName);
  const header: Record<string, unknown> = { __metadata__: metadata };
  let at = 0;
  for (const [name, { dtype, shape, byteLength }] of sorted) {
    const typeName = dtypes[dtype].safetensors;
    if (typeName === undefined || reserved.includes(name)) {
      throw new AppError(
        "input",
        `the ${dtype} tensor ${JSON.stringify(name)} cannot be stored as safetensors`,
        { path },
      );
    }
    header[name] = { dtype: typeName, shape, data_offsets: [at, at + byteLength] };
    at += byteLength;
  }
  await writeAtomic(path, chunks(encodeHeader(header, path), sorted));
}

function* chunks(header: Uint8Array, sorted: readonly (readonly [string, Tensor])[]): Iterable<Uint8Array> {
  yield header;
  for (const [, tensor] of sorted) yield tensor.bytes;
}

/** Widest elements first, so that every tensor is aligned; then by name, in code units. */
function byWidthThenName([a, x]: readonly [string, Tensor], [b, y]: readonly [string, Tensor]): number {
  return dtypes[y.dtype].bits - dtypes[x.dtype].bits || (a < b ? -1 : 1);
}

/** Length, then JSON, then spaces up to a multiple of eight bytes. */
function encodeHeader(header: Readonly<Record<string, unknown>>, path: string): Uint8Array {
  const json = Buffer.from(JSON.stringify(header), "utf8");
  const length = Math.ceil(json.byteLength / 8) * 8;
  if (length > HEADER_LIMIT) throw new AppError("input", `its header would have ${length} bytes`, { path });
  const bytes = Buffer.alloc(8 + length, " ");
  bytes.writeBigUInt64LE(BigInt(length));
  bytes.set(json, 8);
  return bytes;
}

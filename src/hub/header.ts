// The header of a safetensors file: JSON behind a length, of which every number is checked before anything
// is allocated.
import type { Stats } from "node:fs";
import { AppError, asObject, fileState, type Json, parseJson } from "../base/index.ts";
import { byteSize, type DType, dtypeOfSafetensors } from "../tensor/index.ts";
import { refuseDuplicates } from "./duplicates.ts";
import { MAGIC_BYTES, refuseForeign } from "./magic.ts";
import { readSpan, utf8 } from "./read.ts";

/** Longest header that the format allows. */
export const HEADER_LIMIT = 100_000_000;
const PREFIX = 8;

/** One tensor of a file; `start` and `end` are offsets from the file's first byte. */
export interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface Header {
  /** In the order of their bytes. */
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** State of the file that the header was read from. */
  readonly file: Stats;
}

/**
 * The checked header of a safetensors file; an AppError `input` for a file that breaks any rule of the
 * format.
 */
export function readHeader(path: string): Header {
  const file = fileState(path);
  if (!file) throw new AppError("input", "there is no such file", { path });
  const head = readSpan(path, 0, Math.min(file.size, MAGIC_BYTES), file);
  refuseForeign(head, path);
  if (file.size < PREFIX) throw refused(path, `it has ${file.size} bytes, too few for a safetensors file`);
  const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
  if (length > HEADER_LIMIT)
    throw refused(path, `its header would have ${length} bytes; at most ${HEADER_LIMIT} are allowed`);
  if (PREFIX + length > file.size)
    throw refused(path, `its header would end at byte ${PREFIX + length} of ${file.size}`);
  const text = utf8(readSpan(path, PREFIX, length, file), path);
  if (!text.startsWith("{"))
    throw refused(path, "its header is not a JSON object; it is not a safetensors file");
  const root = asObject(parseJson(text, path)) ?? {};
  refuseDuplicates(text, path);
  const { __metadata__: metadata, ...tensors } = root;
  if (text.includes("\\u") && hasHalf(root))
    throw refused(path, "a text of its header has half of a surrogate pair, which is no UTF-8");
  const base = PREFIX + length;
  const entries = Object.entries(tensors).map(([name, value]) => readEntry(name, value, base, path));
  return { entries: tiled(entries, base, file.size, path), metadata: readMetadata(metadata, path), file };
}

/** Whether a text in the value, a key or not, has half of a surrogate pair: JSON can spell it, UTF-8 cannot. */
const hasHalf = (value: Json): boolean =>
  typeof value === "string"
    ? /\p{Cs}/u.test(value)
    : typeof value === "object" && value !== null && Object.entries(value).flat().some(hasHalf);

function readMetadata(value: Json | undefined, path: string): Readonly<Record<string, string>> {
  const pairs = Object.entries(asObject(value ?? {}) ?? { "": null });
  return Object.fromEntries(
    pairs.map(([key, item]) => {
      if (typeof item !== "string") throw refused(path, "__metadata__ must map text to text");
      return [key, item];
    }),
  );
}

function readEntry(name: string, value: Json, base: number, path: string): Entry {
  const { dtype: typeName, shape, data_offsets: span } = asObject(value) ?? {};
  const tensor = `tensor ${JSON.stringify(name)}`;
  if (typeof typeName !== "string" || !isSizes(shape) || !isSizes(span) || span.length !== 2) {
    throw refused(path, `${tensor} needs dtype, shape and data_offsets of non-negative integers`);
  }
  const dtype = dtypeOfSafetensors(typeName);
  if (!dtype) throw refused(path, `${tensor} has the unknown dtype ${JSON.stringify(typeName)}`);
  const [start = 0, end = 0] = span;
  const size = shape.reduce((product, dim) => product * dim, 1);
  const bytes = byteSize(dtype, size);
  if (!Number.isSafeInteger(bytes) || end - start !== bytes) {
    throw refused(
      path,
      `${tensor} is ${typeName} [${shape}], which takes ${bytes} bytes, but spans ${end - start}`,
    );
  }
  return { name, dtype, shape, start: base + start, end: base + end };
}

const isSizes = (value: Json | undefined): value is readonly number[] =>
  Array.isArray(value) &&
  value.every((item) => typeof item === "number" && Number.isSafeInteger(item) && item >= 0);

/**
 * The entries in order of bytes: from the header to the end of the file, each byte belongs to exactly
 * one.
 */
function tiled(entries: readonly Entry[], base: number, fileSize: number, path: string): readonly Entry[] {
  const sorted = entries.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let at = base;
  for (const { name, start, end } of sorted) {
    const tensor = `tensor ${JSON.stringify(name)}`;
    if (end > fileSize)
      throw refused(
        path,
        `${tensor} ends at byte ${end}, after the file's last (${fileSize}): it is truncated`,
      );
    if (start < at)
      throw refused(
        path,
        `${tensor} starts at byte ${start} and overlaps the tensor before it, which ends at ${at}`,
      );
    if (start > at) throw refused(path, `bytes ${at} to ${start}, before ${tensor}, belong to no tensor`);
    at = end;
  }
  if (at !== fileSize) throw refused(path, `bytes ${at} to ${fileSize} belong to no tensor`);
  return sorted;
}

const refused = (path: string, message: string): AppError => new AppError("input", message, { path });

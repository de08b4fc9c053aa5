// Reading files with limits: small ones whole and as strict UTF-8, large ones span by span.
import { closeSync, readSync, type Stats } from "node:fs";
import { AppError, fileError, fileState, openRegular } from "../base/index.ts";

/** Most that one `read` call takes. */
const PIECE = 1 << 30;

/**
 * The bytes [start, start + length) of a file; an AppError when it ends before, or is not the file
 * that `opened` describes.
 */
export function readSpan(path: string, start: number, length: number, opened?: Stats): Uint8Array {
  const { handle, stats } = openRegular(path);
  try {
    if (opened && !same(opened, stats)) {
      throw new AppError("input", "it has changed since it was opened", {
        path,
        hint: "run the command again",
      });
    }
    return fill(handle, path, start, length);
  } catch (cause) {
    throw fileError(cause, path, "cannot be read");
  } finally {
    closeSync(handle);
  }
}

function fill(handle: number, path: string, start: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; ) {
    const count = readSync(handle, bytes, at, Math.min(length - at, PIECE), start + at);
    if (count === 0)
      throw new AppError("input", `it ends at byte ${start + at}, before byte ${start + length}`, { path });
    at += count;
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
}

const same = (a: Stats, b: Stats): boolean =>
  a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs;

/** A whole file of at most `limit` bytes; undefined when nothing is there. */
export function readWhole(path: string, limit: number): Uint8Array | undefined {
  const stats = fileState(path);
  if (!stats) return undefined;
  if (stats.size > limit) {
    throw new AppError("input", `it has ${stats.size} bytes; at most ${limit} are read`, {
      path,
      facts: { bytes: stats.size, limit },
    });
  }
  return readSpan(path, 0, stats.size);
}

/** The text of bytes that must be valid UTF-8; a byte order mark stays. */
export function utf8(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AppError("input", "it is not valid UTF-8", { path, cause });
  }
}

/** The same without the byte order mark that some editors put in front of a file. */
export const textOf = (bytes: Uint8Array, path: string): string => utf8(bytes, path).replace(/^\uFEFF/, "");

/** A text file of at most `limit` bytes, without a byte order mark; undefined when nothing is there. */
export function readText(path: string, limit: number): string | undefined {
  const bytes = readWhole(path, limit);
  return bytes && textOf(bytes, path);
}

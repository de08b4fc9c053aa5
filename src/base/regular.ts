// Reading of regular files only: a pipe would be waited for without end, and a device may never end.
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { AppError, type ErrorKind } from "./error.ts";
import { fileError } from "./file-error.ts";

export interface ReadOptions {
  /** What the file is called in messages; default: its path. */
  readonly name?: string;
  /** What cannot be done with it, in words; default "cannot be read". */
  readonly what?: string;
  /** Kind of the error, where it is not the machine that fails; default `input`. */
  readonly kind?: ErrorKind;
  /** What to do where it is a pipe, a socket or a device; default: to write its content into a file. */
  readonly hint?: string;
  /** Most bytes that it may have. */
  readonly limit?: number;
}

/** The state of a file that is there and regular (links are followed); undefined when nothing is there. */
export function fileState(path: string, options: ReadOptions = {}): Stats | undefined {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw failed(cause, path, options);
  }
  if (stats) refuseIrregular(stats, path, options);
  return stats;
}

/** Opens a regular file for reading; an AppError where it is none, is not there, or is larger than the limit. */
export function openRegular(
  path: string,
  options: ReadOptions = {},
): { readonly handle: number; readonly stats: Stats } {
  let handle: number | undefined;
  try {
    refuseIrregular(statSync(path), path, options);
    // what has become a pipe since is not waited for
    handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(handle);
    refuseIrregular(stats, path, options);
    refuseLarge(stats, path, options);
    return { handle, stats };
  } catch (cause) {
    if (handle !== undefined) closeSync(handle);
    throw failed(cause, path, options);
  }
}

/** All bytes of a regular file; an AppError as `openRegular` has it. */
export function readRegular(path: string, options: ReadOptions = {}): Buffer {
  const { handle, stats } = openRegular(path, options);
  try {
    const bytes = Buffer.allocUnsafeSlow(stats.size);
    for (let at = 0; at < stats.size; ) {
      const count = readSync(handle, bytes, at, Math.min(stats.size - at, 1 << 30), at);
      if (count === 0) return bytes.subarray(0, at);
      at += count;
    }
    return bytes;
  } catch (cause) {
    throw failed(cause, path, options);
  } finally {
    closeSync(handle);
  }
}

const failed = (cause: unknown, path: string, { name = path, what = "cannot be read", kind }: ReadOptions) =>
  fileError(cause, name, what, kind);

function refuseIrregular(
  stats: Stats,
  path: string,
  { name = path, what = "cannot be read", kind = "input", hint }: ReadOptions,
): void {
  if (stats.isFile()) return;
  if (stats.isDirectory()) throw new AppError(kind, `${what}: it is a folder`, { path: name });
  const found = stats.isFIFO() ? "a pipe" : stats.isSocket() ? "a socket" : "a device";
  throw new AppError("input", `${what}: it is not a regular file but ${found}`, {
    path: name,
    facts: { found },
    hint: hint ?? "write its content into a file, and name that",
  });
}

function refuseLarge({ size }: Stats, path: string, { name = path, limit }: ReadOptions): void {
  if (limit === undefined || size <= limit) return;
  throw new AppError("input", `it has ${size} bytes; at most ${limit} are read`, {
    path: name,
    facts: { bytes: size, limit },
  });
}

// External data: ranges of files beside the model, never outside its folder (CVE-2022-25882, CVE-2024-27318).
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { dirname, isAbsolute, join, win32 } from "node:path";
import { AppError, fileError } from "../base/index.ts";

/** Where a tensor's bytes lie. */
export interface Range {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** Gives for a range a function that reads it; the file is checked at once, and again when it is read. */
export type DataFolder = (range: Range) => () => Uint8Array;

/** The data files of the model at `path`; ranges of one file share its check. */
export function dataFolder(path: string): DataFolder {
  const checked = new Map<string, { readonly file: string; readonly stats: Stats }>();
  return ({ location, offset, length }) => {
    const known = checked.get(location) ?? contained(dirname(path), location);
    checked.set(location, known);
    const { file, stats } = known;
    if (offset + length > stats.size) {
      throw new AppError("input", `a weight ends at byte ${offset + length}, the file has ${stats.size}`, {
        path: file,
        hint: "the file was cut short; fetch it again",
      });
    }
    return () => readRange(file, stats, offset, length);
  };
}

/** The real path of `location` inside `folder`; refuses whatever leads out of it. */
function contained(folder: string, location: string): { readonly file: string; readonly stats: Stats } {
  const refuse = (why: string): never => {
    throw new AppError("input", `external data at ${JSON.stringify(location)} is refused: ${why}`, {
      hint: "a data file must be a plain file in the model's folder",
    });
  };
  const parts = location.split(/[\\/]/);
  if (location === "" || location.includes("\0")) refuse("it is not a file name");
  if (isAbsolute(location) || win32.isAbsolute(location) || /^[A-Za-z]:/.test(location))
    refuse("it is absolute");
  if (parts.includes("..")) refuse('it contains ".."');
  const file = join(folder, location);
  try {
    let at = folder;
    for (const part of location.split("/")) {
      at = join(at, part);
      if (lstatSync(at).isSymbolicLink()) refuse(`${at} is a symbolic link`);
    }
    const inside = join(realpathSync(folder), "/");
    if (!realpathSync(file).startsWith(inside)) refuse("it lies outside the model's folder");
    const stats = lstatSync(file);
    if (!stats.isFile()) refuse("it is not a plain file");
    return { file, stats };
  } catch (cause) {
    throw cause instanceof AppError
      ? cause
      : fileError(cause, file, "the model's external data cannot be read");
  }
}

function readRange(file: string, before: Stats, offset: number, length: number): Uint8Array {
  let handle: number | undefined;
  try {
    handle = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    const now = fstatSync(handle);
    if (now.ino !== before.ino || now.size !== before.size || now.mtimeMs !== before.mtimeMs) {
      throw new AppError("input", "the file has changed since the model was opened", { path: file });
    }
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const count = readSync(handle, bytes, at, Math.min(length - at, 1 << 30), offset + at);
      if (count === 0) throw new AppError("input", "the file ends early", { path: file });
      at += count;
    }
    return bytes;
  } catch (cause) {
    throw cause instanceof AppError
      ? cause
      : fileError(cause, file, "the model's external data cannot be read");
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

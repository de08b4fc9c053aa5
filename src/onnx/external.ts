// External data: ranges of files beside the model, never outside its folder (CVE-2022-25882, CVE-2024-27318).
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { AppError, contained, fileError } from "../base/index.ts";

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
    const known = checked.get(location) ?? dataFile(dirname(path), location);
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

/** The file at `location` inside `folder`, with its links followed; refuses what leads out of the folder. */
function dataFile(folder: string, location: string): { readonly file: string; readonly stats: Stats } {
  const file = contained(folder, location, "external data at");
  try {
    const stats = lstatSync(file);
    if (stats.isFile()) return { file, stats };
  } catch (cause) {
    throw fileError(cause, file, "the model's external data cannot be read");
  }
  throw new AppError(
    "input",
    `external data at ${JSON.stringify(location)} is refused: it is not a plain file`,
  );
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

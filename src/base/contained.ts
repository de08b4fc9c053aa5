// Places inside a folder, as files and peers name them: a path from outside never leads out of its folder.
import { lstatSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, sep, win32 } from "node:path";
import { AppError } from "./error.ts";
import { fileError } from "./file-error.ts";

/** Where the cache of the Hugging Face Hub keeps a snapshot; its files are links into `blobs` beside the snapshots. */
const snapshot = /^(.*)[\\/]snapshots[\\/][0-9a-f]{40}(?:[\\/]|$)/;

/**
 * The path of `place`, which is relative to the folder `root`, with the links in it followed; it need not be there. AppError
 * `input`, about `path` and beginning with `what`, for a place that is absolute, has `..`, a drive or a NUL, or that links out
 * of the folder.
 */
export function contained(root: string, place: string, what: string, path?: string): string {
  const refused = (why: string): AppError =>
    new AppError("input", `${what} ${JSON.stringify(place)} is refused: ${why}`, {
      ...(path !== undefined && { path }),
      hint: "a path that comes from a file or a peer must stay inside its folder",
    });
  const parts = place.split(/[\\/]/);
  if (place.includes("\0") || parts.every((part) => part === "" || part === "."))
    throw refused("it is not a file name");
  if (isAbsolute(place) || win32.isAbsolute(place) || /^[A-Za-z]:/.test(place))
    throw refused("it is absolute");
  if (parts.includes("..")) throw refused('it contains ".."');
  const file = realOf(join(root, place));
  if (isBelow(file, realOf(root))) return file;
  throw refused("it leads out of the folder by a link");
}

/** Whether the path, with its links followed, is one of the folders or lies in one; not where it cannot be told. */
export function isWithin(roots: readonly string[], path: string): boolean {
  try {
    const real = realOf(path);
    return roots.map(realOf).some((root) => real === root || isBelow(real, root));
  } catch {
    return false;
  }
}

/** Both without links. */
function isBelow(file: string, root: string): boolean {
  const blobs = snapshot.exec(root)?.[1];
  const homes = [root, ...(blobs === undefined ? [] : [join(blobs, "blobs")])];
  return homes.some((folder) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep));
}

/** The path with the links in it followed; what is not there yet is taken as it is written. AppError `input`. */
export function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    const gone = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (!gone || isThere(path) || dirname(path) === path) throw fileError(cause, path, "cannot be opened");
    return join(realOf(dirname(path)), path.slice(dirname(path).length));
  }
}

/** Whether something has that name, if only a link to nothing. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

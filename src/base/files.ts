// Atomic files: everything is written beside its target, synced, then renamed.
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  copyFileSync,
  fsync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { fileError } from "./file-error.ts";
import { openRegular } from "./regular.ts";

const sync = promisify(fsync);

/**
 * Writes the chunks to `path`: a crash at any moment leaves the old file or the new one, never a part. The bytes are
 * with the system when this returns its promise, which waits for the disk.
 */
export async function writeAtomic(
  path: string,
  chunks: Uint8Array | string | Iterable<Uint8Array>,
): Promise<void> {
  const beside = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  let handle: number | undefined;
  try {
    makeFolder(dirname(path));
    handle = openSync(beside, "wx");
    for (const chunk of asChunks(chunks)) {
      for (let at = 0; at < chunk.byteLength; )
        at += writeSync(handle, chunk, at, Math.min(chunk.byteLength - at, 1 << 26));
    }
    await sync(handle);
    closeSync(handle);
    handle = undefined;
    renameSync(beside, path);
  } catch (cause) {
    if (handle !== undefined) closeSync(handle);
    removeIfThere(beside);
    throw fileError(cause, path, "cannot be written");
  }
}

/** Size and SHA-256 of a file, read in pieces. */
export function fingerprint(path: string): { readonly bytes: number; readonly sha256: string } {
  const digest = createHash("sha256");
  const { handle } = openRegular(path);
  try {
    const block = Buffer.allocUnsafe(1 << 22);
    let bytes = 0;
    for (;;) {
      const count = readSync(handle, block, 0, block.byteLength, null);
      if (count === 0) return { bytes, sha256: digest.digest("hex") };
      digest.update(block.subarray(0, count));
      bytes += count;
    }
  } catch (cause) {
    throw fileError(cause, path, "cannot be read");
  } finally {
    closeSync(handle);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it was never made
  }
}

function asChunks(chunks: Uint8Array | string | Iterable<Uint8Array>): Iterable<Uint8Array> {
  if (typeof chunks === "string") return [Buffer.from(chunks, "utf8")];
  return chunks instanceof Uint8Array ? [chunks] : chunks;
}

/** Copies a file, or with `link` gives it a second name where the file system can do that; the bytes are on the disk then. */
export async function copyFile(
  from: string,
  to: string,
  { link }: { readonly link: boolean },
): Promise<void> {
  makeFolder(dirname(to));
  try {
    if (link && linked(from, to)) return;
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    const handle = openSync(to, "r+");
    await sync(handle).finally(() => closeSync(handle));
  } catch (cause) {
    throw fileError(cause, to, "cannot be written");
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Makes a folder and those that it lies in; nothing happens where it is there. AppError `input` or `resource`. */
export function makeFolder(path: string): void {
  try {
    makeAll(path);
  } catch (cause) {
    throw fileError(cause, path, "the folder cannot be made");
  }
}

/** Each folder is tried twice at most: Node's own recursive call never ends where the system answers ENOENT to all, as in /proc. */
function makeAll(path: string, again = true): void {
  try {
    mkdirSync(path);
  } catch (cause) {
    const parent = dirname(path);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    if (!again || parent === path || !(cause instanceof Error && "code" in cause && cause.code === "ENOENT"))
      throw cause;
    makeAll(parent);
    makeAll(path, false);
  }
}

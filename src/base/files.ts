// Atomic files: everything is written beside its target, synced, then renamed.
import { createHash, randomBytes } from "node:crypto";
import { closeSync, fsync, mkdirSync, openSync, readSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { AppError } from "./error.ts";

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
    mkdirSync(dirname(path), { recursive: true });
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
  const handle = openSync(path, "r");
  try {
    const block = Buffer.allocUnsafe(1 << 22);
    let bytes = 0;
    for (;;) {
      const count = readSync(handle, block, 0, block.byteLength, null);
      if (count === 0) return { bytes, sha256: digest.digest("hex") };
      digest.update(block.subarray(0, count));
      bytes += count;
    }
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

/** What is wrong with the machine, and not with the path. */
const exhausted: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "ENOMEM", "EMFILE", "ENFILE", "EIO"]);

/** The error of a failed file operation: kind `resource` when the machine fails or is full, else `input`. */
export function fileError(cause: unknown, path: string, what: string): AppError {
  const code = (cause as { code?: string }).code ?? "unknown";
  const kind = exhausted.has(code) ? "resource" : "input";
  const why: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file or folder",
    EACCES: "permission denied",
    EISDIR: "it is a folder",
    ENOTDIR: "a part of the path is not a folder",
    ENOSPC: "no space is left on the disk",
    EIO: "the disk failed",
    EROFS: "the file system is read-only",
  };
  return new AppError(kind, `${what}: ${why[code] ?? (cause as Error).message}`, {
    path,
    facts: { code },
    cause,
  });
}

/** Whatever was thrown as an AppError: what the machine ran out of is `resource`, and anything else a defect. */
export function asAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined;
  const known = fileError(error, path ?? "", "failed");
  if (known.kind === "resource")
    return new AppError("resource", known.message, { ...(path !== undefined && { path }), cause });
  if (error instanceof RangeError && /allocation|array length|buffer/i.test(error.message)) {
    return new AppError("resource", `memory ran out: ${error.message}`, { cause });
  }
  const hint = "this is a defect of minnow; please report it with the output of --debug";
  return new AppError("internal", error.message, { hint, cause });
}

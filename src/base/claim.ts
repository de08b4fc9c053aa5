// Claims: a file that exactly one living process holds, whoever else wants it at the same moment.
import { randomBytes } from "node:crypto";
import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileError } from "./file-error.ts";
import { makeFolder } from "./files.ts";
import { hash } from "./hash.ts";
import { type Holder, holderIn, isAlive, ownHolder } from "./process.ts";
import { readRegular } from "./regular.ts";

/** A claim that is this process's until it gives it up, or the process that has it. */
export type Claim =
  | {
      /** Gives it up; a claim that is another's by now stays. */
      readonly release: () => void;
      /** The process that ended without giving it up, where there was one. */
      readonly after?: Holder | undefined;
    }
  | { readonly holder: Holder };

/** How often a file may change under the hands before that is an error. */
const TRIES = 100;

/**
 * Takes the claim at `path`, or says who has it. Whatever names no living process is taken over: one that ended, one whose
 * number another process has now, or no process at all.
 *
 * The claim is written aside and linked to its place, which the system does for one process only, and with its content. One
 * that is left over is replaced by a rename, under a claim of its own that is named after the content: so of all who
 * saw that content one replaces it, and nobody can replace what came after it.
 */
export function takeClaim(path: string): Claim {
  const own = `${ownHolder()}\n`;
  for (let i = 0; i < TRIES; i++) {
    if (linked(path, own)) return { release: () => giveUp(path, own) };
    const found = contentOf(path);
    if (found === undefined) continue;
    const holder = holderIn(found);
    if (holder && isAlive(holder)) return { holder };
    const taken = takeOver(path, found, own);
    if (taken) return { release: () => giveUp(path, own), after: holder };
  }
  throw fileError(new Error("it changes all the time"), path, "cannot be claimed", "resource");
}

/** Replaces what is left over, if that is still there and nobody else does. */
function takeOver(path: string, found: string, own: string): boolean {
  const above = takeClaim(`${path}.${hash(found).slice(0, 16)}`);
  if ("holder" in above) return false;
  try {
    if (contentOf(path) !== found) return false;
    const aside = writeAside(path, own);
    renameSync(aside, path);
    return true;
  } catch (cause) {
    throw fileError(cause, path, "cannot be written");
  } finally {
    above.release();
  }
}

/** Whether there was nothing at `path`, so that it has this content now. */
function linked(path: string, content: string): boolean {
  makeFolder(dirname(path));
  let aside: string | undefined;
  try {
    aside = writeAside(path, content);
    linkSync(aside, path);
    return true;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    // the folder can be taken away by whoever held the claim before
    if (code === "EEXIST" || code === "ENOENT") return false;
    if (aside !== undefined && linkless.includes(String(code))) return written(path, content);
    throw fileError(cause, path, "cannot be written");
  } finally {
    if (aside !== undefined) rmSync(aside, { force: true });
  }
}

/** What file systems without hard links (FAT) answer. */
const linkless = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** The next best: the file is there at once, its content a moment later. */
function written(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: "wx" });
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return false;
    throw fileError(cause, path, "cannot be written");
  }
}

function writeAside(path: string, content: string): string {
  const aside = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  writeFileSync(aside, content, { flag: "wx" });
  return aside;
}

/** What stands at `path`; undefined for nothing. */
function contentOf(path: string): string | undefined {
  try {
    return readRegular(path, { limit: 1 << 16 }).toString("utf8");
  } catch (cause) {
    const error = fileError(cause, path, "cannot be read");
    if (error.facts.code === "ENOENT") return undefined;
    throw error;
  }
}

function giveUp(path: string, own: string): void {
  if (contentOf(path) === own) rmSync(path, { force: true });
}

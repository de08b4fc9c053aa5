// Where a command may write: never over what it reads, and over what minnow did not write only when that is asked for.
import { lstatSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { realOf } from "./contained.ts";
import { AppError } from "./error.ts";
import { fileError } from "./file-error.ts";
import { toldPath } from "./path.ts";

/** A folder that is about to be written, and what is read meanwhile. Paths are absolute. */
export interface Target {
  readonly output: string;
  /** Where in it files may be written: "onnx/model.onnx". */
  readonly places: readonly string[];
  /** Whether an earlier run of minnow wrote the file at a place; undefined for a folder in which none did. */
  readonly own: ((place: string) => boolean) | undefined;
  /** Files that are read. */
  readonly reads: readonly string[];
  /** The file that asks for all this: it may lie there. */
  readonly recipe?: string | undefined;
  /** Whether files that minnow did not write may be overwritten. */
  readonly force: boolean;
  /** Folder that paths are told relative to. */
  readonly cwd: string;
}

/**
 * Refuses, as AppError `usage` with the files, a folder in which something that is read would be overwritten, by whatever
 * links it is the same; unless it is forced, also one that has files of another origin than minnow. What is in subfolders is
 * asked for where it would be overwritten only, and hidden files not at all.
 */
export function checkTarget(target: Target): void {
  const { output, places, reads, own, recipe, force, cwd } = target;
  const path = toldPath(output, cwd);
  const refuse = (message: string, files: readonly string[], hint: string): never => {
    throw new AppError("usage", message, { path, facts: { files }, hint });
  };
  if (!isFolder(output, path)) return;
  const read = new Set(reads.flatMap((file) => [named(file), realOf(file)]));
  const harmed = places.filter((place) => read.has(named(join(output, place))));
  if (harmed.length > 0)
    refuse(
      `it would be written over what is read: ${listed(harmed)}`,
      harmed,
      "choose another output folder",
    );
  if (force) return;
  const top = readdirSync(output, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name);
  const there = places.filter((place) => lstatSync(join(output, place), { throwIfNoEntry: false }));
  const known = (place: string): boolean => own?.(place) === true;
  const foreign = (own ? there : [...new Set([...top, ...there])])
    .filter((place) => !known(place) && join(output, place) !== recipe)
    .sort();
  if (foreign.length > 0)
    refuse(
      `it has files that minnow did not write: ${listed(foreign)}`,
      foreign,
      "choose another output folder, or give --force to overwrite those of them that the result has too",
    );
}

/** Whether the folder is there; AppError `usage` where something else is. */
function isFolder(output: string, path: string): boolean {
  try {
    const found = statSync(output, { throwIfNoEntry: false });
    if (found?.isDirectory()) return true;
    if (found) throw new AppError("usage", "it is a file, and a folder is wanted", { path });
    if (lstatSync(output, { throwIfNoEntry: false }))
      throw new AppError("usage", "it is a link that leads nowhere, and a folder is wanted", { path });
    return false;
  } catch (cause) {
    throw fileError(cause, path, "it cannot be the output folder", "usage");
  }
}

/** The name that a rename would replace: links are followed, but for the last part. */
const named = (path: string): string => join(realOf(dirname(path)), basename(path));

const LISTED = 5;

/** "a, b, c and 2 more". */
const listed = (names: readonly string[]): string =>
  names.length > LISTED
    ? `${names.slice(0, LISTED).join(", ")} and ${names.length - LISTED} more`
    : names.join(", ");

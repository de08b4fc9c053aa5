// Paths as they are told.
import { relative } from "node:path";

/** A path as it is told: relative to the folder of the command where it lies in it, else whole. Both are absolute. */
export function toldPath(path: string, cwd: string): string {
  const inside = relative(cwd, path) || ".";
  return inside.startsWith("..") ? path : inside;
}

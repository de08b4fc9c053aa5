// Files of a .tar.gz, read in memory: ONNX's node tests are one such file.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const BLOCK = 512;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1").replace(/\0.*$/s, "");

/** Regular files of the archive by path; names that GNU tar writes apart ("L" entries) are joined to their files. */
export function filesOf(path: string): ReadonlyMap<string, Uint8Array> {
  const bytes = gunzipSync(readFileSync(path));
  const files = new Map<string, Uint8Array>();
  let long: string | undefined;
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    const size = Number.parseInt(text(header.subarray(124, 136)).trim() || "0", 8);
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    const [kind, prefix] = [text(header.subarray(156, 157)), text(header.subarray(345, 500))];
    const name = long ?? [prefix, text(header.subarray(0, 100))].filter((part) => part !== "").join("/");
    long = kind === "L" ? text(content) : undefined;
    if (kind === "0" || kind === "") files.set(name, content);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  files.delete("");
  return files;
}

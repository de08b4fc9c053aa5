// Duplicate keys in JSON: JSON.parse keeps the last one silently, so a reader that must be strict looks at
// the text.
import { AppError } from "../base/index.ts";

/**
 * Throws an AppError `input` when an object of a valid JSON text has the same key twice, however it is
 * escaped.
 */
export function refuseDuplicates(text: string, path: string): void {
  // One set of keys for each open object, undefined for an open array.
  const open: (Set<string> | undefined)[] = [];
  let isKey = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') {
      const end = endOfString(text, at);
      if (isKey) addKey(open.at(-1), text.slice(at, end + 1), path);
      isKey = false;
      at = end;
    } else if (sign === "{" || sign === "[") {
      open.push(sign === "{" ? new Set() : undefined);
      isKey = sign === "{";
    } else if (sign === "}" || sign === "]") {
      open.pop();
    } else if (sign === ",") {
      isKey = open.at(-1) !== undefined;
    }
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function addKey(keys: Set<string> | undefined, quoted: string, path: string): void {
  const key = quoted.includes("\\") ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
  if (keys?.has(key))
    throw new AppError("input", `the key ${JSON.stringify(key)} stands twice in one object`, { path });
  keys?.add(key);
}

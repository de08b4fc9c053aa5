// JSON as a type, and parsing that refuses `__proto__`.
import { AppError } from "./error.ts";
import { grouped } from "./numbers.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Objects and lists around a value; what reads a value calls itself as often. */
const maxDepth = 100;
/** Characters of a text: its value takes up to twenty bytes for each. */
const maxCharacters = 1 << 28;

/**
 * The value of a JSON text; an AppError `input` with line and column when it is not JSON, is nested more than a hundred levels
 * deep, or has a key `__proto__`.
 */
export function parseJson(text: string, path: string): Json {
  refuseLarge(text, path);
  const refuse = (key: string, value: Json): Json => {
    if (key === "__proto__") throw new AppError("input", "the key __proto__ is refused", { path });
    return value;
  };
  try {
    // looking at every key takes longer than parsing: only where one could be it, written as it is or by escapes
    return JSON.parse(text, /__proto__|\\u00[567]/.test(text) ? refuse : undefined) as Json;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const at = Number(/position (\d+)/.exec((cause as Error).message)?.[1] ?? 0);
    const where = whereIn(text, at, path);
    throw new AppError("input", `it is not JSON: ${(cause as Error).message}`, { path: where, cause });
  }
}

/** Counts the open brackets outside of strings; a text that is no JSON is left to the parser. */
function refuseLarge(text: string, path: string): void {
  if (text.length > maxCharacters)
    throw new AppError(
      "input",
      `it has ${grouped(text.length)} characters; at most ${grouped(maxCharacters)} are read`,
      {
        path,
      },
    );
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === 0x5b || code === 0x7b) depth++;
    else if (code === 0x5d || code === 0x7d) depth--;
    if (depth > maxDepth)
      throw new AppError("input", `it is nested more than ${maxDepth} levels deep`, {
        path: whereIn(text, at, path),
      });
  }
}

const quote = 0x22;

/** Where the string that begins at `start` ends: its closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (; end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

/** `path:line:column`, from 1. */
function whereIn(text: string, at: number, path: string): string {
  const before = text.slice(0, at).split("\n");
  return `${path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** The value as an object; undefined for anything else. */
export const asObject = (value: Json | undefined): { readonly [key: string]: Json } | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : undefined;

/** JSON of a value; what a terminal could take for a command or for nothing stands there as an escape of JSON. */
export const printJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => unit(character.charCodeAt(i))).join(""),
  );

const unit = (code: number): string => `\\u${code.toString(16).padStart(4, "0")}`;

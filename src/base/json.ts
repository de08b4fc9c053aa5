// JSON as a type, and parsing that refuses `__proto__`.
import { AppError } from "./error.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The value of a JSON text; an AppError `input` with line and column when it is not JSON. */
export function parseJson(text: string, path: string): Json {
  try {
    return JSON.parse(text, (key, value) => {
      if (key === "__proto__") throw new AppError("input", "the key __proto__ is refused", { path });
      return value;
    });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const at = Number(/position (\d+)/.exec((cause as Error).message)?.[1] ?? 0);
    const before = text.slice(0, at).split("\n");
    const where = `${path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    throw new AppError("input", `it is not JSON: ${(cause as Error).message}`, { path: where, cause });
  }
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

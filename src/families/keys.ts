// Reading config.json: each key is checked where it is used, and every error names it.
import { AppError, type Json, suggestion } from "../base/index.ts";

export type Config = Readonly<Record<string, Json>>;

/** Where errors of a config point; loading puts the folder in front. */
export const CONFIG = "config.json";

/** Largest count that a key may ask for, so that a broken config cannot ask for endless work. */
const COUNT_LIMIT = 2 ** 31 - 1;

/** The error of a key: `where` is its full name, such as minnow.layers[2].heads. */
export function keyError(where: string, value: Json | undefined, expected: string): AppError {
  const shown = value === undefined ? "missing" : JSON.stringify(value);
  return new AppError("input", `${where} is ${shown}; expected ${expected}`, {
    path: CONFIG,
    facts: { key: where },
  });
}

/** A positive integer of at most `limit`; `inside` is the key that holds the object, for messages. */
export function positive(config: Config, key: string, limit = COUNT_LIMIT, inside = ""): number {
  const value = config[key];
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= limit) return value;
  const bound = limit === COUNT_LIMIT ? "" : ` up to ${limit}`;
  throw keyError(`${inside}${key}`, value, `a positive integer${bound}`);
}

/** A number in [low, high); the fallback where the key is absent or null. */
export function numberIn(config: Config, key: string, fallback: number, low: number, high: number): number {
  const value = config[key] ?? fallback;
  if (typeof value === "number" && value >= low && value < high) return value;
  throw keyError(key, value, `a number from ${low} up to, not including, ${high}`);
}

/** One of the known words; the fallback where the key is absent or null. */
export function oneOf(config: Config, key: string, fallback: string, known: readonly string[]): string {
  const value = config[key] ?? fallback;
  if (typeof value === "string" && known.includes(value)) return value;
  const hint = suggestion(typeof value === "string" ? value : "", known);
  const message = `${key} ${JSON.stringify(value)} is not known`;
  throw new AppError("input", message, { path: CONFIG, facts: { key }, ...(hint !== undefined && { hint }) });
}

/** True or false; the fallback where the key is absent or null. */
export function flag(config: Config, key: string, fallback: boolean): boolean {
  const value = config[key] ?? fallback;
  if (typeof value === "boolean") return value;
  throw keyError(key, value, "true or false");
}

/** Refuses a key that changes the result and is not followed, unless it has one of these values. */
export function onlyIf(config: Config, key: string, values: readonly Json[]): void {
  const value = config[key];
  if (value === undefined || value === null || values.includes(value)) return;
  throw keyError(
    key,
    value,
    `${values.map((one) => JSON.stringify(one)).join(" or ")}: nothing else is followed`,
  );
}

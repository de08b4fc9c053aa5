// The bound on a tokenizer's regular expressions: they come from a file, so their number, length and time
// are limited.
import { createContext, Script } from "node:vm";
import { AppError, asObject, type Json } from "../base/index.ts";

const COUNT_LIMIT = 64;
const LENGTH_LIMIT = 10_000;
const DEPTH_LIMIT = 32;
/** Milliseconds for one text; honest patterns take well under one. */
const TIME_LIMIT = 5_000;

/**
 * The regular expressions of a tokenizer.json (normalizer, pre-tokenizer, decoder); an AppError
 * `input` when they are too many or too long.
 */
export function patternsOf(tokenizer: Json, path: string): readonly string[] {
  const { model: _, added_tokens: __, ...stages } = asObject(tokenizer) ?? {};
  const found: string[] = [];
  collect(stages, found, 0, path);
  if (found.length > COUNT_LIMIT)
    throw new AppError(
      "input",
      `it has ${found.length} regular expressions; at most ${COUNT_LIMIT} are taken`,
      { path },
    );
  const long = found.find((pattern) => pattern.length > LENGTH_LIMIT);
  if (long !== undefined) {
    throw new AppError(
      "input",
      `it has a regular expression of ${long.length} characters; at most ${LENGTH_LIMIT} are taken`,
      { path },
    );
  }
  return found;
}

function isPattern(value: Json): boolean {
  const { String: plain, Regex: regex } = asObject(value) ?? {};
  return regex === undefined ? typeof plain === "string" : typeof regex === "string";
}

function collect(value: Json, found: string[], depth: number, path: string): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > DEPTH_LIMIT)
    throw new AppError("input", `it is nested more than ${DEPTH_LIMIT} deep`, { path });
  for (const [key, item] of Object.entries(value)) {
    // the package tells others on the terminal, as they are, and goes on without them
    if (key === "pattern" && !isPattern(item))
      throw new AppError("input", "a pattern of it is neither a String nor a Regex", { path });
    if (key === "Regex" && typeof item === "string") found.push(item);
    else collect(item, found, depth + 1, path);
  }
}

/** Runs work under a time limit that also ends a regular expression that backtracks for ever. */
export function timeLimited(path: string, limit = TIME_LIMIT): <T>(work: () => T) => T {
  const context = createContext({ work: undefined });
  const script = new Script("work()");
  return <T>(work: () => T): T => {
    const results: T[] = [];
    context.work = (): void => void results.push(work());
    try {
      script.runInContext(context, { timeout: limit });
    } catch (cause) {
      if (!isTimeout(cause)) throw cause;
      throw new AppError(
        "input",
        `a regular expression of it took more than ${limit / 1000} seconds on one text`,
        { path, cause },
      );
    }
    const [result] = results;
    if (result === undefined) throw new AppError("internal", "the time-limited work gave nothing", { path });
    return result;
  };
}

/** The error may come from another realm, so its class says nothing. */
const isTimeout = (cause: unknown): boolean =>
  typeof cause === "object" &&
  cause !== null &&
  "code" in cause &&
  cause.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";

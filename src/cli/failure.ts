// Errors at the terminal: which one it was, how it is told to people and to programs.
import { AppError, asAppError, type Io, printable, printJson } from "../base/index.ts";
import type { Globals } from "./define.ts";
import { paints } from "./render/paint.ts";

/** The error as minnow tells it; after an interruption whatever was thrown is that interruption. */
export const failureOf = (cause: unknown, signal: AbortSignal): AppError =>
  signal.aborted && signal.reason instanceof AppError ? signal.reason : asAppError(cause);

/** Tells the error, on stdout as JSON or on stderr in words, and gives its exit code. */
export function tellFailure(error: AppError, { json, debug, color }: Globals, io: Io): number {
  if (json) io.out.write(`${printJson(errorDocument(error))}\n`);
  else io.err.write(errorText(error, paints(io.err, io.env, color).red));
  if (debug) io.err.write(`${stacks(error)}\n`);
  return error.exitCode;
}

/** The JSON form of an error. */
function errorDocument(error: AppError) {
  const { kind, path, message, hint, facts } = error;
  return {
    schema: "minnow.error/1",
    error: {
      kind,
      path: path ?? null,
      message,
      hint: hint ?? null,
      ...(Object.keys(facts).length > 0 && { facts }),
    },
  };
}

/**
 * `error: path: message. Hint: hint`; where there are several problems, one line for each; below it what is
 * wrong with a caret under it, where the error has that.
 */
function errorText(error: AppError, red: (text: string) => string): string {
  const { problems, excerpt } = error.facts;
  const lines =
    Array.isArray(problems) && problems.length > 1
      ? problems.map((problem) => printable(String(problem)))
      : [error.describe()];
  const shown =
    typeof excerpt === "string" ? excerpt.split("\n").map((line) => `  ${printable(line)}\n`) : [];
  return [...lines.map((line) => `${red("error:")} ${line}\n`), ...shown].join("");
}

function stacks(error: Error): string {
  const own = error.stack ?? String(error);
  const lines = own.split("\n").map((line) => printable(line));
  const cause = error.cause instanceof Error ? [`caused by ${stacks(error.cause)}`] : [];
  return [...lines, ...cause].join("\n");
}

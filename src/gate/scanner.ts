// A text that is read from left to right, and errors that point at a column of it.
import { AppError, printable } from "../base/index.ts";

/** Reads tokens one after the other; its errors are AppErrors `usage` with a column, from 1, and a caret. */
export interface Scanner {
  /** Goes to the next character that is no space; where that is. */
  skipSpace(): number;
  atEnd(): boolean;
  /** The text that the sticky pattern matches after spaces; nothing is passed where it does not. */
  take(pattern: RegExp): string | undefined;
  /** Whether the sticky pattern matches after spaces. */
  sees(pattern: RegExp): boolean;
  /** Something else stands where `what` was expected. */
  expected(what: string, hint?: string, at?: number): AppError;
  error(message: string, hint?: string, at?: number): AppError;
}

/** A scanner at the start of the text; `where` says in errors what gave the text. */
export function scannerOf(text: string, where: string): Scanner {
  let place = 0;
  const skipSpace = (): number => {
    while (/\s/.test(text.charAt(place))) place++;
    return place;
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = skipSpace();
    return pattern.exec(text)?.[0];
  };
  const error = (message: string, hint?: string, at = skipSpace()): AppError => {
    const column = [...text.slice(0, at)].length + 1;
    return new AppError("usage", message, {
      path: `${where}:${column}`,
      facts: { requirement: text, column, excerpt: excerptOf(text, at) },
      ...(hint !== undefined && { hint }),
    });
  };
  return {
    skipSpace,
    error,
    atEnd: () => skipSpace() === text.length,
    sees: (pattern) => match(pattern) !== undefined,
    take(pattern) {
      const found = match(pattern);
      place += found?.length ?? 0;
      return found;
    },
    expected(what, hint, at = skipSpace()) {
      const found = /^\S+/.exec(text.slice(at))?.[0];
      const instead = found === undefined ? "; the requirement ends here" : `, not ${JSON.stringify(found)}`;
      return error(`expected ${what}${instead}`, hint, at);
    },
  };
}

/** The text with a caret below the character at `at`. */
const excerptOf = (text: string, at: number): string =>
  `${printable(text)}\n${" ".repeat([...printable(text.slice(0, at))].length)}^`;

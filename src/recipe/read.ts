// The text of a recipe's file.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { AppError, fileError } from "../base/index.ts";

/** What a recipe is called that was read from the standard input. */
export const STDIN = "stdin";

/** The text at `path`, which is relative to `cwd`; AppError `usage` when it cannot be read. */
export const readRecipeText = (path: string, cwd: string): Promise<string> =>
  readFile(resolve(cwd, path), "utf8").catch((cause: unknown) => {
    throw new AppError("usage", fileError(cause, path, "the recipe cannot be read").message, { path, cause });
  });

// The text of a recipe's file.
import { resolve } from "node:path";
import { readRegular } from "../base/index.ts";

/** What a recipe is called that was read from the standard input. */
export const STDIN = "stdin";

/** The text at `path`, which is relative to `cwd`; AppError `usage` when it cannot be read. */
export const readRecipeText = async (path: string, cwd: string): Promise<string> =>
  readRegular(resolve(cwd, path), {
    name: path,
    what: "the recipe cannot be read",
    kind: "usage",
    hint: "minnow compress - reads a recipe from the standard input",
  }).toString("utf8");

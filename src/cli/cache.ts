// The --cache flag of commands that run recipes.
import { cacheFolder } from "../base/index.ts";
import type { CommandContext } from "./define.ts";

export const cacheFlag = {
  type: "string",
  describe:
    "where results of steps are kept for later runs (default: $MINNOW_CACHE, else minnow in $XDG_CACHE_HOME, else ~/.cache/minnow); --no-cache: nowhere",
} as const;

/** The cache as the pipeline takes it; nothing with --no-cache, which the parser gives as false. */
export async function cacheOf(
  flag: string | false | undefined,
  { io }: CommandContext,
): Promise<{ readonly cache?: { readonly folder: string } }> {
  if (flag === false) return {};
  const { homedir } = await import("node:os");
  return { cache: { folder: flag ?? cacheFolder(io.env, homedir()) } };
}

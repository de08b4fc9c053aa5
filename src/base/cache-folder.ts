// Where minnow keeps what it can make again.
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** `$MINNOW_CACHE`, else `minnow` in `$XDG_CACHE_HOME`, else in `.cache` of the home folder; an empty variable is none. */
export const cacheFolder = (env: Environment, home: string): string =>
  env.MINNOW_CACHE || join(env.XDG_CACHE_HOME || join(home, ".cache"), "minnow");

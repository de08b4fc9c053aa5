// minnow cache: what is kept between runs.
import { AppError, cacheFolder } from "../../base/index.ts";
import { defineCommand } from "../define.ts";
import { size } from "../numbers.ts";

const actions = ["ls", "prune", "clear", "verify"] as const;

/** Days without use after which prune takes a result away. */
const UNUSED_DAYS = 30;

export const cache = defineCommand({
  name: "cache",
  describe: "list, shrink, clear or check what is kept between runs",
  examples: ["cache ls", "cache prune", "cache prune --max-bytes 1GB", "cache clear", "cache verify"],
  positionals: {
    action: {
      describe: `ls; prune: what was not used for ${UNUSED_DAYS} days, and what is over the limit; clear: all; verify`,
      choices: actions,
    },
  },
  flags: {
    cache: {
      type: "string",
      describe: "the cache's folder (default: as minnow compress has it)",
      offers: "files",
    },
    "max-bytes": {
      type: "string",
      describe:
        "prune: what may stay, such as 500MB or 1GB; oldest out first (default: 10 GiB, as runs keep to)",
    },
  },
  async run({ action, cache: folder, "max-bytes": limit }, { io }) {
    const { homedir } = await import("node:os");
    const { resolve } = await import("node:path");
    const { CACHE_LIMIT, Store } = await import("../../cache/index.ts");
    const place = resolve(io.cwd, folder ?? cacheFolder(io.env, homedir()));
    const store = new Store(place, Number.POSITIVE_INFINITY);
    const { cacheText, entriesOf } = await import("./cache-text.ts");
    const chosen = actions.find((one) => one === action);
    if (!chosen)
      throw new AppError("usage", `expected one of ${actions.join(", ")}`, {
        path: `minnow cache ${action}`,
      });
    const usedSince = new Date(Date.now() - UNUSED_DAYS * 24 * 3600 * 1000);
    const bounds = { limitBytes: limit === undefined ? CACHE_LIMIT : size(limit, "--max-bytes"), usedSince };
    const work = {
      ls: async () => ({ entries: entriesOf(store.list()) }),
      prune: async () => ({ removed: entriesOf(store.prune(bounds)), entries: entriesOf(store.list()) }),
      clear: async () => ({
        removed: entriesOf(store.prune({ limitBytes: -1 })),
        entries: entriesOf(store.list()),
      }),
      verify: async () => ({ broken: await store.verify(io.signal), entries: entriesOf(store.list()) }),
    } as const;
    const result = { folder: place, ...(await work[chosen]()) };
    return { json: { schema: "minnow.cache/1", ...result }, text: cacheText(result) };
  },
});

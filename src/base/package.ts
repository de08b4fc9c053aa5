// minnow's own package: its folder and its version, wherever this code was bundled to.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";

const manifest = createRequire(import.meta.url).resolve("minnow/package.json");

/** The package's folder. */
export const packageFolder = dirname(manifest);

/** minnow's version, from its package.json. */
export const version = (): string =>
  (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;

// minnow's own package: its folder and its version, wherever this code was bundled to.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const manifest = createRequire(import.meta.url).resolve("minnow/package.json");

/** The package's folder. */
export const packageFolder = dirname(manifest);

interface Manifest {
  readonly version: string;
  readonly engines: { readonly node: string };
}
const read = (): Manifest => JSON.parse(readFileSync(manifest, "utf8")) as Manifest;

/** minnow's version, from its package.json. */
export const version = (): string => read().version;

/** The oldest Node that minnow runs on, "20.19", from its package.json. */
export const minimumNode = (): string => read().engines.node.replace(/^>=/, "");

let code: string | undefined;

/** SHA-256 of minnow's own code as it runs, read once: what was made by other code is another thing. */
export function codeHash(): string {
  code ??= hashOfCode();
  return code;
}

function hashOfCode(): string {
  // this file lies one folder below all code, in the sources as in the bundle
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(js|ts)$/.test(path) && !path.endsWith(".d.ts"))
    .sort();
  const digest = createHash("sha256");
  for (const path of files) digest.update(path).update(readFileSync(join(root, path)));
  return digest.digest("hex");
}

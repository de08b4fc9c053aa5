// Where the Python peers live: $MINNOW_PEERS, or bench/peers/.venv; with neither, what to run to make them.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));
export const root = dirname(here);
/** Models and data that the benchmarks share; absent in a clone of its own. */
export const data = join(root, "..", "shared", "data");
export const teacher = join(data, "models", "minilm-clinc150");
export const clinc = join(data, "clinc150", "data_full.json");
/** What the benchmarks write: exports, profiles, metrics; git ignores it. */
export const out = join(here, "out");
export const minnow = [process.execPath, join(root, "bin", "minnow.js")];

/** The peers' interpreter; throws with the way to make one. */
export function python() {
  const folder = process.env.MINNOW_PEERS ?? join(here, "peers", ".venv");
  const path = join(folder, "bin", "python");
  if (existsSync(path)) return path;
  throw new Error(
    `${path} is not there: run bench/peers/setup.sh (about 7 GB), or set MINNOW_PEERS to a virtual environment made by it`,
  );
}

/** A script of bench/peers as a command line. */
export const peer = (script, ...args) => [python(), join(here, "peers", script), ...args];

/** Throws when the shared teacher and data are not there. */
export function needData() {
  for (const path of [teacher, clinc]) {
    if (!existsSync(path)) throw new Error(`${path} is not there; this benchmark needs it`);
  }
}

// What minnow cache prints.
import { printable } from "../../base/index.ts";
import type { Entry } from "../../cache/index.ts";
import { bytes, plural } from "../render/figures.ts";
import { table } from "../render/table.ts";

interface Row {
  readonly key: string;
  readonly what: string;
  readonly bytes: number;
  /** ISO 8601. */
  readonly used: string;
}

export const entriesOf = (entries: readonly Entry[]): readonly Row[] =>
  entries.map(({ used, ...entry }) => ({ ...entry, used: used.toISOString() }));

export interface CacheResult {
  readonly folder: string;
  readonly entries: readonly Row[];
  readonly removed?: readonly Row[];
  readonly broken?: readonly { readonly what: string; readonly why: string }[];
}

export function cacheText({ folder, entries, removed, broken }: CacheResult): string {
  const total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const rows = entries.map((entry) => [
    printable(entry.what),
    bytes(entry.bytes),
    entry.used.slice(0, 19).replace("T", " "),
  ]);
  return [
    ...(rows.length > 0 ? [table(["what", "bytes", "last used (UTC)"], rows)] : []),
    ...(removed ? [`${plural(removed.length, "result")} removed\n`] : []),
    ...(broken ?? []).map(({ what, why }) => `broken and removed: ${printable(what)} (${why})\n`),
    `${plural(entries.length, "result")}, ${bytes(total)}, in ${folder}\n`,
  ].join("");
}

// Warnings about what goes in: told when it is read, and kept for the record.
import { isAbsolute } from "node:path";
import { type Emit, toldPath } from "../base/index.ts";

interface Warned {
  readonly warnings?: readonly string[];
}

/** Tells each warning of the inputs once, and gives them all; the place that one begins with is told from `cwd`. */
export function warn(
  { emit, cwd }: { readonly emit: Emit; readonly cwd: string },
  inputs: readonly (Warned | undefined)[],
): readonly string[] {
  const near = (words: string): string => {
    const [place = ""] = words.split(": ", 1);
    return isAbsolute(place) ? `${toldPath(place, cwd)}${words.slice(place.length)}` : words;
  };
  const all = [...new Set(inputs.flatMap((input) => input?.warnings ?? []).map(near))];
  for (const message of all) emit({ kind: "note", level: "warning", message });
  return all;
}

// Warnings about what goes in: told when it is read, and kept for the record.
import type { Emit } from "../base/index.ts";

interface Warned {
  readonly warnings?: readonly string[];
}

/** Tells each warning of the inputs once; gives them all. */
export function warn(emit: Emit, inputs: readonly (Warned | undefined)[]): readonly string[] {
  const all = [...new Set(inputs.flatMap((input) => input?.warnings ?? []))];
  for (const message of all) emit({ kind: "note", level: "warning", message });
  return all;
}

// The tests that are skipped, each for one reason, and what minnow or its engine says of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Skip {
  /** Two or three words for the table. */
  readonly short: string;
  readonly reason: string;
  /** A regular expression that what is said of each of its cases matches. */
  readonly says: string;
  readonly cases: readonly string[];
}

const file = join(import.meta.dirname, "skipped.json");

/** All reasons, with the names of their cases. */
export const skips: readonly Skip[] = JSON.parse(readFileSync(file, "utf8")) as Skip[];

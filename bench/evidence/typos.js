// Every mutation of one letter of every command, flag and recipe key is met with the word that was meant.
import { table } from "../table.js";
import { tested } from "./vitest.js";

export function run() {
  const { told: places, wrong } = tested("test/cli/typos.test.ts", "typos", { MINNOW_EVIDENCE: "every" });
  return { places, wrong };
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;

export function text({ places, wrong }) {
  const rows = places.map(({ of, words, slips, right, limit }) => [
    of,
    String(words),
    String(slips),
    String(right),
    percent(right / slips),
    percent(limit),
  ]);
  const sums = places.map(({ of, slips, right }) => `${of} ${right}/${slips}`);
  const end = wrong.length === 0 ? "above the limit" : "below the limit";
  return `${table(["typos in", "places", "tried", "met with the word", "share", "limit"], rows)}\ntypos: ${sums.join(", ")}: ${end}`;
}

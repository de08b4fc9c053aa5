// Every key of a recipe, changed, changes the hashes of all that depends on it, or is listed as one that does not matter.
import { table } from "../table.js";
import { tested } from "./vitest.js";

export function run() {
  const { told: keys, wrong } = tested("test/pipeline/keys.test.ts", "key");
  return { keys, wrong };
}

export function text({ keys, wrong }) {
  const rows = keys.map(({ name, changes, listed }) => [name, listed ? `${changes} (${listed})` : changes]);
  const listed = keys.filter((key) => key.listed !== undefined).length;
  const end = wrong.length === 0 ? "all enter the hash or are listed" : "not all of them enter the hash";
  return `${table(["key", "what it changes"], rows)}\nkeys: ${keys.length}, ${listed} of them listed as of no matter to a result: ${end}`;
}

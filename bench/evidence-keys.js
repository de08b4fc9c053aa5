// Part of `npm run evidence`: every key of a recipe, changed, changes the hashes of all that depends on it, or is listed as one that does not matter.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./peers.js";

/** Runs test/pipeline/keys.test.ts; its keys with what each changes, and its tests that failed. */
export function keys() {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const words = ["run", "test/pipeline/keys.test.ts", "--reporter=json"];
  const { stdout, stderr } = spawnSync(process.execPath, [vitest, ...words], { cwd: root, encoding: "utf8" });
  if (!stdout.startsWith("{")) throw new Error(`the keys were not tried: ${stdout}${stderr}`);
  const { testResults } = JSON.parse(stdout);
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const broken = testResults.flatMap(({ status, message }) =>
    status === "passed" || !message ? [] : [message],
  );
  const failed = tests.filter(({ status }) => status !== "passed");
  return {
    keys: tests.flatMap(({ meta }) => meta.key ?? []),
    wrong: [
      ...failed.map(({ fullName, failureMessages }) => ({
        what: fullName,
        told: failureMessages.join("\n"),
      })),
      ...broken.map((told) => ({ what: "keys", told })),
    ],
  };
}

/** The table for people, and its sum. */
export function keysText({ keys: rows, wrong }) {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const listed = rows.filter((row) => row.listed !== undefined).length;
  const end = wrong.length === 0 ? "all enter the hash or are listed" : `${wrong.length} tests failed`;
  return [
    ...rows.map(
      ({ name, changes, listed: why }) => `  ${name.padEnd(width)}  ${changes}${why ? ` (${why})` : ""}`,
    ),
    `${rows.length} keys, ${listed} of them listed: ${end}`,
  ].join("\n");
}

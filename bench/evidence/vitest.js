// What the project's own tests tell of themselves: a part of `npm run evidence` that a test file tries.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../peers.js";

/** Runs a test file: what its tests told under `name` in their meta, those that were skipped, and those that failed. */
export function tested(file, name, env = {}) {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { stdout, stderr } = spawnSync(process.execPath, [vitest, "run", file, "--reporter=json"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
  if (!stdout.startsWith("{")) throw new Error(`${file} was not run: ${stdout}${stderr}`);
  const { testResults } = JSON.parse(stdout);
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.filter(({ status }) => status === "failed");
  // a file that does not load has no tests
  const broken = testResults.filter(({ status, message }) => status !== "passed" && message);
  return {
    told: tests.flatMap(({ meta }) => meta[name] ?? []),
    skipped: tests.filter(({ status }) => status === "skipped" || status === "pending").length,
    wrong: [
      ...failed.map(({ fullName, failureMessages }) => ({
        what: fullName,
        told: failureMessages.join("\n"),
      })),
      ...broken.map(({ message }) => ({ what: file, told: message })),
    ],
  };
}

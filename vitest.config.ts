// How the tests run: two processes, since ONNX Runtime brings threads of its own.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { mutating } from "./test/mutate.ts";

export default defineConfig({
  plugins: [mutating],
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/quiet.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // a cache of their own: what a user has kept is neither read nor written
    env: { MINNOW_CACHE: mkdtempSync(join(tmpdir(), "minnow-cache-")) },
    reporters: ["default", "./test/reporter.ts"],
  },
});

// A run on a busy machine: what it withholds and says, and that the same command measures again and makes nothing else.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { RunEvent } from "../../src/base/index.ts";
import type { Watch } from "../../src/bench/index.ts";
import { compress, dryRun } from "../../src/pipeline/index.ts";
import { root } from "../docs/documents.ts";

/** What others use of two processors. */
const others = vi.hoisted(() => ({ processors: 0 }));
vi.mock("../../src/bench/watch.ts", async (original) => ({
  ...(await original<typeof import("../../src/bench/watch.ts")>()),
  openWatch: async (): Promise<Watch> => {
    let looks = 0;
    return {
      processors: 2,
      threads: 2,
      async look() {
        const wall = 1000 * looks++;
        const reading = { wall, own: wall, all: wall * (1 + others.processors), stolen: 0 };
        return { reading, probed: { oneThread: 4, allThreads: 2 } };
      },
      dispose: async () => undefined,
    };
  },
}));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "minnow-busy-"));
  const rows = readFileSync(join(root, "fixtures/intents/test.tsv"), "utf8").trim().split("\n");
  writeFileSync(join(folder, "test.tsv"), `${rows.filter((_, i) => i % 30 === 0).join("\n")}\n`);
  writeFileSync(
    join(folder, "recipe.yaml"),
    `teacher: ${join(root, "fixtures/models/intents-teacher")}
task: { name: text-classification, test: test.tsv, text: text, label: intent }
steps: [{ quantize: { kind: dynamic } }]
output: out
measure: { budget: 0.05, sensitivity: 0, robustness: 0 }
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

test("times are withheld with a warning; the next run on a quiet machine has them, from kept steps", async () => {
  const told: RunEvent[] = [];
  const options = {
    recipePath: join(folder, "recipe.yaml"),
    cwd: folder,
    threads: 2,
    cache: { folder: join(folder, "cache") },
    emit: (event: RunEvent) => void told.push(event),
  };
  others.processors = 1.5;
  const loud = await compress(options);
  const words = expect.stringContaining("the machine was busy: other processes used 1.50 of 2 processors");
  expect(loud.warnings).toEqual(
    expect.arrayContaining([expect.stringMatching(/^times at batch 1 are/), words]),
  );
  expect(told).toContainEqual({ kind: "note", level: "warning", message: words });
  expect(loud.result).not.toHaveProperty("faster");
  expect(loud.stages.at(-1)?.latency[0]).toMatchObject({ busy: { others: 1.5, quiet: 0 } });
  expect(await dryRun(options)).toMatchObject({ unchanged: false, steps: [{ cached: true }] });

  others.processors = 0;
  const quiet = await compress(options);
  expect(quiet.warnings ?? []).not.toContainEqual(words);
  expect(quiet.result.faster).toBeDefined();
  expect(quiet.stages.at(-1)).toMatchObject({ cached: true });
  expect(await dryRun(options)).toMatchObject({ unchanged: true });
}, 60_000);

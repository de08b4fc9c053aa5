// minnow compress with a sweep: the table, the best, what fails, and flags that do not go together.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { main } from "../../src/cli/main.ts";
import type { Pipeline } from "../../src/pipeline/index.ts";
import type { Made } from "../compare/runs.ts";
import { putResult } from "../search/results.ts";
import { fakeIo, fakePipeline } from "./world.ts";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "minnow-cli-sweep-"));
  for (const name of ["teacher.onnx", "test.tsv"]) writeFileSync(join(cwd, name), "");
});
afterEach(() => rmSync(cwd, { recursive: true }));

const results: Readonly<Record<string, Made | AppError>> = {
  "sparsity-0.1": { accuracy: 0.9, bytes: 3_000_000 },
  "sparsity-0.2": { accuracy: 0.95, bytes: 5_000_000 },
  "sparsity-0.3": new AppError("diverged", "the loss is NaN"),
};

/** A pipeline whose runs have these results. */
const compress: Pipeline["compress"] = async ({ recipePath }) => {
  const output = dirname(resolve(cwd, recipePath));
  const name = basename(output);
  const result = results[name];
  if (!result) throw new Error(`no result for ${name}`);
  if (result instanceof AppError) throw result;
  return putResult(output, name, result);
};

async function minnow(recipe: string, ...words: readonly string[]) {
  writeFileSync(
    join(cwd, "sweep.yaml"),
    `teacher: teacher.onnx
task: { name: text-classification, test: test.tsv }
steps: [{ prune: { kind: magnitude, sparsity: 0.3 } }]
output: out
${recipe}`,
  );
  const { io, out, err } = fakeIo({ cwd });
  const finished: Pipeline["finished"] = async ({ recipePath }) =>
    recipePath.includes("0.2") ? putResult(join(cwd, "known"), "known", {}) : undefined;
  const pipeline = fakePipeline({ compress, finished });
  const code = await main(["compress", "sweep.yaml", "--progress", "none", ...words], io, { pipeline });
  return { code, out: out(), err: err() };
}

const sweep = 'sweep: { over: { "steps[0].prune.sparsity": [0.1, 0.2, 0.3] } }\n';

describe("a sweep", () => {
  test("has a row for each trial, and the best in the output folder", async () => {
    const ran = await minnow(`${sweep}budget: ["bytes <= 4 MB"]\n`);
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(ran.out).toMatchInlineSnapshot(`
      "trial         accuracy    bytes      p50  budget
      sparsity=0.1   90.00 %  3.00 MB  1.00 ms  meets it                           best
      sparsity=0.2   95.00 %  5.00 MB  1.00 ms  misses bytes <= 4 MB: 5,000,000 B
      sparsity=0.3                                                                 failed: the loss is NaN

      the best of 3 trials: sparsity=0.1; its result is in out, read out/compare.html
      "
    `);
    expect(readFileSync(join(cwd, "out/onnx/model.onnx"), "utf8")).toBe("sparsity-0.1");
  });

  test("ends with 1 where nothing meets its budget, and still says all", async () => {
    const ran = await minnow(`${sweep}budget: ["bytes <= 1 MB"]\n`);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain("the closest miss of 3 trials: sparsity=0.1; its result is in out");
    expect(ran.err).toMatchInlineSnapshot(`
      "error: out: none of 2 trials meets the budget; the closest is sparsity=0.1: bytes <= 1 MB: 3,000,000 B, 200 % from it. Hint: its result is in the output folder
      "
    `);
  });

  test("asks of the best what the recipe requires", async () => {
    const ran = await minnow(`${sweep}require: ["bytes <= 4 MB"]\n`);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain("out/report.json: bytes <= 4 MB: fail: 5,000,000 B is not at most 4,000,000 B");
  });

  test("is one document with --json", async () => {
    const ran = await minnow(sweep, "--json");
    const { schema, trials, best } = JSON.parse(ran.out);
    expect([ran.code, schema, best.name]).toEqual([0, "minnow.sweep/2", "sparsity=0.2"]);
    expect(trials.map(({ state }: { readonly state: string }) => state)).toEqual(["done", "done", "failed"]);
    expect(JSON.parse(readFileSync(join(cwd, "out/sweep.json"), "utf8"))).toEqual(JSON.parse(ran.out));
  });

  test("is only told with --dry-run", async () => {
    const ran = await minnow(sweep, "--dry-run");
    expect(ran.out).toMatchInlineSnapshot(`
      "trial
      sparsity=0.1  runs
      sparsity=0.2  done
      sparsity=0.3  runs
      2 of 3 trials would be run
      "
    `);
  });
});

describe("refused", () => {
  test.each([
    [sweep, ["--jobs", "0"], "error: --jobs: 0 is not a whole number of at least 1\n"],
    [sweep, ["--jobs", "1.5"], "error: --jobs: 1.5 is not a whole number of at least 1\n"],
    [
      sweep,
      ["--jobs", "2", "--queue", "redis://127.0.0.1"],
      "error: --jobs: the workers of a queue take one recipe each\n",
    ],
    [
      sweep,
      ["--jobs", "2", "--no-cache"],
      "error: --jobs: runs side by side meet in the cache. Hint: leave out --no-cache\n",
    ],
    [
      "",
      ["--jobs", "2"],
      "error: sweep.yaml: it has no sweep: there is one run only. Hint: --jobs and --queue are for the trials of a sweep\n",
    ],
  ] as const)("%j %j", async (recipe, words, message) => {
    const ran = await minnow(recipe, ...words);
    expect([ran.code, ran.out, ran.err]).toEqual([2, "", message]);
  });
});

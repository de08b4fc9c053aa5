// A sweep: after every trial the best so far is on the disk, failures are passed over, and nobody else writes there.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { AppError, must } from "../../src/base/index.ts";
import { parseRecipe } from "../../src/recipe/index.ts";
import { budgetFailure, type Runner, type SweepRecord, search } from "../../src/search/index.ts";
import type { Made } from "../compare/runs.ts";
import { putResult } from "./results.ts";

type Result = Made | AppError;

interface World {
  readonly folder: string;
  readonly run: (
    results: readonly Result[],
    look?: (trial: number) => void,
    more?: string,
  ) => Promise<SweepRecord>;
  text(path: string): string;
  account(): SweepRecord;
}

/** A sweep over as many sparsities as there are results, which a runner of the test gives. */
function world(): World {
  const folder = mkdtempSync(join(tmpdir(), "minnow-search-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ["teacher.onnx", "test.tsv"]) writeFileSync(join(folder, name), "");
  const text = (path: string): string => readFileSync(join(folder, path), "utf8");
  return {
    folder,
    text,
    account: () => JSON.parse(text("out/sweep.json")),
    async run(results, look = () => undefined, more = "") {
      const values = results.map((_, i) => (i + 1) / 10);
      const recipe = parseRecipe(
        `teacher: teacher.onnx
task: { name: text-classification, test: test.tsv }
steps: [{ prune: { kind: magnitude, sparsity: 0.3 } }]
output: out
sweep: { over: { "steps[0].prune.sparsity": [${values}] } }
${more}`,
        "recipe.yaml",
        undefined,
        folder,
      );
      const runner: Runner = async (jobs, each) => {
        for (const [i, job] of jobs.entries()) {
          const result = must(results[i], "result");
          await each(
            job,
            result instanceof AppError
              ? { error: result }
              : { record: putResult(job.output, job.name, result) },
          );
          look(i);
        }
      };
      return search({ recipe, runner, cwd: folder });
    },
  };
}

describe("search", () => {
  test("has the best so far on the disk after every trial", async () => {
    const { run, text, account } = world();
    const seen: unknown[] = [];
    const swept = await run([{ accuracy: 0.9 }, { accuracy: 0.8 }, { accuracy: 0.95 }], () =>
      seen.push([
        account().best?.name,
        text("out/onnx/model.onnx"),
        account().trials.map(({ state }) => state),
      ]),
    );
    expect(seen).toEqual([
      ["sparsity=0.1", "sparsity=0.1", ["done", "waiting", "waiting"]],
      ["sparsity=0.1", "sparsity=0.1", ["done", "done", "waiting"]],
      ["sparsity=0.3", "sparsity=0.3", ["done", "done", "done"]],
    ]);
    expect(swept).toEqual(account());
    expect(swept.best).toEqual({ name: "sparsity=0.3", meets: true, missed: null });
    expect(budgetFailure(swept)).toBeUndefined();
    const rows = JSON.parse(text("out/compare.json")).rows;
    expect(rows.map(({ report }: { report: string }) => report).slice(0, 3)).toEqual([
      "trials/sparsity-0.1/report.html",
      "trials/sparsity-0.2/report.html",
      "trials/sparsity-0.3/report.html",
    ]);
    expect(text("out/trials/sparsity-0.2/recipe.yaml")).toContain("sparsity: 0.2");
  });

  test("takes the closest miss where nothing meets the budget, and names the figure", async () => {
    const { run, text } = world();
    const made = [{ bytes: 5_000_000 }, { bytes: 3_000_000 }, { bytes: 4_000_000 }];
    const swept = await run(made, undefined, 'budget: ["bytes <= 2 MB", "accuracy >= 0.5"]');
    expect(swept.best).toEqual({
      name: "sparsity=0.2",
      meets: false,
      missed: "bytes <= 2 MB: 3,000,000 B, 50.0 % from it",
    });
    expect(text("out/onnx/model.onnx")).toBe("sparsity=0.2");
    expect(budgetFailure(swept)?.describe()).toBe(
      "out: none of 3 trials meets the budget; the closest is sparsity=0.2: bytes <= 2 MB: 3,000,000 B, 50.0 % from it. " +
        "Hint: its result is in the output folder",
    );
  });

  test("passes over a trial that failed, and keeps what went wrong", async () => {
    const { run } = world();
    const swept = await run([new AppError("diverged", "the loss is NaN"), { accuracy: 0.9 }]);
    expect(swept.trials.map(({ state }) => state)).toEqual(["failed", "done"]);
    expect(swept.trials[0]?.error).toEqual({ kind: "diverged", message: "the loss is NaN" });
    expect(swept.best?.name).toBe("sparsity=0.2");
  });

  test("fails as the first trial did where none ended well", async () => {
    const { run, account, folder } = world();
    const failing = run([
      new AppError("diverged", "the loss is NaN"),
      new AppError("usage", "no such layer"),
    ]);
    await expect(failing).rejects.toMatchObject({ kind: "diverged" });
    expect(account().best).toBeNull();
    expect(existsSync(join(folder, "out/.minnow"))).toBe(false);
  });

  test("refuses a result of another teacher or other test data", async () => {
    for (const other of [{ teacher: "t2" }, { data: "d2" }])
      await expect(world().run([{}, other])).rejects.toThrow(
        /another teacher, or measured on other test data/,
      );
  });

  test("holds its folder while it runs", async () => {
    const { run, folder } = world();
    await run([{}], () => expect(existsSync(join(folder, "out/.minnow.pid"))).toBe(true));
    expect(existsSync(join(folder, "out/.minnow"))).toBe(false);
  });
});

// ONNX's own node tests over the op table; `npm run conformance` writes docs/conformance.md from them.
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Case, casesOf } from "../../bench/conformance/cases.ts";
import { type Skip, skips } from "../../bench/conformance/skipped.ts";
import { type Judged, page } from "../../bench/conformance/table.ts";
import { judge } from "../../bench/conformance/verdict.ts";
import { openEngine } from "../../src/engine/index.ts";
import { ops } from "../../src/ops/index.ts";

const archive = "../shared/data/onnx_backend_tests/node-rel-1.22.0.tar.gz";

const skipOf = new Map(skips.flatMap((skip) => skip.cases.map((name) => [name, skip] as const)));
const known = (one: Case): boolean => one.ops.length > 0 && one.ops.every((op) => ops.has(op));

async function judgeAll(cases: readonly Case[]): Promise<readonly Judged[]> {
  const engine = await openEngine();
  const judged: Judged[] = [];
  for (const one of cases) {
    judged.push({ one, verdict: await judge(one, engine), skip: skipOf.get(one.name) });
  }
  return judged;
}

/** Tests with ops that the table lacks, by the first of those. */
function others(cases: readonly Case[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const one of cases) {
    const op = one.ops.find((name) => !ops.has(name)) ?? "Constant";
    counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return counts;
}

const explains = ({ says }: Skip, what: string): boolean => new RegExp(says).test(what);

describe.skipIf(!existsSync(archive))("ONNX's node tests (needs ../shared/data)", () => {
  test("each passes or is skipped for the reason that is given", async () => {
    const all = casesOf(archive);
    const judged = await judgeAll(all.filter(known));
    expect(judged.length).toBeGreaterThan(700);
    const title = ({ one, verdict }: Judged): string => `${one.name}: ${verdict.what}`;
    const failed = judged.filter(({ verdict, skip }) => !verdict.passed && !skip);
    expect(failed.map(title), "tests that fail and are not skipped").toEqual([]);
    const through = judged.filter(({ verdict, skip }) => verdict.passed && skip);
    expect(through.map(title), "skipped tests that pass: take them off the list").toEqual([]);
    const otherwise = judged.filter(({ verdict, skip }) => skip && !explains(skip, verdict.what));
    expect(otherwise.map(title), "skipped tests that fail for another reason").toEqual([]);
    const names = new Set(judged.map(({ one }) => one.name));
    expect(
      [...skipOf.keys()].filter((name) => !names.has(name)),
      "skipped tests that are not run",
    ).toEqual([]);
    const text = page(judged, others(all.filter((one) => !known(one))));
    await expect(text).toMatchFileSnapshot("../../docs/conformance.md");
  }, 120_000);
});

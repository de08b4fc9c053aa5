// minnow compare: the table, the files that are written when asked for, and what is refused.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import type { Run } from "../../src/compare/index.ts";
import { madeRun } from "../compare/runs.ts";
import { fakeIo, fakePipeline } from "./world.ts";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "minnow-compare-"));
  put(madeRun({ name: "small", folder: "out/small" }));
  put(madeRun({ name: "tiny", folder: "out/tiny #1", accuracy: 0.895, bytes: 1_000_000, p50Ms: 0.5 }));
  put(madeRun({ name: "odd", accuracy: 0.918, bytes: 6_000_000, p50Ms: 3 }));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

/** Writes the run's report.json, and a report.html beside it. */
function put({ path, record }: Run): void {
  mkdirSync(dirname(join(cwd, path)), { recursive: true });
  writeFileSync(join(cwd, path), JSON.stringify(record));
  writeFileSync(join(cwd, dirname(path), "report.html"), "");
}

async function compare(...words: readonly string[]) {
  const { io, out, err } = fakeIo({ cwd });
  const code = await main(["compare", ...words], io, { pipeline: fakePipeline({}) });
  return { code, out: out(), err: err() };
}

describe("minnow compare", () => {
  it("prints a row for each run and teacher, of folders and of files, and writes nothing", async () => {
    const before = readdirSync(cwd, { recursive: true });
    const ran = await compare("out/small", "out/tiny #1/", "out/odd/report.json");
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(ran.out).toMatchInlineSnapshot(`
      "model         accuracy   95 % interval  agreement     file     gzip  p50, batch 1  speed-up  95 % interval    run took  pareto set
      small          92.00 %  91.00 to 93.00    95.00 %  5.00 MB  4.50 MB       1.00 ms     8.00×   7.50 to 8.50  6 min 53 s  bytes, latency
      tiny           89.50 %  88.50 to 90.50    95.00 %  1.00 MB   900 kB      0.500 ms     8.00×   7.50 to 8.50  6 min 53 s  bytes, latency
      odd            91.80 %  90.80 to 92.80    95.00 %  6.00 MB  5.40 MB       3.00 ms     8.00×   7.50 to 8.50  6 min 53 s
      t1 (teacher)   96.00 %  95.00 to 97.00             91.2 MB  82.1 MB       8.00 ms                                       bytes, latency

      odd, by bytes: dominated, but a tie: its accuracy is within the interval of small, which has fewer bytes
      odd, by latency: dominated, but a tie: its accuracy is within the interval of small, which is faster
      "
    `);
    expect(readdirSync(cwd, { recursive: true })).toEqual(before);
  });

  it("writes three files, with links that lead from there to the reports", async () => {
    const ran = await compare("out/small", "out/tiny #1", "-o", "pages/now");
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(ran.out).toContain("\nread pages/now/compare.html\n");
    const folder = join(cwd, "pages/now");
    expect(readdirSync(folder).toSorted()).toEqual(["compare.html", "compare.json", "compare.md"]);
    const { schema, rows } = JSON.parse(readFileSync(join(folder, "compare.json"), "utf8"));
    expect(schema).toBe("minnow.compare/2");
    expect(rows.map(({ report }: { readonly report: string }) => report)).toEqual([
      "../../out/small/report.html",
      "../../out/tiny%20%231/report.html",
      "../../out/small/report.html",
    ]);
    const page = readFileSync(join(folder, "compare.html"), "utf8");
    expect(page).toContain('href="../../out/tiny%20%231/report.html"');
    expect(readFileSync(join(folder, "compare.md"), "utf8")).toMatch(/^# 2 runs compared\n/);
  });

  it("links to no report that is not there", async () => {
    rmSync(join(cwd, "out/small/report.html"));
    await compare("out/small", "out/tiny #1", "--output", ".");
    const { rows } = JSON.parse(readFileSync(join(cwd, "compare.json"), "utf8"));
    expect(rows[0].report).toBeNull();
    expect(rows[1].report).toBe("out/tiny%20%231/report.html");
  });

  it("gives the document with --json", async () => {
    const ran = await compare("out/small", "out/odd", "--json");
    expect([ran.code, ran.err]).toEqual([0, ""]);
    const { schema, pareto, rows } = JSON.parse(ran.out);
    expect(schema).toBe("minnow.compare/2");
    expect(pareto.bytes).toEqual(["small", "t1 (teacher)"]);
    expect(rows[1].pareto.bytes).toEqual({
      verdict: "tie",
      by: ["small"],
      words: "dominated, but a tie: its accuracy is within the interval of small, which has fewer bytes",
    });
  });

  it("refuses other test data, unless it is told to show them all the same", async () => {
    put(madeRun({ name: "other", data: "d2" }));
    const refused = await compare("out/small", "out/other", "-o", "pages");
    expect([refused.code, refused.out, refused.err]).toEqual([
      2,
      "",
      "error: out/other/report.json: its test data is not that of out/small/report.json; metrics on other items cannot be compared. Hint: --across-data shows them side by side all the same, and says so\n",
    ]);
    expect(readdirSync(cwd)).toEqual(["out"]);
    const shown = await compare("out/small", "out/other", "-o", "pages", "--across-data");
    expect(shown.code).toBe(0);
    const said = /The test data differ/;
    expect(shown.out).toMatch(/^warning: The test data differ/m);
    for (const file of ["compare.json", "compare.md", "compare.html"])
      expect(readFileSync(join(cwd, "pages", file), "utf8")).toMatch(said);
  });

  it("warns of other machines", async () => {
    put(madeRun({ name: "far", cpu: "other cpu" }));
    expect((await compare("out/small", "out/far")).out).toMatch(/^warning: The machines differ/m);
  });

  const refused: readonly (readonly [readonly string[], number, string])[] = [
    [
      [],
      2,
      "error: minnow compare: expected <run>: output folders with a report.json, such files, or recipes, which are run. Hint: minnow compare --help shows how it is used\n",
    ],
    [
      ["out/small", "./out/small/report.json"],
      2,
      "error: ./out/small/report.json: this run is there twice\n",
    ],
    [["out/gone"], 3, "error: out/gone: the report cannot be read: there is no such file or folder\n"],
    [
      ["out"],
      3,
      "error: out: the folder has no report.json. Hint: a run is one of the folders in it: out/odd, out/small, out/tiny #1\n",
    ],
  ];
  it.each(refused)("%j is %d", async (words, code, message) => {
    const ran = await compare(...words);
    expect([ran.code, ran.out, ran.err]).toEqual([code, "", message]);
  });

  it("shows control characters of names as such", async () => {
    put(madeRun({ name: "a\u001b[31m", folder: "out/bad" }));
    expect((await compare("out/bad")).out).not.toContain("\u001b");
  });
});

// minnow gate: the table is always seen, the exit code is the verdict, files are written either way.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { recipeFolder } from "../recipe/world.ts";
import { record } from "./record.ts";
import { fakeIo, fakePipeline } from "./world.ts";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "minnow-gate-"));
  writeFileSync(join(cwd, "report.json"), JSON.stringify(record));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function gate(...words: readonly string[]) {
  const { io, out, err } = fakeIo({ cwd });
  const code = await main(["gate", ...words], io, { pipeline: fakePipeline({}) });
  return { code, out: out(), err: err() };
}

const requires = (...texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) => ["--require", text]);

describe("minnow gate", () => {
  it("prints a row for each requirement, and 0 where all pass", async () => {
    const ran = await gate("report.json", ...requires("bytes <= 6 MB", "speedup >= 8x"));
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(ran.out).toMatchInlineSnapshot(`
      "verdict       requirement          value  95 %          bound
      pass          bytes <= 6 MB  5,200,000 B  exact         at most 6,000,000 B
      inconclusive  speedup >= 8x           8x  7.5x to 8.5x  at least 8x

      bytes <= 6 MB: 5,200,000 B is at most 6,000,000 B
      speedup >= 8x: 8x cannot be told to be at least 8x; value less bound +0x, 95 % interval -0.5x to +0.5x; at batch 1; the estimate lies on the bound: no number of runs would decide it
      1 pass, 0 fail, 1 inconclusive: the report passes; with --inconclusive fail it would not
      "
    `);
  });

  it("takes the output folder as well as its report", async () => {
    const words = requires("bytes <= 6 MB");
    const [file, folder] = [await gate("report.json", ...words), await gate(".", ...words)];
    expect(folder).toEqual(file);
    expect((await gate("nowhere", ...words)).err).toContain("nowhere: the report cannot be read");
  });

  it("prints the same where one fails: names it on stderr, and gives 1", async () => {
    const ran = await gate(...requires("bytes <= 6 MB", "bytes <= 5 MB"), "report.json");
    expect(ran.code).toBe(1);
    expect(ran.out).toContain("fail     bytes <= 5 MB");
    expect(ran.out).toContain("pass     bytes <= 6 MB");
    expect(ran.err).toBe("error: report.json: bytes <= 5 MB: fail: 5,200,000 B is not at most 5,000,000 B\n");
    const both = await gate("report.json", "--quiet", ...requires("bytes <= 1 MB", "bytes <= 5 MB"));
    expect(both.err.match(/^error: report\.json: bytes <= \d MB: fail/gm)).toHaveLength(2);
    expect(both.out).toContain("0 pass, 2 fail, 0 inconclusive: the report does not pass\n");
    expect((await gate("report.json", "--quiet", ...requires("bytes <= 6 MB"))).out).toBe("");
  });

  it("can refuse what is inconclusive", async () => {
    const words = ["report.json", ...requires("speedup >= 8x"), "--inconclusive"];
    expect((await gate(...words, "pass")).code).toBe(0);
    const ran = await gate(...words, "fail");
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining("speedup >= 8x: inconclusive: ")]);
  });

  it("takes the last value of a flag that is given twice, but every --require", async () => {
    const words = ["report.json", ...requires("speedup >= 8x", "bytes <= 6 MB"), "--inconclusive", "fail"];
    const ran = await gate(...words, "--inconclusive", "pass");
    expect([ran.code, ran.out]).toEqual([0, expect.stringContaining("1 pass, 0 fail, 1 inconclusive")]);
  });

  it("gives one document with --json, passed or not", async () => {
    for (const [bound, code] of [
      ["6 MB", 0],
      ["5 MB", 1],
    ] as const) {
      const ran = await gate("report.json", "--json", ...requires(`bytes <= ${bound}`));
      expect(ran.code).toBe(code);
      expect(JSON.parse(ran.out)).toMatchObject({
        schema: "minnow.gate/1",
        report: "report.json",
        passed: code === 0,
        requirements: [
          {
            text: `bytes <= ${bound}`,
            verdict: code === 0 ? "pass" : "fail",
            value: 5_200_000,
            interval: null,
            bound: Number.parseFloat(bound) * 1e6,
            words: expect.stringContaining("5,200,000 B is"),
          },
        ],
      });
    }
  });

  it("compares with a baseline", async () => {
    writeFileSync(join(cwd, "old.json"), JSON.stringify(record));
    const words = ["report.json", "--baseline", "old.json"];
    expect((await gate(...words, ...requires("bytes <= baseline"))).code).toBe(0);
    expect((await gate(...words, ...requires("bytes < baseline"))).code).toBe(1);
  });

  it("writes its files, also when it fails", async () => {
    const files = ["--junit", "a/gate.xml", "--annotations", "gate.txt", "--markdown", "gate.md"];
    expect((await gate("report.json", ...requires("bytes <= 5 MB"), ...files)).code).toBe(1);
    expect(readFileSync(join(cwd, "a/gate.xml"), "utf8")).toContain('failures="1"');
    expect(readFileSync(join(cwd, "gate.txt"), "utf8")).toMatch(
      /^::error title=minnow gate%3A bytes <= 5 MB::/,
    );
    expect(readFileSync(join(cwd, "gate.md"), "utf8")).toContain("## minnow gate: failed");
  });

  const refused: readonly (readonly [readonly string[], number, string])[] = [
    [["report.json"], 2, "error: --require: it is missing. Hint: minnow gate --help shows how it is used\n"],
    [["report.json", "--require", ""], 2, "error: --require: expected a value\n"],
    [["report.json", "--require"], 2, "error: --require: expected a value\n"],
    [
      ["report.json", ...requires("bytes <= 1 B", "bytes <= 2 mo")],
      2,
      'error: --require:12: expected B, kB, MB, GB, KiB, MiB, GiB or no unit, not "mo". Hint: did you mean "MB"?\n' +
        "  bytes <= 2 mo\n             ^\n",
    ],
    [
      ["report.json", ...requires("bytes of distil < 1")],
      2,
      'error: --require:10: report.json has no stage "distil". Hint: did you mean "distill"?\n' +
        "  bytes of distil < 1\n           ^\n",
    ],
    [
      ["report.json", ...requires("bytes < baseline")],
      2,
      "error: --require:9: there is no baseline. Hint: minnow gate takes an earlier report by --baseline FILE\n" +
        "  bytes < baseline\n          ^\n",
    ],
    [
      ["gone.json", ...requires("bytes < 1")],
      3,
      "error: gone.json: the report cannot be read: there is no such file or folder\n",
    ],
    [
      ["report.json", ...requires("latency.p99 < 1")],
      3,
      "error: report.json: latency.p99 was not measured for quantize.dynamic, so nothing can be required of it. Hint: a run measures it with test data, against its teacher\n",
    ],
  ];
  it.each(refused)("%j is %d", async (words, code, message) => {
    const ran = await gate(...words);
    expect([ran.code, ran.out, ran.err]).toEqual([code, "", message]);
  });

  it("tells with --json which column is wrong", async () => {
    const ran = await gate("report.json", "--json", ...requires("bytes <= 2 mo"));
    expect(JSON.parse(ran.out).error).toMatchObject({ kind: "usage", facts: { column: 12 } });
  });
});

describe("require: in a recipe", () => {
  const ran = async (requirement: string, ...flags: readonly string[]) => {
    const folder = recipeFolder();
    const text = `teacher: teacher
task: { name: text-classification, test: test.tsv }
steps: [{ quantize: }]
output: out/mini
require: [${requirement}]
`;
    writeFileSync(join(folder, "r.yaml"), text);
    const { io, out, err } = fakeIo({ cwd: folder });
    const pipeline = fakePipeline({ compress: async () => record });
    const code = await main(["compress", "r.yaml", ...flags], io, { pipeline });
    return { code, out: out(), err: err() };
  };

  it("is judged when the run is written", async () => {
    const passed = await ran("bytes <= 6 MB");
    expect([passed.code, passed.err]).toEqual([0, ""]);
    expect(passed.out).toMatch(
      /out\/mini was written in[^\n]*\n\nkeep [^\n]*\n\nverdict .*1 pass, 0 fail, 0 inconclusive/s,
    );
    const failed = await ran("bytes <= 5 MB");
    expect([failed.code, failed.err]).toEqual([
      1,
      `error: ${join("out", "mini", "report.json")}: bytes <= 5 MB: fail: 5,200,000 B is not at most 5,000,000 B\n`,
    ]);
    expect(failed.out).toContain("out/mini was written in");
  });

  it("leaves the record the one document of --json", async () => {
    const failed = await ran("bytes <= 5 MB", "--json");
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.out)).toEqual(record);
    expect(failed.err).toMatch(/^error: .*bytes <= 5 MB/);
  });

  it("of what was not measured ends with its error, after the run is told", async () => {
    const ended = await ran("latency.p99 <= 5 ms");
    expect([ended.code, ended.err]).toEqual([3, expect.stringContaining("latency.p99 was not measured")]);
    expect(ended.out).toContain("out/mini was written in");
  });
});

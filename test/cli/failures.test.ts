// Troubles of streams, folders, files and memory: each is told as what it is, without a stack trace, by the real bin that `npm run build` made.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const bin = resolve("bin/minnow.js");
const teacher = resolve("fixtures/models/intents-teacher");
const data = resolve("fixtures/intents/test.tsv");
const home = mkdtempSync(join(tmpdir(), "minnow-failures-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs a line of bash in the test's folder; `minnow` is the bin. */
function bash(line: string): { readonly code: number | null; readonly err: string; readonly out: string } {
  const script = `minnow() { "${process.execPath}" "${bin}" "$@"; }; ${line}`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script], {
    cwd: home,
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, MINNOW_CACHE: join(home, "cache") },
  });
  return { code: status, out: stdout, err: stderr };
}

/** What every trouble is told without. */
const never = /defect|at .*\.js:\d+|node:internal|Node\.js v/;

const recipe = (output: string, more = ""): string => `teacher: ${teacher}
output: ${output}
task: { name: text-classification, test: ${data}, label: intent }
steps: [{ quantize: {} }]
measure: { batch: 1, budget: 0.05, items: 5, sensitivity: 0, robustness: 0 }
${more}`;

const isLinux = process.platform === "linux";

describe.runIf(isLinux)("troubles", () => {
  symlinkSync("nowhere/at-all", join(home, "dangling"));
  symlinkSync("circle", join(home, "circle"));
  spawnSync("mkfifo", [join(home, "pipe"), join(home, "pipe.tsv")]);
  mkdirSync(join(home, "locked"));
  spawnSync("mkfifo", [join(home, "locked/minnow.lock.json")]);
  writeFileSync(join(home, "good.yaml"), recipe("out"));
  writeFileSync(join(home, "nul.yaml"), recipe('"a\\0b"'));
  writeFileSync(join(home, "file"), "");
  const long = "a".repeat(300);

  test.for<readonly [string, string, number, string]>([
    ["a full standard output", "minnow doctor > /dev/full", 5, "no space is left on the disk"],
    ["a full standard output for JSON", "minnow nope --json > /dev/full", 5, "no space is left on the disk"],
    ["a reader that went away", `minnow doctor | true; exit \${PIPESTATUS[0]}`, 141, ""],
    ["a full standard error and output", "minnow nope --json > /dev/full 2> /dev/full", 5, ""],
    [
      "a current folder that is gone",
      `mkdir g && cd g && rmdir ../g && minnow inspect x`,
      3,
      "current folder",
    ],
    ["a folder to verify that is not there", "minnow verify gone", 3, "gone: there is no such folder"],
    [
      "a slip in a file's name",
      "minnow compress god.yaml",
      2,
      'Hint: did you mean "good.yaml", which lies there?',
    ],
    ["few file handles", `ulimit -n 24; minnow quantize ${teacher} -o few`, 5, "too many files are open"],
    [
      "files bounded in size",
      `ulimit -f 100; minnow quantize ${teacher} -o s`,
      5,
      "larger than a file may be",
    ],
    ["little memory", `ulimit -v 4000000; minnow quantize ${teacher} -o m`, 5, "memory ran out"],
    ["a link that leads nowhere as model", "minnow inspect dangling", 3, "no such file"],
    ["links in a circle", "minnow inspect circle", 3, ""],
    ["too long a path", `minnow quantize ${teacher} -o ${long}`, 2, "too long"],
    ["a NUL in a recipe's path", "minnow compress nul.yaml --dry-run", 2, "it is not a file name"],
    ["a folder that cannot be made", `minnow quantize ${teacher} -o /sys/none/out`, 3, "cannot be made"],
    ["a cache that cannot be made", "minnow compress good.yaml --cache /proc/none", 3, "cannot be made"],
    ["a cache that is a file", "minnow compress good.yaml --cache file", 3, "cannot be made"],
    ["a pipe as model", "minnow inspect pipe", 3, "not a regular file but a pipe"],
    ["a pipe as report", "minnow gate pipe --require 'bytes <= 1'", 3, "not a regular file but a pipe"],
    ["a pipe as recipe", "minnow compress pipe", 3, "compress - reads a recipe from the standard input"],
    [
      "a pipe as data",
      `minnow eval ${teacher} --data pipe.tsv --label x`,
      3,
      "not a regular file but a pipe",
    ],
    ["a pipe as lock", "minnow verify locked", 3, "minnow.lock.json"],
    ["a device as model", "minnow inspect /dev/zero", 3, "not a regular file but a device"],
    ["a device as recipe", "minnow compress /dev/zero", 3, "not a regular file but a device"],
    ["a device as report", "minnow compare /dev/zero", 3, "not a regular file but a device"],
  ])("%s", { timeout: 60_000 }, ([, line, code, words]) => {
    const ended = bash(line);
    expect(ended.code, ended.err).toBe(code);
    expect(ended.err).toContain(words);
    expect(ended.err).not.toMatch(never);
  });

  test("--version needs no current folder", () => {
    expect(bash("mkdir v && cd v && rmdir ../v && minnow --version")).toMatchObject({ code: 0, err: "" });
  });
});

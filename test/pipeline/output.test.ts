// The output folder: who may write into it, and what an earlier run leaves in it.
import { spawn, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AppError, type RunEvent } from "../../src/base/index.ts";
import { openWork } from "../../src/pipeline/output.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "minnow-output-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const lockOf = (folder: string): string => join(folder, ".minnow.pid");

/** A folder whose lock says this. */
function locked(content: string): string {
  const folder = newFolder();
  writeFileSync(lockOf(folder), content);
  return folder;
}

/** The pid of a process that lives as long as the test. */
function sleeper(): number {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child.pid ?? 0;
}

const refusal = (folder: string): AppError | undefined => {
  try {
    openWork(folder);
    return undefined;
  } catch (cause) {
    if (cause instanceof AppError) return cause;
    throw cause;
  }
};

/** When a process began, as Linux tells it; undefined elsewhere. */
const startOf = (pid: number): string | undefined =>
  process.platform === "linux"
    ? readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ")[19]
    : undefined;

test("a living process keeps its folder, and is named", () => {
  const pid = sleeper();
  const error = refusal(locked(JSON.stringify({ pid, started: startOf(pid) })));
  expect(error?.kind).toBe("locked");
  expect(error?.message).toContain(String(pid));
});

test("so does another run of the same process", () => {
  const folder = newFolder();
  const { release } = openWork(folder);
  expect(refusal(folder)?.describe()).toContain("another run of this process is writing into this folder");
  release();
  expect(refusal(folder)).toBeUndefined();
});

test("the lock that a run writes names its process and its beginning, and goes with it", () => {
  const folder = newFolder();
  const { release } = openWork(folder);
  const lock: unknown = JSON.parse(readFileSync(lockOf(folder), "utf8"));
  expect(lock).toEqual(JSON.parse(JSON.stringify({ pid: process.pid, started: startOf(process.pid) })));
  release();
  expect(readdirSync(folder)).toEqual([]);
});

test.runIf(process.platform === "linux").each([
  ["a number that another process has now", () => ({ pid: sleeper(), started: "1" })],
  ["a number without a beginning, where the system tells it", () => ({ pid: sleeper() })],
])("%s holds nothing", (_what, holder) => {
  expect(refusal(locked(JSON.stringify(holder())))).toBeUndefined();
});

test.each([
  ["a dead process", JSON.stringify({ pid: 2 ** 22 + 7 })],
  ["a lock that was cut short", '{"pid":'],
  ["an empty lock", ""],
])("%s is taken over, also when it is dated in the future", (_what, content) => {
  const folder = locked(content);
  const future = new Date(Date.now() + 1e9);
  utimesSync(lockOf(folder), future, future);
  expect(refusal(folder)).toBeUndefined();
});

test("what a run left that did not come to its end is removed, and told", () => {
  const folder = locked(JSON.stringify({ pid: 2 ** 22 + 7, started: "1" }));
  mkdirSync(join(folder, ".minnow/ready"), { recursive: true });
  writeFileSync(join(folder, ".minnow/ready/model.onnx"), "half");
  writeFileSync(join(folder, ".minnow.pid.4194311.0a1b.tmp"), "{}");
  const told: RunEvent[] = [];
  const { work, release } = openWork(folder, (event) => told.push(event));
  expect(readdirSync(work)).toEqual([]);
  expect(told).toMatchObject([
    { kind: "note", message: `${work} of a run that did not come to its end was removed` },
  ]);
  release();
  expect(readdirSync(folder)).toEqual([]);
});

test("of eight processes that take a lock at once, one has it", { timeout: 60_000 }, () => {
  const script = join(import.meta.dirname, "../../bench/evidence.js");
  const words = [script, "--only", "locks", "--rounds", "40", "--json"];
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  expect(stderr).toBe("");
  const { tally, wrong } = JSON.parse(stdout).locks;
  expect(wrong).toEqual([]);
  expect(Object.values(tally)).toEqual(Array.from({ length: 5 }, () => ({ 1: 8 })));
});

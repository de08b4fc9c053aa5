// The output folder: who may write into it, and what an earlier run leaves in it.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { closeWork, openWork } from "../../src/pipeline/output.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "minnow-output-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const lockOf = (folder: string): string => join(folder, ".minnow/lock");

/** A folder whose lock says this. */
function locked(content: string): string {
  const folder = newFolder();
  mkdirSync(join(folder, ".minnow"));
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

test("a living process keeps its folder, and is named", () => {
  const pid = sleeper();
  const error = refusal(locked(JSON.stringify({ pid })));
  expect(error?.kind).toBe("locked");
  expect(error?.message).toContain(String(pid));
});

test.runIf(process.platform === "linux")(
  "the lock that a run writes names its process and its beginning",
  () => {
    const folder = newFolder();
    openWork(folder);
    const lock = JSON.parse(readFileSync(lockOf(folder), "utf8")) as { pid: number; started: string };
    expect(lock.pid).toBe(process.pid);
    expect(lock.started).toMatch(/^\d+$/);
    closeWork(folder);
    expect(existsSync(join(folder, ".minnow"))).toBe(false);
  },
);

test.runIf(process.platform === "linux")("a number that another process has now holds nothing", () => {
  expect(refusal(locked(JSON.stringify({ pid: sleeper(), started: "1" })))).toBeUndefined();
});

test.each([
  ["a dead process", JSON.stringify({ pid: 2 ** 22 + 7 })],
  ["a lock that was cut short", '{"pid":'],
  ["an empty lock", ""],
])("%s is taken over", (_what, content) => {
  expect(refusal(locked(content))).toBeUndefined();
});

// Places that a lock, a report or a peer names: what leads out of the folder is neither read nor written.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesOfResult, holdFolder, placeFiles } from "../../src/pipeline/index.ts";
import { filesNow, type Lock, readLock } from "../../src/pipeline/lock.ts";
import { whichFile } from "../../src/pipeline/which-file.ts";
import { noInputs } from "./no-inputs.ts";

const lockOf = (...places: readonly string[]): Lock => ({
  schema: "minnow.lock/1",
  inputs: noInputs,
  outputs: places.map((path) => ({ path, bytes: 1, sha256: "0".repeat(64) })),
});

/** A folder beside a secret, with a link to where that lies. */
function folder(): string {
  const base = mkdtempSync(join(tmpdir(), "minnow-places-"));
  mkdirSync(join(base, "out", "onnx"), { recursive: true });
  writeFileSync(join(base, "secret"), "secret");
  writeFileSync(join(base, "out", "file"), "file");
  symlinkSync(base, join(base, "out", "up"));
  return join(base, "out");
}

const outside = ["../secret", "onnx/../../secret", "/etc/hostname", "up/secret", "..\\secret", "a\0b"];

test.each(outside)("%j of a lock is not read", (place) => {
  const output = folder();
  writeFileSync(join(output, "minnow.lock.json"), JSON.stringify(lockOf("file", place)));
  expect(() => filesOfResult(output)).toThrow(/^the listed file .* is refused: /);
  expect(() => filesNow(output, readLock(output) ?? lockOf())).toThrow(/is refused: /);
});

test("what a lock lists inside is read", () => {
  const output = folder();
  writeFileSync(join(output, "minnow.lock.json"), JSON.stringify(lockOf("file", "gone")));
  expect(filesNow(output, lockOf("file", "gone")).map(({ path, bytes }) => [path, bytes])).toEqual([
    ["file", 4],
  ]);
});

test.each(outside)("%j of a report is not taken for its result", (place) => {
  const output = folder();
  writeFileSync(join(output, "report.json"), JSON.stringify({ stages: [{ file: place }] }));
  expect(() => whichFile(output, { cwd: output, use: "run" })).toThrow(/^the result's file .* is refused: /);
});

test.each([...outside, "up/new"])(
  "%j from a peer is not written, nor is what came with it",
  async (place) => {
    const output = folder();
    const release = holdFolder(output);
    const files = new Map([
      ["file", "new"],
      [place, "owned"],
    ]);
    await expect(placeFiles(output, files)).rejects.toThrow(/^the file .* is refused: /);
    release();
    expect(readFileSync(join(output, "file"), "utf8")).toBe("file");
    expect(readFileSync(join(output, "..", "secret"), "utf8")).toBe("secret");
    expect(existsSync(join(output, "..", "new"))).toBe(false);
  },
);

// A place that a file or a peer names stays inside its folder, whatever it is made of.
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AppError, contained } from "../../src/base/index.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "minnow-contained-")));
const root = join(base, "root");
mkdirSync(join(root, "sub"), { recursive: true });
mkdirSync(join(base, "root-beside"));
for (const at of ["root/file", "root/sub/file", "outside", "root-beside/file"])
  writeFileSync(join(base, at), at);
symlinkSync("sub/file", join(root, "inner"));
symlinkSync(join(base, "outside"), join(root, "link"));
symlinkSync(base, join(root, "up"));
symlinkSync(join(base, "none"), join(root, "dangling"));
symlinkSync(join(base, "root-beside"), join(root, "beside"));

test.each([
  ["file", "root/file"],
  ["./file", "root/file"],
  ["sub//file", "root/sub/file"],
  ["inner", "root/sub/file"],
  ["new", "root/new"],
  ["a/new/file", "root/a/new/file"],
  ["sub/new", "root/sub/new"],
  ["..file", "root/..file"],
  ["a..b/c", "root/a..b/c"],
])("%s is %s", (place, path) => {
  expect(contained(root, place, "the file")).toBe(join(base, path));
});

test.each([
  ["", "it is not a file name"],
  [".", "it is not a file name"],
  ["./", "it is not a file name"],
  ["file\0", "it is not a file name"],
  ["/etc/hostname", "it is absolute"],
  ["\\\\host\\share", "it is absolute"],
  ["C:\\outside", "it is absolute"],
  ["C:outside", "it is absolute"],
  ["../outside", 'it contains ".."'],
  ["sub/../../outside", 'it contains ".."'],
  ["sub\\..\\..\\outside", 'it contains ".."'],
  ["..", 'it contains ".."'],
  ["link", "out of the folder"],
  ["up/outside", "out of the folder"],
  ["up/new/file", "out of the folder"],
  ["beside/file", "out of the folder"],
  ["beside", "out of the folder"],
  ["dangling", "no such file"],
  ["dangling/new", "no such file"],
  ["file/below", "not a folder"],
])("%j is refused: %s", (place, why) => {
  const refusal = () => contained(root, place, "the file", "m.lock");
  expect(refusal).toThrow(AppError);
  expect(refusal).toThrow(why);
});

test("the error says which place, what it is and where it was named", () => {
  try {
    contained(root, "../outside", "the listed file", "minnow.lock.json");
    expect.unreachable();
  } catch (error) {
    expect((error as AppError).describe()).toBe(
      'minnow.lock.json: the listed file "../outside" is refused: it contains "..". Hint: a path that comes from a ' +
        "file or a peer must stay inside its folder",
    );
    expect((error as AppError).exitCode).toBe(3);
  }
});

test("the root may be reached through a link, and be the root of all", () => {
  expect(contained(join(root, "up", "root"), "file", "the file")).toBe(join(root, "file"));
  expect(contained("/", "etc", "the file")).toBe(realpathSync("/etc"));
});

test("a snapshot of the Hub's cache has its files in blobs, and nowhere else", () => {
  const hub = join(base, "hub");
  const folder = join(hub, "snapshots", "0123456789".repeat(4));
  mkdirSync(join(folder, "onnx"), { recursive: true });
  mkdirSync(join(hub, "blobs"));
  writeFileSync(join(hub, "blobs", "abc"), "");
  writeFileSync(join(hub, "secret"), "");
  symlinkSync("../../../blobs/abc", join(folder, "onnx", "model.onnx_data"));
  symlinkSync("../../secret", join(folder, "secret"));
  symlinkSync("../../outside", join(hub, "blobs", "out"));
  symlinkSync("../../blobs/out", join(folder, "out"));
  expect(contained(join(folder, "onnx"), "model.onnx_data", "the file")).toBe(join(hub, "blobs", "abc"));
  for (const place of ["secret", "out"])
    expect(() => contained(folder, place, "the file")).toThrow("by a link");
});

// External data that leads out of the model's folder or past the end of its file.
import { mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readModelBytes } from "../../src/onnx/index.ts";
import { file, read, refusal, table } from "../onnx/table.ts";

const root = mkdtempSync(join(tmpdir(), "minnow-external-"));
const folder = join(root, "model");
mkdirSync(join(folder, "sub"), { recursive: true });
const four = Uint8Array.from(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
for (const at of ["model/data", "model/sub/data", "outside"]) writeFileSync(join(root, at), four);
symlinkSync(join(root, "outside"), join(folder, "link"));
symlinkSync(join(folder, "data"), join(folder, "inner"));
symlinkSync(root, join(folder, "up"));

type Entries = Readonly<Record<string, string>>;
const graph = (entries: Entries, dims: readonly number[] = [2]) => ({
  node: [{ op_type: "Identity", input: ["w"], output: ["y"] }],
  output: [{ name: "y" }],
  initializer: [
    {
      name: "w",
      data_type: 1,
      dims,
      data_location: 1,
      external_data: Object.entries(entries).map(([key, value]) => ({ key, value })),
    },
  ],
});
const open = (entries: Entries, dims?: readonly number[]) =>
  readModelBytes(file(graph(entries, dims)), "m.onnx", table, { folder })
    .graph.weights.values()
    .next().value;

describe("inside the folder", () => {
  test("offset and length pick a range; both have defaults", () => {
    expect(open({ location: "data", offset: "8", length: "8" })?.numbers()).toEqual([3, 4]);
    expect(open({ location: "sub/data", offset: "4" })?.numbers()).toEqual([2, 3]);
    expect(open({ location: "data" }, [0])?.bytes.byteLength).toBe(0);
    expect(open({ location: "inner", length: "8" })?.numbers()).toEqual([1, 2]);
  });

  test("a file that changed after the model was opened is not read", () => {
    writeFileSync(join(folder, "changing"), four);
    const weight = open({ location: "changing" });
    writeFileSync(join(folder, "changed"), four);
    renameSync(join(folder, "changed"), join(folder, "changing"));
    expect(refusal(() => weight?.bytes)).toContain(
      "changing: the file has changed since the model was opened",
    );
  });

  test("nor one that became a link", () => {
    writeFileSync(join(folder, "soon"), four);
    const weight = open({ location: "soon" });
    renameSync(join(folder, "link"), join(folder, "soon"));
    symlinkSync(join(root, "outside"), join(folder, "link"));
    expect(refusal(() => weight?.bytes)).toContain("soon");
  });
});

test.each<[string, Entries, string]>([
  ["a parent folder", { location: "../outside" }, 'it contains ".."'],
  ["a parent folder in between", { location: "sub/../../outside" }, 'it contains ".."'],
  ["a parent folder as Windows writes it", { location: "sub\\..\\..\\outside" }, 'it contains ".."'],
  ["an absolute path", { location: "/etc/hostname" }, "it is absolute"],
  ["a drive", { location: "C:\\outside" }, "it is absolute"],
  ["a drive's own folder", { location: "C:outside" }, "it is absolute"],
  ["a share", { location: "\\\\host\\share" }, "it is absolute"],
  ["a link out of the folder", { location: "link" }, "leads out of the folder"],
  ["a linked folder", { location: "up/outside" }, "leads out of the folder"],
  ["no name", {}, "it is not a file name"],
  ["a name with a NUL", { location: "data\0" }, "it is not a file name"],
  ["a folder", { location: "sub" }, "it is not a plain file"],
  ["a missing file", { location: "none" }, "there is no such file"],
  [
    "an offset behind the end",
    { location: "data", offset: "12" },
    "a weight ends at byte 20, the file has 16",
  ],
  ["an offset without measure", { location: "data", offset: "99999999999999999999" }, "is not a size"],
  ["a negative offset", { location: "data", offset: "-8" }, "is not a size"],
  [
    "a length that is not the shape's",
    { location: "data", length: "12" },
    "12 bytes of external data, its shape takes 8",
  ],
])("%s is refused", (_, entries, expected) => {
  expect(refusal(() => open(entries))).toContain(expected);
});

test("a shape larger than the file is refused before anything is allocated", () => {
  expect(refusal(() => open({ location: "data" }, [1e6, 1e6]))).toContain(
    "ends at byte 4000000000000, the file has 16",
  );
});

test("bytes without a folder have no external data", () => {
  expect(refusal(() => read(graph({ location: "data" })))).toContain("was not read from a folder");
});

test("the folder itself may be reached through a link", () => {
  const linked = join(root, "linked");
  symlinkSync(folder, linked);
  const bytes = file(graph({ location: "data" }));
  expect(
    [...readModelBytes(bytes, "m.onnx", table, { folder: linked }).graph.weights.values()][0]?.numbers(),
  ).toEqual([1, 2]);
});

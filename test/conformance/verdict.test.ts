// The judge of ONNX's node tests can tell right from wrong: outputs, types, what cannot be read.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { filesOf } from "../../bench/conformance/archive.ts";
import type { Case } from "../../bench/conformance/cases.ts";
import { judge, type Verdict } from "../../bench/conformance/verdict.ts";
import { openEngine } from "../../src/engine/index.ts";
import { Builder } from "../../src/ir/index.ts";
import { encodeModel } from "../../src/onnx/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

const x = Tensor.floats([2, 2], [1, -2, 3, -4]);

/** A case of one Abs whose output is expected to be this. */
async function verdictOn(expected: Tensor): Promise<Verdict> {
  const b = new Builder(opTable);
  const y = b.op("Abs", [b.input("x", "f32", [2, 2])]);
  const { bytes } = encodeModel({ graph: b.finish({ y }), metadata: {} }, opTable);
  const one: Case = {
    name: "abs",
    ops: ["Abs"],
    nodes: 1,
    model: Buffer.concat(bytes),
    inputNames: ["x"],
    inputs: () => [x],
    outputs: () => [expected],
  };
  return judge(one, await openEngine());
}

test("a case passes with its outputs, and with others it tells what differs", async () => {
  expect(await verdictOn(Tensor.floats([2, 2], [1, 2, 3, 4]))).toEqual({
    passed: true,
    fixed: false,
    what: "",
  });
  const wrong = await verdictOn(Tensor.floats([2, 2], [1, 2, 3, 4.1]));
  expect(wrong).toMatchObject({
    passed: false,
    what: expect.stringMatching(/^element 3 is 4 where 4\.0999/),
  });
  const flat = await verdictOn(Tensor.floats([4], [1, 2, 3, 4]));
  expect(flat).toMatchObject({ passed: false, what: "its output y is inferred as f32[2, 2] and is f32[4]" });
});

/** An entry of a tar file: a header of 512 bytes, then the content in blocks of as many. */
function entry(name: string, content: string, kind: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name.slice(0, 99), 0);
  header.write(content.length.toString(8).padStart(11, "0"), 124);
  header.write(kind, 156);
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc(-content.length & 511)]);
}

test("files of an archive are found by their names, long ones too", () => {
  const long = `${"folder/".repeat(20)}model.onnx`;
  const entries = [
    entry("a", "one", "0"),
    entry("d", "", "5"),
    entry("@", long, "L"),
    entry(long, "two", "0"),
  ];
  const path = join(mkdtempSync(join(tmpdir(), "minnow-tar-")), "made.tar.gz");
  writeFileSync(path, gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)])));
  const files = [...filesOf(path)].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]);
  expect(files).toEqual([
    ["a", "one"],
    [long, "two"],
  ]);
});

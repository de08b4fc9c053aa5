// Training from the command line: the same seed gives the same bytes, and what diverges changes nothing.
import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Installed, installed, teacher } from "./installed.ts";

let world: Installed;
beforeAll(() => {
  world = installed({ trainStep: 40, testStep: 100 });
}, 60_000);
afterAll(() => rmSync(world.folder, { recursive: true }));

const distil = (output: string, ...more: readonly string[]) =>
  world.minnow(
    ...["distill", teacher, "-o", output, "--train", "train.tsv", "--label", "intent", "--quiet"],
    ...["--student.layers", "1", "--student.hidden", "48", "--epochs", "2", "--threads", "2", ...more],
  );

/** Hash of each file of a folder; reports hold times, so they are left out. */
const hashes = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    world
      .files(folder)
      .filter((path) => !/report\.|README/.test(path))
      .map((path) => [
        path.slice(path.lastIndexOf("/") + 1),
        createHash("sha256").update(readFileSync(path)).digest("hex"),
      ]),
  );

test("the same seed gives the same bytes, another seed others", () => {
  for (const [output, seed] of [
    ["one", "3"],
    ["two", "3"],
    ["other", "4"],
  ] as const) {
    expect(distil(output, "--seed", seed)).toMatchObject({ code: 0, err: "" });
  }
  const [one, two, other] = [hashes("one"), hashes("two"), hashes("other")];
  expect([...one.keys()]).toEqual(expect.arrayContaining(["model.safetensors", "model.onnx", "config.json"]));
  expect(two).toEqual(one);
  expect(other.get("model.safetensors")).not.toBe(one.get("model.safetensors"));
}, 60_000);

test("a loss that is not finite ends the run with 4 and a tensor's name; the old output and the last good weights stay", () => {
  expect(distil("kept")).toMatchObject({ code: 0 });
  const before = hashes("kept");
  const names = world.files("kept").toSorted();
  const { code, err, out } = distil("kept", "--temperature", "1e-42");
  expect(err).toMatch(/^error: [\w.]+: the loss is not finite at step 1 \(loss NaN\)/);
  expect(err).toContain("lower the learning rate");
  expect({ code, out }).toEqual({ code: 4, out: "" });
  const after = hashes("kept");
  for (const [name, hash] of before) expect(after.get(name), name).toBe(hash);
  const added = world.files("kept").filter((name) => !names.includes(name));
  expect(added.map((name) => name.replace(/.*\//, ""))).toEqual(["last-good.safetensors"]);
}, 60_000);

test("a model file that an earlier run made, and this one does not, goes", () => {
  expect(distil("again")).toMatchObject({ code: 0 });
  expect(world.files("again").some((name) => name.endsWith("onnx/model.onnx"))).toBe(true);
  const models = () =>
    world
      .files("again")
      .filter((name) => name.endsWith(".onnx"))
      .map((name) => name.replace(/.*\//, ""));
  expect(world.minnow("quantize", teacher, "-o", "again", "--quiet")).toMatchObject({ code: 0 });
  expect(models()).toEqual(["model.onnx", "model_quantized.onnx"]);
  expect(world.minnow("quantize", teacher, "-o", "again", "--only", "--quiet")).toMatchObject({ code: 0 });
  expect(models()).toEqual(["model_quantized.onnx"]);
}, 60_000);

// Refusals from end to end: exit code, where and what on stderr, and nothing written.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Installed, installed, teacher } from "./installed.ts";

let world: Installed;
beforeAll(() => {
  world = installed({ trainStep: 100, testStep: 100 });
  const put = (path: string, content: string | Uint8Array): void =>
    writeFileSync(join(world.folder, path), content);
  put("notes.onnx", "these are no weights");
  put("unlabelled.tsv", "text\tintent\nhello there\tgreeting_of_no_kind\n");
  put("columns.tsv", "sentence\tintent\nhello\tlights\n");
  put(
    "typo.yaml",
    "teacher: fixtures/models/intents-teacher\ntask: { name: text-classification, test: test.tsv, label: intent }\nsteps:\n  - quantise: { kind: dynamic }\noutput: out\n",
  );
  mkdirSync(join(world.folder, "stranger"));
  put("stranger/config.json", '{ "model_type": "bertt" }');
  put("stranger/model.safetensors", Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]));
  mkdirSync(join(world.folder, "cut"));
  put("cut/config.json", world.text(`${teacher}/config.json`));
  put("cut/model.safetensors", Uint8Array.from([255, 255, 255, 0, 0, 0, 0, 0, 0x7b]));
}, 60_000);
afterAll(() => rmSync(world.folder, { recursive: true }));

const to = ["-o", "out"];
const student = ["--student.layers", "1", "--train", "train.tsv", "--label", "intent"];

test.each([
  [
    "a model that is not there",
    ["quantize", "nowhere", ...to],
    3,
    /nowhere: there is no such file or folder/,
  ],
  ["a file that is no ONNX", ["quantize", "notes.onnx", ...to], 3, /notes\.onnx: it is not an ONNX model/],
  [
    "a model type that is not known",
    ["export", "stranger", ...to],
    3,
    /model_type "bertt" is not known.*bert/,
  ],
  ["safetensors that were cut", ["export", "cut", ...to], 3, /model\.safetensors/],
  [
    "a label that is not the model's",
    ["quantize", teacher, ...to, "--test", "unlabelled.tsv", "--label", "intent"],
    3,
    /unlabelled\.tsv:2/,
  ],
  [
    "a column that is not there",
    ["quantize", teacher, ...to, "--test", "columns.tsv", "--text", "words"],
    3,
    /columns\.tsv:1.*expected a column "words"/,
  ],
  [
    "a key of a recipe that is not known",
    ["compress", "typo.yaml"],
    2,
    /typo\.yaml:4:5.*did you mean.*quantize/s,
  ],
  [
    "a flag that is not known",
    ["quantize", teacher, ...to, "--bit", "8"],
    2,
    /--bit: .*did you mean "--bits"/,
  ],
  ["bits that are not 8", ["quantize", teacher, ...to, "--bits", "3"], 2, /--bits: /],
  [
    "a student wider than its teacher",
    ["distill", teacher, ...to, ...student, "--student.hidden", "4096"],
    2,
    /student: start: projected cannot widen/,
  ],
  [
    "learning without data",
    ["distill", teacher, ...to, "--student.layers", "1"],
    2,
    /--train: it is missing/,
  ],
  [
    "a student of a family that is not known",
    ["distill", "notes.onnx", ...to, ...student],
    3,
    /notes\.onnx: it is not an ONNX model/,
  ],
] as const)("%s", (_what, words, expected, message) => {
  const { code, out, err } = world.minnow(...words, "--progress", "none");
  expect(err).toMatch(message);
  expect({ code, out }).toEqual({ code: expected, out: "" });
  expect(world.files("out")).toEqual([]);
});

test("--json gives the same on stdout", () => {
  const { code, out, err } = world.minnow("quantize", "nowhere", ...to, "--json", "--progress", "none");
  expect({ code, err }).toEqual({ code: 3, err: "" });
  expect(JSON.parse(out)).toMatchObject({
    schema: "minnow.error/1",
    error: { kind: "input", message: "there is no such file or folder" },
  });
});

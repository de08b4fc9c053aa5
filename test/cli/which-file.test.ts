// Which file of a folder a command reads, by the real bin that `npm run build` made: one rule, told first, with a way to name another.
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const bin = resolve("bin/minnow.js");
const teacher = resolve("fixtures/models/intents-teacher");
const data = ["--data", resolve("fixtures/intents/test.tsv"), "--label", "intent", "--items", "5"];
const home = mkdtempSync(join(tmpdir(), "minnow-which-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs minnow; the first line that it tells, and the error. */
function minnow(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...words, "--progress", "plain"], {
    cwd: home,
    encoding: "utf8",
  });
  const [first = "", ...more] = stderr.split("\n");
  return {
    code: status,
    reads: /^info message="reading (.*)"$/.exec(first)?.[1],
    err: more.join("\n"),
    first,
    stdout,
  };
}

const magnitude = ["--kind", "magnitude", "--sparsity", "0.5"];
const short = ["--batch", "1", "--sequence", "8", "--budget", "0.05"];

beforeAll(() => {
  expect(minnow("quantize", teacher, "-o", "mini").code).toBe(0);
  expect(minnow("prune", "mini", "--file", "model.safetensors", ...magnitude, "-o", "pruned").code).toBe(0);
  expect(minnow("export", teacher, "-o", "exported").code).toBe(0);
  cpSync(join(home, "mini"), join(home, "bare"), { recursive: true });
  for (const name of ["report.json", "model.safetensors"]) rmSync(join(home, "bare", name));
  mkdirSync(join(home, "named"));
  for (const name of ["encoder.onnx", "encoder_quantized.onnx", "encoder_fp16.onnx"])
    copyFileSync(join(home, "exported/onnx/model.onnx"), join(home, "named", name));
  mkdirSync(join(home, "odd"));
  for (const name of ["a.onnx", "b.onnx"])
    copyFileSync(join(home, "mini/onnx/model.onnx"), join(home, "odd", name));
}, 60_000);

describe("a folder means", () => {
  test.for<readonly [string, readonly string[], string]>([
    ["its result: eval", ["eval", "mini", ...data], "mini/onnx/model_quantized.onnx"],
    ["its result: bench", ["bench", "mini", ...short], "mini/onnx/model_quantized.onnx"],
    ["its result: inspect", ["inspect", "mini"], "mini/onnx/model_quantized.onnx"],
    ["the result that is float, as it is deployed", ["eval", "pruned", ...data], "pruned/onnx/model.onnx"],
    ["the result that is float, with its family", ["inspect", "pruned"], "pruned/model.safetensors"],
    ["the same to be changed", ["quantize", "pruned", "-o", "q"], "pruned/model.safetensors"],
    ["its safetensors without a report: eval", ["eval", "exported", ...data], "exported/model.safetensors"],
    ["its safetensors without a report: inspect", ["inspect", "exported"], "exported/model.safetensors"],
    [
      "the float ONNX file of what has no safetensors: eval",
      ["eval", "bare", ...data],
      "bare/onnx/model.onnx",
    ],
    [
      "the float ONNX file of what has no safetensors: quantize",
      ["quantize", "bare", "-o", "qb"],
      "bare/onnx/model.onnx",
    ],
    ["what is named: inspect", ["inspect", "mini", "--file", "model.safetensors"], "mini/model.safetensors"],
    ["what is named: eval", ["eval", "mini", "--file", "onnx/model.onnx", ...data], "mini/onnx/model.onnx"],
    [
      "what is named: quantize",
      ["quantize", "mini", "--file", "model.safetensors", "-o", "qf"],
      "mini/model.safetensors",
    ],
    [
      "what is named as the model",
      ["quantize", "mini/model.safetensors", "-o", "qs"],
      "mini/model.safetensors",
    ],
  ])("%s", { timeout: 60_000 }, ([, words, file]) => {
    const { code, reads, err, first } = minnow(...words);
    expect(code, `${first}\n${err}`).toBe(0);
    expect(reads, first).toBe(file);
  });
});

const result =
  "mini: its result is onnx/model_quantized.onnx, which is quantized, and float weights are needed.";
const hint =
  "Hint: name a file, with --file model.safetensors or as mini/model.safetensors; there is also onnx/model.onnx";

describe("what begins with float weights does not take a quantized result", () => {
  test.for<readonly [string, readonly string[]]>([
    ["prune", ["prune", "mini", ...magnitude, "-o", "no"]],
    ["quantize", ["quantize", "mini", "-o", "no"]],
    ["export", ["export", "mini", "-o", "no"]],
    ["--teacher", ["quantize", teacher, "--teacher", "mini", "-o", "no"]],
  ])("%s", ([, words]) => {
    const { code, first, err } = minnow(...words);
    expect(code).toBe(2);
    expect(`${first}\n${err}`).toContain(`${result} ${hint}`);
  });

  test("a recipe", () => {
    const text = `teacher: mini
output: no
task: { name: text-classification, test: ${resolve("fixtures/intents/test.tsv")}, label: intent }
steps: [{ quantize: {} }]
`;
    writeFileSync(join(home, "r.yaml"), text);
    const { code, first, err } = minnow("compress", "r.yaml", "--dry-run");
    expect([code, `${first}\n${err}`.includes(result)], err).toEqual([2, true]);
    writeFileSync(join(home, "named.yaml"), text.replace("teacher: mini", "teacher: mini/model.safetensors"));
    expect(minnow("compress", "named.yaml", "--dry-run", "--no-cache")).toMatchObject({
      code: 0,
      reads: "mini/model.safetensors",
    });
  });
});

test("of files of one name, the float one is meant", () => {
  expect(minnow("inspect", "named")).toMatchObject({ code: 0, reads: "named/encoder.onnx" });
});

test("what cannot be meant is told with what can", () => {
  const several = minnow("inspect", "odd");
  expect([several.code, several.first]).toEqual([
    2,
    "error: odd: it has several ONNX files, and none is model.onnx. Hint: name a file, with --file a.onnx or as odd/a.onnx; there is also b.onnx",
  ]);
  expect(minnow("inspect", "mini", "--file", "onnx/none.onnx")).toMatchObject({ code: 3 });
  expect(minnow("inspect", "mini", "--file", "../pruned/model.safetensors")).toMatchObject({ code: 3 });
  expect(minnow("inspect", "mini/onnx/model.onnx", "--file", "model.onnx")).toMatchObject({ code: 2 });
});

test("a folder with an ONNX file and no config.json is no Hugging Face folder", () => {
  mkdirSync(join(home, "alone"));
  copyFileSync(join(home, "exported/onnx/model.onnx"), join(home, "alone/my.onnx"));
  expect(minnow("inspect", "alone").stdout).toMatch(/^format +onnx$/m);
  expect(minnow("inspect", "bare").stdout).toMatch(/^format +huggingface$/m);
});

test("what lies outside of the command's folder is told by its whole path", () => {
  expect(minnow("quantize", teacher, "-o", teacher).first).toContain(
    `error: ${teacher}: it would be written over`,
  );
  const [, file = ""] = data;
  const { stdout, err } = minnow("eval", "exported", "--data", file, "--items", "5");
  expect(stdout + err).toContain(`${file}: the text was found in`);
});

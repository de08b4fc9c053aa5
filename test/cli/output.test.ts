// Where a result may be written, by the real bin that `npm run build` made: never over what is read, and not over what minnow did not write.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runStep } from "../../src/pipeline/index.ts";

const bin = resolve("bin/minnow.js");
const teacher = resolve("fixtures/models/intents-teacher");
const data = resolve("fixtures/intents/test.tsv");

/** A folder with these files, and minnow to run in it. */
function world(files: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "minnow-target-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return {
    folder,
    text: (path: string): string => readFileSync(join(folder, path), "utf8"),
    minnow(...words: readonly string[]) {
      const { status, stderr } = spawnSync(process.execPath, [bin, ...words, "--quiet"], {
        cwd: folder,
        encoding: "utf8",
      });
      return { code: status, err: stderr };
    },
  };
}

const recipe = (output: string): string => `teacher: t
output: ${output}
task: { name: text-classification, test: ${data}, label: intent }
steps: [{ prune: { kind: magnitude, sparsity: 0.9 } }]
measure: { batch: 1, budget: 0.05, items: 5, sensitivity: 0, robustness: 0 }
`;

test("the model's own folder is refused, by whatever name, and forced too", { timeout: 60_000 }, () => {
  const { folder, text, minnow } = world({ "r.yaml": recipe("link"), "onto.yaml": recipe("around/onto") });
  cpSync(teacher, join(folder, "t"), { recursive: true });
  symlinkSync("t", join(folder, "link"));
  mkdirSync(join(folder, "around/onto"), { recursive: true });
  symlinkSync("../../t/tokenizer.json", join(folder, "around/onto/tokenizer.json"));
  const before = readFileSync(join(folder, "t/model.safetensors"));
  const prune = ["prune", "t", "--kind", "magnitude", "--sparsity", "0.9"];
  for (const words of [
    [...prune, "-o", "t"],
    [...prune, "-o", "link"],
    [...prune, "-o", "t", "--force"],
    ["prune", "link", ...prune.slice(2), "-o", "./t/../t"],
    ["quantize", teacher, "--teacher", "t", "-o", "t", "--force"],
    ["export", "t", "-o", "t"],
    ["compress", "r.yaml", "--no-cache", "--force"],
    ["compress", "r.yaml", "--dry-run"],
  ]) {
    const { code, err } = minnow(...words);
    expect(code, err).toBe(2);
    expect(err).toContain("it would be written over what is read: config.json, model.safetensors");
  }
  expect(readFileSync(join(folder, "t/model.safetensors")).equals(before)).toBe(true);
  expect(existsSync(join(folder, "t/report.json"))).toBe(false);
  // a link of the output folder is replaced, not followed
  expect(minnow("compress", "onto.yaml", "--no-cache", "--force")).toEqual({ code: 0, err: "" });
  expect(text("t/tokenizer.json")).toBe(readFileSync(join(teacher, "tokenizer.json"), "utf8"));
});

test("data that lies where the result would be is never overwritten", () => {
  const { minnow, text } = world({ "out/config.json": '[["hello","greeting"]]' });
  const { code, err } = minnow("quantize", teacher, "--test", "out/config.json", "-o", "out", "--force");
  expect([code, err]).toEqual([
    2,
    "error: out: it would be written over what is read: config.json. Hint: choose another output folder\n",
  ]);
  expect(text("out/config.json")).toBe('[["hello","greeting"]]');
});

test("a folder with a user's files is refused by their names, and written when forced", {
  timeout: 60_000,
}, () => {
  const { minnow, text } = world({
    "README.md": "mine",
    "package.json": "{}",
    ".gitignore": "",
    "src/a.ts": "",
    "deep/onnx/model.onnx": "mine",
  });
  const refused = "it has files that minnow did not write";
  expect(minnow("quantize", teacher, "-o", ".")).toEqual({
    code: 2,
    err: `error: .: ${refused}: README.md, package.json. Hint: choose another output folder, or give --force to overwrite those of them that the result has too\n`,
  });
  expect(minnow("export", teacher, "-o", "deep").err).toContain(`deep: ${refused}: onnx/model.onnx`);
  expect(minnow("quantize", teacher, "-o", ".", "--force")).toEqual({ code: 0, err: "" });
  expect(text("README.md")).toContain("minnow");
  expect(text("package.json")).toBe("{}");
});

test("a folder of minnow's is written again; what a user put there stays", { timeout: 60_000 }, () => {
  const { folder, minnow, text } = world({ "r.yaml": recipe("run") });
  cpSync(teacher, join(folder, "t"), { recursive: true });
  for (const words of [
    ["quantize", "t", "-o", "step"],
    ["export", "t", "-o", "exported"],
    ["compress", "r.yaml", "--no-cache"],
  ]) {
    expect(minnow(...words)).toEqual({ code: 0, err: "" });
    const output = { quantize: "step", export: "exported" }[words[0] ?? ""] ?? "run";
    writeFileSync(join(folder, output, "notes.txt"), "mine");
    expect(minnow(...words)).toEqual({ code: 0, err: "" });
    expect(text(`${output}/notes.txt`)).toBe("mine");
  }
  // its lock does not list it, so it is the user's
  writeFileSync(join(folder, "run/vocab.txt"), "mine");
  const { code, err } = minnow("compress", "r.yaml", "--no-cache");
  expect([code, err.includes("did not write: vocab.txt")], err).toEqual([2, true]);
});

test("a file, or a link that leads nowhere, is no output folder", () => {
  const { folder, minnow } = world({ file: "" });
  symlinkSync("nowhere", join(folder, "link"));
  const told = (output: string) => minnow("quantize", teacher, "-o", output);
  expect(told("file")).toEqual({ code: 2, err: "error: file: it is a file, and a folder is wanted\n" });
  expect(told("link")).toEqual({
    code: 2,
    err: "error: link: it is a link that leads nowhere, and a folder is wanted\n",
  });
  expect(told("file/out").code).toBe(2);
});

test("the library refuses as the commands do", async () => {
  const { folder } = world({ "README.md": "mine" });
  const step = { model: teacher, method: "quantize.dynamic", params: {}, output: folder };
  await expect(runStep(step)).rejects.toMatchObject({ kind: "usage", facts: { files: ["README.md"] } });
  await expect(runStep({ ...step, output: teacher, force: true })).rejects.toMatchObject({ kind: "usage" });
});

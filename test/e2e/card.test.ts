// The code of a model card runs as it is pasted: in Node, and in a Chromium that reaches nothing but this machine.
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findChromium } from "../browser/chromium.ts";
import { root } from "../docs/documents.ts";
import { type Installed, installed, teacher } from "./installed.ts";

interface Pasted {
  pastedInNode(folder: string, name: string): string;
  pastedInBrowser(
    folder: string,
    name: string,
    chromium: string,
  ): Promise<{ readonly text: string; readonly elsewhere: readonly string[] }>;
}
const { pastedInBrowser, pastedInNode } = (await import("../../bench/pasted.js" as string)) as Pasted;

const chromium = findChromium();
let world: Installed;
beforeAll(() => {
  world = installed({ trainStep: 30, testStep: 30 });
  for (const name of ["@huggingface", "onnxruntime-web"])
    symlinkSync(join(root, "node_modules", name), join(world.folder, "node_modules", name));
  const ended = world.minnow("quantize", teacher, "-o", "it's <mini>");
  expect(ended).toMatchObject({ code: 0, err: expect.not.stringContaining("error") });
}, 60_000);
afterAll(() => rmSync(world.folder, { recursive: true }));

test("in Node", () => {
  expect(pastedInNode(world.folder, "it's <mini>")).toMatch(/^\[ \{ label: '\w+', score: 0\.\d+ \} \]$/);
}, 60_000);

test.skipIf(!chromium)(
  "in Chromium, without a network",
  async () => {
    const { text, elsewhere } = await pastedInBrowser(world.folder, "it's <mini>", chromium ?? "");
    expect(JSON.parse(text)).toEqual([{ label: expect.any(String), score: expect.any(Number) }]);
    expect(elsewhere).toEqual([]);
  },
  120_000,
);

test("the terminal and the report begin with the same: files with their bytes, code, the gate's line, which holds", () => {
  const ended = world.minnow(
    "quantize",
    teacher,
    "-o",
    "out/mini",
    "--test",
    "test.tsv",
    "--label",
    "intent",
  );
  expect(ended.out).toMatch(
    /^deploy {2}onnx\/model_quantized\.onnx \(\d.*B\), .*tokenizer\.json \(.*config\.json \(.*\n/m,
  );
  expect(ended.out).toContain('localModelPath: "./out/"');
  const line = /^keep {4}npx minnow gate (\S+) (.*)$/m.exec(ended.out);
  const words = [...(line?.[2] ?? "").matchAll(/--require "([^"]+)"/g)].flatMap((found) => [
    "--require",
    found[1] ?? "",
  ]);
  expect(line?.[1]).toBe("out/mini");
  expect(words.length).toBeGreaterThanOrEqual(2);
  expect(world.minnow("gate", "out/mini", ...words)).toMatchObject({ code: 0, err: "" });
  const report = world.text("out/mini/report.md");
  expect(report.indexOf("## What now")).toBeLessThan(
    report.indexOf("\n## ", report.indexOf("## What now") + 1),
  );
  expect(report.split("\n## ")[1]).toMatch(/^What now\n/);
  expect(world.text("out/mini/report.html")).toContain('<h2 id="next">What now</h2>');
}, 60_000);

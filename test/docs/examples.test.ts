// Every TypeScript example in the documents compiles against the built package, strictly, and runs.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blocksOf, root, textOf, titleOf } from "./documents.ts";
import { compileExamples, install, runNode } from "./package.ts";

const examples = blocksOf("ts").map((block, i) => ({
  ...block,
  name: `example-${i}`,
  title: titleOf(block),
}));

describe("examples", () => {
  let folder = "";
  let compiled = "";

  beforeAll(() => {
    folder = install();
    mkdirSync(join(folder, "examples"));
    for (const { name, text } of examples) writeFileSync(join(folder, "examples", `${name}.mts`), text);
    compiled = compileExamples(folder);
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // In order: the first one runs the quickstart, and later ones read what it wrote.
  test.each(examples.map(({ title, name }) => [title, name] as const))(
    "%s",
    (_title, name) => {
      runNode(folder, [join(compiled, `${name}.mjs`)]);
    },
    120_000,
  );
});

test("the library's every value is in an example, and its every name has a sentence", () => {
  const face = readFileSync(join(root, "src/index.ts"), "utf8");
  const lines = face.split("\n");
  let types = false;
  const names = lines.flatMap((line, i) => {
    if (/^export (type )?\{/.test(line)) types = line.startsWith("export type");
    const found = /^ {2}(?:type )?(?:\w+ as )?(\w+),$|^export (?:const|\{) (\w+)/.exec(line);
    const name = found?.[1] ?? found?.[2];
    return name === undefined
      ? []
      : [{ name, isType: types || line.includes("type "), before: lines[i - 1] ?? "" }];
  });
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter(({ before }) => !/\*\/$/.test(before)).map(({ name }) => name)).toEqual([]);
  const imported = new Set(
    blocksOf("ts")
      .filter(({ path }) => path === "docs/library.md")
      .flatMap(({ text }) => [...text.matchAll(/import \{([^}]*)\} from "minnow"/g)])
      .flatMap((found) => (found[1] ?? "").split(",").map((name) => name.replace(/\btype\b/, "").trim())),
  );
  expect(names.filter(({ name, isType }) => !isType && !imported.has(name)).map(({ name }) => name)).toEqual(
    [],
  );
  expect(textOf("docs/library.md")).toContain("# ");
});

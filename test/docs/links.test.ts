// The documents hang together: links lead somewhere, blocks say what they are, lines of prose fit a screen.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { anchorsOf, blocks, documents, fileOf, linksOf, root, textOf, titleOf } from "./documents.ts";

/** Languages of blocks; all but the last are checked by a test here. `text` is for what a terminal shows. */
const languages = ["ts", "sh", "yaml", "diff", "text", "csv", "tsv", "jsonl", "js", "html"];

test("there are documents, and each is reached from the README", () => {
  const seen = new Set(["README.md"]);
  for (const path of seen)
    for (const target of linksOf(path)) {
      const file = fileOf(path, target);
      if (documents.includes(file)) seen.add(file);
    }
  expect([...documents].filter((path) => !seen.has(path))).toEqual([]);
});

describe.each(documents)("%s", (path) => {
  test("its links lead somewhere", () => {
    const broken = linksOf(path).filter((target) => {
      const file = fileOf(path, target);
      const anchor = target.split("#")[1];
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && file.endsWith(".md") && !anchorsOf(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test("it opens with a title and closes its blocks", () => {
    const text = textOf(path);
    expect(text).toMatch(/^# \S/);
    expect([...text.matchAll(/^```/gm)].length % 2).toBe(0);
  });
});

test("each block says a language that is checked", () => {
  const strange = blocks.filter(({ language }) => !languages.includes(language)).map(titleOf);
  expect(strange).toEqual([]);
});

test("files of the repository that are named in code spans are there", () => {
  const named = /`((?:src|test|docs|bench|fixtures|recipes|bin)\/[\w./-]*\w)`/g;
  const gone = documents.flatMap((path) =>
    [...textOf(path).matchAll(named)]
      .map((found) => found[1] ?? "")
      .filter((file) => !existsSync(join(root, file)))
      .map((file) => `${path}: ${file}`),
  );
  expect(gone).toEqual([]);
});

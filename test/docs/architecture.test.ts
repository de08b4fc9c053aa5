// The layer table of docs/architecture.md is the one that the architecture test holds the sources to.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root, textOf } from "./documents.ts";

const numbered = (found: Iterable<RegExpMatchArray>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...found].map(({ groups = {} }) => [groups.folder ?? "", Number(groups.rank)] as const).sort(),
  );

test("ranks", () => {
  const source = readFileSync(join(root, "test/architecture.test.ts"), "utf8");
  const held = numbered(source.matchAll(/^ {2}(?<folder>\w+): (?<rank>\d+),$/gm));
  const told = numbered(textOf("docs/architecture.md").matchAll(/^\| (?<rank>\d+) \| `(?<folder>\w+)`/gm));
  expect(Object.keys(held).length).toBeGreaterThan(15);
  expect(told).toEqual(held);
});

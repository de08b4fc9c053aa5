// Did-you-mean: a swap of neighbours is one slip, as a letter more, less or other is.
import { expect, test } from "vitest";
import { suggest } from "../../src/base/index.ts";
import { slipsBetween } from "../../src/base/suggest.ts";

test.each([
  ["", "abc", 3],
  ["abc", "abc", 0],
  ["abc", "acb", 1],
  ["abc", "bca", 2],
  // no letter is touched twice
  ["ca", "abc", 3],
  ["kitten", "sitting", 3],
] as const)("%s and %s: %i", (a, b, slips) => {
  expect([slipsBetween(a, b), slipsBetween(b, a)]).toEqual([slips, slips]);
});

test.each([
  ["tset", ["text", "test"], "test"],
  ["TSET", ["Text", "Test"], "Test"],
  ["tet", ["text", "test"], "text"],
  ["xyz", ["text", "test"], undefined],
  ["", ["a"], undefined],
] as const)("%s among %s: %s", (word, known, found) => {
  expect(suggest(word, known)).toBe(found);
});

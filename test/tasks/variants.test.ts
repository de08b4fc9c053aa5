// Variants of texts: seeded, the same each time, with labels kept and no character halved, whatever the text.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTokenizer } from "../../src/hub/index.ts";
import { type Item, taskNamed, type Variant } from "../../src/tasks/index.ts";
import { textVariants } from "../../src/tasks/variants.ts";
import { root } from "../docs/documents.ts";
import { contextOf, folderWith, words } from "./world.ts";

const variant = (name: string, text: string, seed = 7): string => {
  const found = textVariants.find((one) => one.name === name);
  if (!found) throw new Error(`no variant ${name}`);
  return found.of(text, seed);
};

const texts = readFileSync(join(root, "fixtures/intents/test.tsv"), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split("\t")[0] ?? "");

/** Edits between two words: characters put in, taken, replaced, or swapped with the next one (Damerau). */
function distance(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const table = [...left, ""].map(() => [...right, ""].map(() => 0));
  const at = (i: number, j: number): number => table[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 0; i <= left.length; i++) {
    for (let j = 0; j <= right.length; j++) {
      const row = table[i] ?? [];
      if (i === 0 || j === 0) {
        row[j] = i + j;
        continue;
      }
      const same = left[i - 1] === right[j - 1];
      const swapped = left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + Number(!same),
        swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(left.length, right.length);
}

describe("typos", () => {
  it("are one edit in a fifth of the words, at least in one, of every text of the fixture", () => {
    for (const text of texts) {
      const [before, after] = [text.split(" "), variant("typo", text).split(" ")];
      expect(after).toHaveLength(before.length);
      const edits = before.map((word, i) => distance(word, after[i] ?? ""));
      expect(Math.max(...edits), text).toBe(1);
      const editable = before.filter((word) => (word.match(/\p{L}/gu) ?? []).length >= 2).length;
      const wanted = Math.max(1, Math.round(before.length / 5));
      expect(edits.filter((edit) => edit > 0).length, text).toBe(Math.min(wanted, editable));
    }
  });

  it("are of all four kinds", () => {
    const kinds = new Set(
      texts.flatMap((text) => {
        const [before, after] = [text.split(" "), variant("typo", text).split(" ")];
        return before.flatMap((word, i) => {
          const own = after[i] ?? "";
          if (own === word) return [];
          if (own.length !== word.length) return [own.length > word.length ? "doubled" : "dropped"];
          return [[...own].sort().join() === [...word].sort().join() ? "swapped" : "replaced"];
        });
      }),
    );
    expect([...kinds].sort()).toEqual(["doubled", "dropped", "replaced", "swapped"]);
  });

  it("are the same for the same seed, and others for another", () => {
    const of = (seed: number): readonly string[] => texts.map((text) => variant("typo", text, seed));
    expect(of(7)).toEqual(of(7));
    const other = of(8);
    expect(of(7).filter((text, i) => text !== other[i]).length).toBeGreaterThan(texts.length / 2);
  });

  it("keep the case of a key, and letters with their marks", () => {
    const made = Array.from({ length: 200 }, (_, seed) => variant("typo", "QQ", seed));
    expect([...new Set(made)].sort()).toEqual(["Q", "QQQ", "QW", "WQ"]);
    const marked = Array.from({ length: 200 }, (_, seed) => variant("typo", "e\u0301e\u0301", seed));
    for (const text of marked) expect(text).toMatch(/^(e\u0301)+$/);
  });
});

const odd = [
  "",
  " ",
  "a",
  "?",
  "é",
  "😀",
  "😀😀 👨‍👩‍👧 ok",
  "  two  words ",
  "a b c d e f",
  "12345 67",
  "今天天气怎么样",
  "Ünïcödé straße ΟΔΟΣ",
  "e\u0301te\u0301",
  "ab",
  "\u0301\u0301",
  "a\u0000b \u202e cd",
  "$& $1 \\ | `code`",
  `${"x".repeat(10_000)} ${"y ".repeat(5000)}`,
];

describe.each(textVariants.map(({ name }) => name))("%s", (name) => {
  it.each(odd)("of %j is whole characters, and not empty where the text is not", (text) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const made = variant(name, text, seed);
      // half of a pair
      expect(made).not.toMatch(/\p{Cs}/u);
      expect(made.trim() === "").toBe(text.trim() === "");
      expect(variant(name, text, seed)).toBe(made);
    }
  });
});

it.each([
  ["one", "one"],
  ["one two", "one"],
  ["one  two three", "one  two"],
  ["a b c d", "a b"],
  [" a b ", "a"],
])("the first half of %j is %j", (text, half) => {
  expect(variant("truncation", text)).toBe(half);
});

describe("variants of a task", () => {
  const task = taskNamed("text-classification");

  async function variantsWith(
    tokenizer: typeof words,
  ): Promise<readonly [readonly Item[], readonly Variant[]]> {
    const folder = folderWith({ "a.tsv": "text\tlabel\nWhat is my balance today\tyes\nno\tno\n" });
    const context = { ...contextOf(folder), tokenizer };
    const { items } = await task.load("a.tsv", task.params.parse({}), context);
    return [items, task.variants?.(items, { tokenizer, maxLength: 8, seed: 7 }) ?? []];
  }

  it("keep labels and order, and are cut to the longest length", async () => {
    const [items, variants] = await variantsWith(words);
    expect(variants.map(({ name }) => name)).toEqual(["typo", "lower case", "upper case", "truncation"]);
    for (const made of variants) {
      expect(made.items.map(({ label }) => label)).toEqual(items.map(({ label }) => label));
      expect(made.items.every(({ length }) => length <= 8)).toBe(true);
    }
    expect(variants.at(-1)?.items.map(({ text }) => text)).toEqual(["What is my", "no"]);
  });

  it("of case have the same tokens where the tokenizer lower-cases", async () => {
    const fixture = await openTokenizer(join(root, "fixtures/intents"));
    if (!fixture) throw new Error("no tokenizer");
    const [items, variants] = await variantsWith(fixture);
    const same = variants.filter((made) =>
      made.items.every((item, i) => String(item.inputs.input_ids) === String(items[i]?.inputs.input_ids)),
    );
    expect(same.map(({ name }) => name)).toEqual(["lower case", "upper case"]);
  });
});

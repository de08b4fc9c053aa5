// Tokenizing as the reference does: ids, cutting, padding id, and bounds on what a tokenizer file may do.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openTokenizer } from "../../src/hub/index.ts";
import { timeLimited } from "../../src/hub/tokenizer-regex.ts";
import { failure, folderWith } from "./folder.ts";

const added = (id: number, content: string): object => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
const special = (id: string): object => ({ SpecialToken: { id, type_id: 0 } });
const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "play", "the", "song", "##s"];
const wordPiece = (changes: object = {}): string =>
  JSON.stringify({
    version: "1.0",
    added_tokens: words.slice(0, 4).map((word, id) => added(id, word)),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [special("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, special("[SEP]")],
      pair: [special("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, special("[SEP]")],
      special_tokens: Object.fromEntries(
        ["[CLS]", "[SEP]"].map((word) => [word, { id: word, ids: [words.indexOf(word)], tokens: [word] }]),
      ),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
    ...changes,
  });
const open = async (files: Readonly<Record<string, string>>) => openTokenizer(folderWith(files));

describe("encode", () => {
  test.each<[string, number, readonly number[]]>([
    ["Play the songs", 16, [2, 4, 5, 6, 7, 3]],
    ["play the songs", 6, [2, 4, 5, 6, 7, 3]],
    ["play the songs", 4, [2, 4, 5, 3]],
    ["play the songs", 2, [2, 3]],
    ["play the songs", 1, [2]],
    ["", 8, [2, 3]],
    ["zebra", 8, [2, 1, 3]],
  ])("%j cut to %i tokens", async (text, maxLength, expected) => {
    const tokens = (await open({ "tokenizer.json": wordPiece() }))?.encode(text, maxLength);
    expect(tokens?.inputIds).toEqual(expected);
    expect(tokens?.tokenTypeIds).toEqual(expected.map(() => 0));
  });

  test("a token without an id is refused by name", async () => {
    const model = {
      type: "WordPiece",
      unk_token: "[NONE]",
      vocab: { play: 0 },
      continuing_subword_prefix: "##",
    };
    const tokenizer = await open({ "tokenizer.json": wordPiece({ model }) });
    const { text } = await failure(() => tokenizer?.encode("zebra", 8));
    expect(text).toContain('the token "[NONE]" has no id in the vocabulary');
  });
});

describe("padId", () => {
  test.each<[string, Readonly<Record<string, string>>, number]>([
    ["from tokenizer_config.json", { "tokenizer_config.json": '{"pad_token":"[SEP]"}' }, 3],
    ["from an object there", { "tokenizer_config.json": '{"pad_token":{"content":"[UNK]"}}' }, 1],
    ["from special_tokens_map.json", { "special_tokens_map.json": '{"pad_token":"[CLS]"}' }, 2],
    ["from tokenizer.json's own padding", { "tokenizer.json": wordPiece({ padding: { pad_id: 5 } }) }, 5],
    ["from the vocabulary", {}, 0],
  ])("%s", async (_, files, expected) => {
    expect((await open({ "tokenizer.json": wordPiece(), ...files }))?.padId).toBe(expected);
  });
});

describe("mask", () => {
  const named = { "tokenizer_config.json": '{"mask_token":{"content":"song"}}' };
  test.each<[string, Readonly<Record<string, string>>, number]>([
    ["from tokenizer_config.json", named, 6],
    ["from special_tokens_map.json", { "special_tokens_map.json": '{"mask_token":"the"}' }, 5],
  ])("%s", async (_, files, expected) => {
    const tokenizer = await open({ "tokenizer.json": wordPiece(), ...files });
    expect(tokenizer?.mask).toEqual({ id: expected, special: new Set([0, 1, 2, 3]) });
  });

  test("absent where no file names a token that there is", async () => {
    expect((await open({ "tokenizer.json": wordPiece() }))?.mask).toBeUndefined();
    const unknown = { "tokenizer_config.json": '{"mask_token":"[GONE]"}' };
    expect((await open({ "tokenizer.json": wordPiece(), ...unknown }))?.mask).toBeUndefined();
  });

  test("the fixture's is [MASK], after four other special tokens", async () => {
    expect((await openTokenizer("fixtures/intents"))?.mask).toEqual({
      id: 4,
      special: new Set([0, 1, 2, 3, 4]),
    });
  });
});

test("files are kept byte by byte for the output folder", async () => {
  const files = { "tokenizer.json": wordPiece(), "tokenizer_config.json": "{}\n", "vocab.txt": "a\nb\n" };
  const tokenizer = await open({ ...files, "notes.txt": "no" });
  expect(
    Object.fromEntries(
      [...(tokenizer?.files ?? [])].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
    ),
  ).toEqual(files);
});

test("a folder without tokenizer.json has no tokenizer", async () => {
  expect(await open({ "vocab.txt": "a" })).toBeUndefined();
});

describe("hostile tokenizers", () => {
  const split = (pattern: string): object => ({
    pre_tokenizer: { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated" },
  });
  test.each<[string, string, string]>([
    ["no JSON", "{", "tokenizer.json:1:2: it is not JSON"],
    ["no object", "[]", "it is not a JSON object"],
    ["no model", "{}", "the tokenizer cannot be made"],
    [
      "an unknown model",
      wordPiece({ model: { type: "WordLevel", vocab: {} } }),
      'model "WordLevel" is not known. Hint: known: WordPiece',
    ],
    ["a long pattern", wordPiece(split("a".repeat(10_001))), "a regular expression of 10001 characters"],
    [
      "many patterns",
      wordPiece({ pre_tokenizer: Array.from({ length: 65 }, () => ({ Regex: "a" })) }),
      "65 regular expressions",
    ],
    ["a prototype", '{"__proto__": {}}', "the key __proto__ is refused"],
  ])("%s is refused", async (_, json, message) => {
    const { kind, text } = await failure(() => open({ "tokenizer.json": json }));
    expect(kind).toBe("input");
    expect(text).toContain(message);
  });

  test("a pattern that backtracks for ever is ended", async () => {
    const limited = timeLimited("tokenizer.json", 50);
    expect(limited(() => /^a+$/.test("aaa"))).toBe(true);
    const { text } = await failure(() => limited(() => /^(a+)+$/.test(`${"a".repeat(40)}b`)));
    expect(text).toContain(
      "tokenizer.json: a regular expression of it took more than 0.05 seconds on one text",
    );
  });

  test("an honest pattern runs under the limit", async () => {
    const tokenizer = await open({ "tokenizer.json": wordPiece(split("\\s+")) });
    expect(tokenizer?.encode("play the", 8).inputIds).toEqual([2, 4, 1, 5, 3]);
  });
});

const folder = "../shared/data/models/minilm-clinc150";
test.skipIf(!existsSync(folder))("ids equal those of the reference (needs ../shared/data)", async () => {
  const reference: { texts: string[]; input_ids: number[][] } = JSON.parse(
    readFileSync(join(folder, "reference.json"), "utf8"),
  );
  const tokenizer = await openTokenizer(folder);
  expect(tokenizer?.padId).toBe(0);
  reference.texts.forEach((text, i) => {
    expect(tokenizer?.encode(text, 128).inputIds).toEqual(reference.input_ids[i]?.filter((id) => id !== 0));
  });
});

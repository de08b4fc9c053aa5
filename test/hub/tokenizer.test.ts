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
  test.each<[string, Readonly<Record<string, string>>, number, readonly number[]]>([
    ["from tokenizer_config.json, which makes it special", named, 6, [0, 1, 2, 3, 6]],
    ["from special_tokens_map.json", { "special_tokens_map.json": '{"mask_token":"the"}' }, 5, [0, 1, 2, 3]],
  ])("%s", async (_, files, expected, special) => {
    const tokenizer = await open({ "tokenizer.json": wordPiece(), ...files });
    expect(tokenizer?.mask).toEqual({ id: expected, special: new Set(special) });
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

describe("files for the output folder", () => {
  const textsOf = async (files: Readonly<Record<string, string>>, maxLength = 16, model = {}) => {
    const tokenizer = await openTokenizer(folderWith(files), {}, model);
    return Object.fromEntries(
      [...(tokenizer?.filesFor(maxLength) ?? [])].map(([name, bytes]) => [
        name,
        Buffer.from(bytes).toString(),
      ]),
    );
  };
  const main = { "tokenizer.json": wordPiece() };
  const settings = async (config: string): Promise<unknown> =>
    JSON.parse((await textsOf({ ...main, "tokenizer_config.json": config }))["tokenizer_config.json"] ?? "");

  test("they are kept byte by byte where nothing is missing", async () => {
    const config = '{"pad_token":"[PAD]", "model_max_length": 16}\n';
    const files = { ...main, "tokenizer_config.json": config, "vocab.txt": "a\nb\n" };
    expect(await textsOf({ ...files, "notes.txt": "no" })).toEqual(files);
  });

  test("what transformers.js needs is added", async () => {
    expect(await settings('{"model_max_length": 1e30}')).toEqual({
      model_max_length: 16,
      pad_token: "[PAD]",
    });
    expect(await settings('{"pad_token": {"content": "[UNK]"}, "model_max_length": 8}')).toEqual({
      pad_token: "[UNK]",
      model_max_length: 8,
    });
  });

  test("a tokenizer_config.json is made where there is none", async () => {
    const made = async (model: object): Promise<unknown> =>
      JSON.parse((await textsOf(main, 16, model))["tokenizer_config.json"] ?? "");
    const tokens = { unk_token: "[UNK]", sep_token: "[SEP]", pad_token: "[PAD]", cls_token: "[CLS]" };
    expect(await made({ model_type: "bert" })).toEqual({
      tokenizer_class: "BertTokenizer",
      ...tokens,
      do_lower_case: true,
      strip_accents: null,
      tokenize_chinese_chars: true,
      model_max_length: 16,
    });
    expect(await made({ model_type: "gpt2" })).toEqual({
      tokenizer_class: "PreTrainedTokenizerFast",
      ...tokens,
      model_max_length: 16,
    });
  });

  test("both files say what Python does where they contradicted each other, and that is told", async () => {
    const cased = wordPiece({
      normalizer: {
        type: "BertNormalizer",
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: false,
      },
    });
    const files = {
      "tokenizer.json": `\uFEFF${cased}`,
      "tokenizer_config.json": '{"do_lower_case": true, "tokenizer_class": "BertTokenizer"}',
    };
    const { "tokenizer.json": written = "" } = await textsOf(files);
    expect(JSON.parse(written).normalizer).toMatchObject({ lowercase: true });
    const { encode, warnings } = (await open(files)) ?? {};
    expect(encode?.("PLAY the", 8).inputIds).toEqual([2, 4, 5, 3]);
    expect(warnings).toEqual([
      expect.stringContaining(
        "tokenizer_config.json says do_lower_case true, the normalizer of tokenizer.json lowercase false",
      ),
    ]);
  });

  test("settings are told and files completed where no text is read", async () => {
    const folder = folderWith({
      ...main,
      "tokenizer_config.json": '{"tokenizer_class": "BertTokenizer", "do_lower_case": false}',
    });
    const tokenizer = await openTokenizer(folder, { text: false });
    expect(tokenizer?.warnings).toEqual([
      expect.stringContaining("tokenizer_config.json says do_lower_case false"),
    ]);
    const written = Buffer.from(tokenizer?.filesFor(16).get("tokenizer.json") ?? "").toString();
    expect(JSON.parse(written).normalizer.lowercase).toBe(false);
  });

  test("broken files that no text was read with go along as they are", async () => {
    const folder = folderWith({ "tokenizer.json": "{" });
    const tokenizer = await openTokenizer(folder, { text: false });
    expect(
      [...(tokenizer?.filesFor(16) ?? [])].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
    ).toEqual([["tokenizer.json", "{"]]);
  });
});

describe("ids and the model's table", () => {
  test("an id beyond the table is refused by token, id and size, and told before", async () => {
    const folder = folderWith({ "tokenizer.json": wordPiece() });
    const tokenizer = await openTokenizer(folder, {}, { vocab_size: 6 });
    expect(tokenizer?.encode("play the", 8).inputIds).toEqual([2, 4, 5, 3]);
    const { kind, text } = await failure(() => tokenizer?.encode("song", 8));
    expect(kind).toBe("input");
    expect(text).toContain('tokenizer.json: the token "song" has the id 6, and the model\'s table 6 rows');
    expect(tokenizer?.warnings).toEqual([
      expect.stringContaining(
        '2 of its tokens have ids beyond the 6 rows of the model\'s table, as "song" with 6',
      ),
    ]);
  });

  test.each<[string, object, string]>([
    [
      "are missing",
      { special_tokens: { "[END]": { id: "[END]", ids: [9], tokens: ["[END]"] } } },
      'adds "[END]" as 9, and the vocabulary does not have it',
    ],
    [
      "have other ids",
      { type: "BertProcessing", cls: ["[CLS]", 2], sep: ["[SEP]", 5] },
      'adds "[SEP]" as 5, and the vocabulary has it as 3',
    ],
  ])("special tokens of the post-processor that %s are refused", async (_, changes, expected) => {
    const post = { type: "TemplateProcessing", single: [], pair: [], ...changes };
    const { kind, text } = await failure(() =>
      open({ "tokenizer.json": wordPiece({ post_processor: post }) }),
    );
    expect(kind).toBe("input");
    expect(text).toContain(expected);
  });
});

test("the largest length of tokenizer_config.json is known, if it is one", async () => {
  const lengthOf = async (config: string): Promise<number | undefined> =>
    (await open({ "tokenizer.json": wordPiece(), "tokenizer_config.json": config }))?.maxLength;
  expect(await lengthOf('{"model_max_length": 16}')).toBe(16);
  expect(await lengthOf("{}")).toBeUndefined();
  expect(await lengthOf('{"model_max_length": -1}')).toBeUndefined();
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

  test("entries that double a text are refused by their setting, at once and in little memory", async () => {
    const double = { type: "Replace", pattern: { String: "a" }, content: "aa" };
    const normalizer = { type: "Sequence", normalizers: Array.from({ length: 28 }, () => double) };
    const tokenizer = await open({ "tokenizer.json": wordPiece({ normalizer }) });
    const [before, start] = [process.memoryUsage().heapUsed, performance.now()];
    const { kind, text } = await failure(() => tokenizer?.encode("a".repeat(500), 8));
    expect(kind).toBe("input");
    expect(text).toContain(
      "normalizer.normalizers[6] (Replace) makes a text more than 100 times as long as it was",
    );
    expect(performance.now() - start).toBeLessThan(1000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6);
  });

  test.each<[string, object]>([
    ["one long replacement", { type: "Replace", pattern: { String: "a" }, content: "b".repeat(1e6) }],
    ["a long text in front", { type: "Prepend", prepend: "b".repeat(1e6) }],
    ["a replacement of nothing", { type: "Replace", pattern: { Regex: "" }, content: "b".repeat(1e6) }],
  ])("%s is refused in the same way", async (_, normalizer) => {
    const tokenizer = await open({ "tokenizer.json": wordPiece({ normalizer }) });
    const { text } = await failure(() => tokenizer?.encode("aaa", 8));
    expect(text).toMatch(/normalizer( \(Replace\))? makes a text more than 100 times as long as it was/);
  });

  test("a pre-tokenizer that the library for Python does not have is refused", async () => {
    const pre = { type: "Replace", pattern: { String: "a" }, content: "aa" };
    const { text } = await failure(() => open({ "tokenizer.json": wordPiece({ pre_tokenizer: pre }) }));
    expect(text).toContain('the pre-tokenizer "Replace" is not known');
  });

  test("a stage without its form is an input error, found with the first text at the latest", async () => {
    const post = { type: "TemplateProcessing", single: [null], pair: [], special_tokens: {} };
    const { kind, text } = await failure(async () =>
      (await open({ "tokenizer.json": wordPiece({ post_processor: post }) }))?.encode("play", 8),
    );
    expect(kind).toBe("input");
    expect(text).toContain("tokenizer.json: the tokenizer cannot be made");
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

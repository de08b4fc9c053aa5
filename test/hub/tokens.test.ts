// Token ids against those of transformers for Python, and of transformers.js, for every setting that changes them.
import { readFileSync } from "node:fs";
import { AutoTokenizer, env } from "@huggingface/transformers";
import { expect, test } from "vitest";
import { openTokenizer } from "../../src/hub/index.ts";
import { folderWith } from "./folder.ts";

type Files = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
interface Case {
  readonly name: string;
  readonly max_length: number;
  readonly files: Files;
  readonly ids: readonly (readonly number[])[];
}
const reference: {
  readonly texts: readonly string[];
  readonly vocabulary: Readonly<Record<string, number>>;
  readonly cases: readonly Case[];
} = JSON.parse(readFileSync("fixtures/reference/tokens.json", "utf8"));

/** The files of a case, with the vocabulary that the cases share. */
function filesOf({ files }: Case): Readonly<Record<string, string>> {
  const { "tokenizer.json": tokenizer = {}, ...rest } = files;
  const model = { vocab: reference.vocabulary, ...Object(tokenizer.model) };
  const whole = { ...rest, "tokenizer.json": { ...tokenizer, model } };
  return Object.fromEntries(Object.entries(whole).map(([name, content]) => [name, JSON.stringify(content)]));
}

const open = async (one: Case) => {
  const tokenizer = await openTokenizer(
    folderWith(filesOf(one)),
    {},
    { ...Object(one.files["config.json"]) },
  );
  if (!tokenizer) throw new Error("there is no tokenizer");
  return tokenizer;
};

test.each(reference.cases)("$name: ids are Python's", async (one) => {
  const tokenizer = await open(one);
  const found = reference.texts.map((text) => tokenizer.encode(text, one.max_length).inputIds);
  expect(found).toEqual(one.ids);
});

test.each(reference.cases)("$name: other ids in transformers.js are told", async (one) => {
  const tokenizer = await open(one);
  const folder = folderWith({
    ...Object.fromEntries(tokenizer.filesFor(one.max_length)),
    "config.json": JSON.stringify(one.files["config.json"]),
  });
  env.allowRemoteModels = false;
  const theirs = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  for (const text of reference.texts) {
    const own = tokenizer.encode(text, one.max_length).inputIds;
    const { input_ids: ids } = theirs(text, { truncation: true, return_tensor: false });
    const same = JSON.stringify(ids) === JSON.stringify(own);
    expect([text, tokenizer.differs(text, one.max_length, own)]).toEqual([text, !same]);
  }
});

test("transformers.js cuts the last special token off, and knows no final rule but its own", async () => {
  const [plain] = reference.cases;
  if (!plain) throw new Error("there is no case");
  const tokenizer = await open(plain);
  const differs = (text: string, maxLength: number): boolean =>
    tokenizer.differs(text, maxLength, tokenizer.encode(text, maxLength).inputIds);
  expect(differs("good bad good bad", 5)).toBe(true);
  expect(differs("good bad good", 5)).toBe(false);
  expect(differs("\u039F\u0394\u039F\u03A3", 64)).toBe(true);
  expect(differs("caf\u00E9", 64)).toBe(false);
});

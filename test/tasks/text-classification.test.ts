// Data files become items, or an error that says file, line and what was expected.
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { type Dataset, taskNamed } from "../../src/tasks/index.ts";
import { contextOf, folderWith } from "./world.ts";

const task = taskNamed("text-classification");

async function load(
  name: string,
  content: string | Uint8Array,
  columns: object = {},
  change: object = {},
): Promise<Dataset> {
  const folder = folderWith({ [name.split("#")[0] ?? name]: content });
  return task.load(name, task.params.parse(columns), { ...contextOf(folder), ...change });
}

const failure = async (work: Promise<unknown>): Promise<AppError> => {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof AppError) return error;
  throw new Error(`expected an AppError, got ${String(error)}`);
};

const good: readonly (readonly [string, string, object?])[] = [
  ["a.csv", 'text,label\n"a, b",yes\nc,no\n'],
  ["a.csv", '\uFEFFtext,label\r\n"a, b",yes\r\nc,no'],
  ["a.tsv", "label\ttext\nyes\ta, b\nno\tc\n\n"],
  ["a.tsv", "intent\tsentence\n1\ta, b\n0\tc\n", { text: "sentence", label: "intent" }],
  ["a.jsonl", '{"text":"a, b","label":"yes"}\n{"text":"c","label":"no"}\n'],
  ["a.jsonl", '{"text":"a, b","label":1}\n{"text":"c","label":0}\n'],
  ["a.jsonl", '["a, b","yes"]\n["c","no"]\n'],
  ["a.json#train", '{"test":[],"train":[["a, b",1],["c",0]]}'],
  ["a.json#train", '{"train":[{"text":"a, b","label":"yes"},{"text":"c","label":"no"}]}'],
  ["a.json", '[["a, b","yes"],["c","no"]]'],
];

describe("data files", () => {
  it.each(good.map(([name, content, columns = {}]) => [name, content, columns] as const))(
    "%s %j",
    async (name, content, columns) => {
      const { items, labels, hash } = await load(name, content, columns);
      expect(items.map(({ text, label }) => [text, label])).toEqual([
        ["a, b", 1],
        ["c", 0],
      ]);
      expect(labels).toEqual(["no", "yes"]);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it("keeps quotes in .tsv as they are", async () => {
    const { items } = await load("a.tsv", 'text\tlabel\n"so" he said"\tyes\n');
    expect(items[0]?.text).toBe('"so" he said"');
  });

  it("reads what has no labels", async () => {
    const { items } = await load("a.csv", "text\nc\n", {}, { labelled: false });
    expect(items[0]?.label).toBeUndefined();
    expect((await load("a.json", '[["c"]]', {}, { labelled: false })).items[0]?.label).toBeUndefined();
  });

  it("prefers a name to an index, and cuts to the longest length", async () => {
    const { items } = await load("a.csv", "text,label\na b c d e f g h i,1\n", {}, { labels: ["1", "0"] });
    expect(items[0]).toMatchObject({ label: 0, length: 8 });
  });

  it("hashes content and columns", async () => {
    const one = await load("a.csv", "text,label,other\na,yes,b\n");
    const two = await load("a.csv", "text,label,other\na,yes,b\n", { text: "other" });
    const three = await load("a.csv", "text,label,other\na,no,b\n");
    expect(new Set([one.hash, two.hash, three.hash]).size).toBe(3);
    expect((await load("a.csv", "text,label,other\na,yes,b\n")).hash).toBe(one.hash);
  });
});

const bad: readonly (readonly [string, string | Uint8Array, RegExp, object?])[] = [
  ["a.csv", "", /^a\.csv:1: expected data, found an empty file/],
  ["a.csv", "\n\n", /^a\.csv:1: expected data, found an empty file/],
  ["a.csv", "text,label\n", /^a\.csv:1: expected at least one row, found none/],
  [
    "a.csv",
    "text,lable\na,yes\n",
    /^a\.csv:1: expected a column "label", found text, lable\. Hint: did you mean "lable"\?/,
    { label: "label" },
  ],
  ["a.csv", "text,text\na,yes\n", /^a\.csv:1: expected different column names, found "text" twice/],
  ["a.csv", "text,label\na,yes\nb\n", /^a\.csv:3: expected 2 fields \(text, label\), found 1/],
  ["a.csv", "text,label\na,yes,no\n", /^a\.csv:2: expected 2 fields \(text, label\), found 3/],
  [
    "a.csv",
    "text,label\na,yse\n",
    /^a\.csv:2: expected one of the model's 2 labels.* found "yse"\. Hint: did you mean "yes"\?/,
  ],
  ["a.csv", 'text,label\n"a\nb",yes\nc,2\n', /^a\.csv:4: .* found "2"/],
  ["a.csv", 'text,label\r\n"a\r\nb",yes\r\nc,-1\r\n', /^a\.csv:4: .* found "-1"/],
  ["a.csv", 'text,label\na,yes\n"b,no\n', /^a\.csv:3: expected a closing quote/],
  ["a.csv", "text,label\n  ,yes\n", /^a\.csv:2: expected a text, found an empty one/],
  ["a.csv", "text,label\na,\n", /^a\.csv:2: expected one of .* found ""/],
  ["a.tsv", Buffer.from("text\tlabel\nabc\tyes\ncaf\xe9\tno\n", "latin1"), /^a\.tsv:3: expected UTF-8 text/],
  ["a.jsonl", '{"text":"a","label":"no"}\n{"text":"a"', /^a\.jsonl:2: it is not JSON/],
  [
    "a.jsonl",
    '{"text":"a","lable":"no"}',
    /^a\.jsonl:1: expected a key "label", found text, lable\. Hint: did you mean "lable"\?/,
    { label: "label" },
  ],
  ["a.jsonl", '{"text":5,"label":"no"}', /^a\.jsonl:1: expected a text, found 5/],
  ["a.jsonl", '{"__proto__":5,"label":"no"}', /^a\.jsonl:1: the key __proto__ is refused/],
  ["a.jsonl", "5", /^a\.jsonl:1: expected an object or a \[text, label\] pair, found 5/],
  ["a.json", "{\n", /^a\.json:\d+:\d+: it is not JSON/],
  [
    "a.json",
    '{"train":[]}',
    /^a\.json:1: expected an array, found none\. Hint: write a\.json#KEY with one of train/,
  ],
  ["a.json#tain", '{"train":[]}', /^a\.json:1: expected an array under the key "tain".*one of train/],
  ["a.json#train", '{"train":[]}', /^a\.json:1: expected at least one row/],
  [
    "a.json#b",
    '{"a":[["x",\n"y"]],\n"b":[\n  ["q]\\"",\n"no"],\n\n ["r","nO!!"]]}',
    /^a\.json:7: .* found "nO!!"/,
  ],
  ["a.json#b", '{"b":[["a","b"],["c"]],"c":{"b":[1,2,\n3]}}', /^a\.json:1: .* found 1 values/],
  [
    "a.json",
    '[\n["a","no"],\n["a","no","x"]]',
    /^a\.json:3: expected a pair \[text, label\], found 3 values/,
  ],
  ["a.json", '[\n["a","no"],\n7]', /^a\.json:3: expected an object/],
  [
    "a.xlsx",
    "text",
    /^a\.xlsx: the file ending "\.xlsx" is not a known data format\. Hint: data files are \.csv, \.tsv/,
  ],
  ["nothing", "text", /^nothing: the file ending "" is not a known data format/],
];

describe("broken data", () => {
  it.each(bad.map(([name, content, message, columns = {}]) => [name, content, message, columns] as const))(
    "%s %j",
    async (name, content, message, columns) => {
      const error = await failure(load(name, content, columns));
      expect(error.describe()).toMatch(message);
      expect([error.kind, error.exitCode]).toEqual(["input", 3]);
    },
  );

  it("says which file is not there", async () => {
    const error = await failure(task.load("no.csv", task.params.parse({}), contextOf(folderWith({}))));
    expect(error.describe()).toMatch(/^no\.csv: cannot be read: there is no such file/);
    expect(error.exitCode).toBe(3);
  });
});

const clinc = "../shared/data/clinc150";
describe.skipIf(!existsSync(clinc))("clinc150 (skipped: ../shared/data is absent)", () => {
  it("is read whole", async () => {
    const context = { ...contextOf(clinc), labelled: false, labels: [] };
    await expect(task.load("data_full.json#train", task.params.parse({}), context)).rejects.toThrow(
      /the labels of data_full\.json#train are names \("translate", .* config\.json names no classes/,
    );
    const oos = await task.load("data_full.json#oos_test", task.params.parse({}), {
      ...context,
      labels: ["oos"],
    });
    expect(oos.items).toHaveLength(1000);
  });
});

describe("tasks", () => {
  it("are found by name, with a suggestion", () => {
    expect(() => taskNamed("text-clasification")).toThrow(AppError);
    try {
      taskNamed("text-clasification");
    } catch (error) {
      expect(error).toMatchObject({ kind: "usage", hint: 'did you mean "text-classification"?' });
    }
  });

  it("refuse unknown parameters", () => {
    expect(task.params.safeParse({ txt: "a" }).success).toBe(false);
  });
});

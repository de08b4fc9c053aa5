// Every way to give data: what is read as it is, what is read and said, and what is refused by its name.
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { readSource, taskNamed } from "../../src/tasks/index.ts";
import { contextOf, folderWith } from "./world.ts";

const task = taskNamed("text-classification");
const names = ["negative", "neutral", "positive"];
const rows = [
  ["good food", 2],
  ["bad room", 0],
  ["a chair", 1],
] as const;

interface Options {
  readonly labels?: readonly string[];
  readonly labelled?: boolean;
  readonly named?: object;
}

async function load(name: string, content: string | Uint8Array, options: Options = {}) {
  const { labels = names, labelled = true, named = {} } = options;
  const folder = folderWith({ [name.replace(/#.*/, "")]: content });
  return task.load(name, task.params.parse(named), { ...contextOf(folder, labels), labelled });
}

/** "text,label" with three rows, divided by a separator. */
const table = (
  separator: string,
  end = "\n",
  label = (index: number): string => names[index] ?? "",
): string =>
  [["text", "label"], ...rows.map(([text, index]) => [text, label(index)])]
    .map((fields) => fields.join(separator))
    .join(end);
const utf16 = (text: string, order: "le" | "be"): Buffer => {
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
  return order === "le" ? bytes : bytes.swap16();
};
const object = (text: string, label: unknown): string => JSON.stringify({ text, label });
const lines = (label: (index: number) => unknown): string =>
  rows.map(([text, index]) => object(text, label(index))).join("\n");

/** Name, content, options, and what is said of the reading. */
const read: readonly (readonly [string, string, string | Uint8Array, Options, readonly RegExp[]])[] = [
  ["commas", "a.csv", table(","), {}, []],
  ["a byte order mark, CRLF", "a.csv", `\uFEFF${table(",", "\r\n")}\r\n\r\n`, {}, []],
  ["all fields in quotes", "a.csv", table(",").replace(/[^,\n]+/g, '"$&"'), {}, []],
  ["a space behind the comma", "a.csv", table(", "), {}, [/spelled otherwise: " positive" is "positive"/]],
  ["semicolons", "a.csv", table(";"), {}, [/^a\.csv: its fields are divided by semicolons/]],
  [
    "semicolons, and commas in texts",
    "a.csv",
    `id;text, whole;label\n${rows.map(([text, i]) => `1;${text};${names[i]}`).join("\n")}`,
    { named: { text: "text, whole" } },
    [/divided by semicolons/],
  ],
  ["bars", "a.csv", table("|"), {}, [/divided by bars/]],
  ["tabs in .csv", "a.csv", table("\t"), {}, [/divided by tabs/]],
  ["commas in .tsv", "a.tsv", table(","), {}, [/^a\.tsv: its fields are divided by commas/]],
  ["Excel's sep line", "a.csv", `sep=;\r\n${table(";", "\r\n")}`, {}, [/divided by semicolons/]],
  ["CR alone", "a.csv", table(",", "\r"), {}, [/its lines end in CR alone/]],
  ["UTF-16, little end first", "a.csv", utf16(table(","), "le"), {}, [/read as UTF-16/]],
  ["UTF-16, big end first", "a.tsv", utf16(table("\t"), "be"), {}, [/read as UTF-16/]],
  [
    "no header",
    "a.tsv",
    table("\t").replace(/^.*\n/, ""),
    {},
    [
      /it has no header: its first row has a class in place 2/,
      /the text was found in "1", the classes in "2"/,
    ],
  ],
  [
    "no header, and classes in capitals",
    "a.tsv",
    table("\t", "\n", (i) => names[i]?.toUpperCase() ?? "").replace(/^.*\n/, ""),
    {},
    [/it has no header/, /the text was found in "1"/, /"POSITIVE" is "positive"/],
  ],
  [
    "pandas' names for columns that have none",
    "a.csv",
    table(",", "\n", String).replace("text,label", "0,1"),
    {},
    [/the text was found in "0", the classes in "1"/, /as indices/],
  ],
  [
    "blank lines",
    "a.csv",
    `${table(",").replaceAll("\n", "\n\n")}\n\n`,
    {},
    [/^a\.csv: 3 blank lines, the first of them line 2, are left out/],
  ],
  ["a blank line", "a.jsonl", lines((i) => i).replace("\n", "\n \n"), {}, [/line 2 is blank/, /as indices/]],
  ["rows of separators only", "a.csv", `${table(",")}\n,\n,`, {}, [/2 blank lines/]],
  [
    "other columns",
    "a.csv",
    `id,review,sentiment\n${rows.map(([text, i]) => `7,${text},${names[i]}`).join("\n")}`,
    {},
    [/^a\.csv: the text was found in "review", the classes in "sentiment"$/],
  ],
  [
    "keys inside keys, named",
    "a.jsonl",
    rows.map(([text, i]) => JSON.stringify({ data: { text }, notes: [{ label: names[i] }] })).join("\n"),
    { named: { text: "data.text", label: "notes.0.label" } },
    [],
  ],
  [
    "keys inside keys, found",
    "a.jsonl",
    rows
      .map(([text, i]) => JSON.stringify({ id: i, data: { text }, notes: [{ label: names[i] }] }))
      .join("\n"),
    {},
    [/the text was found in "data.text", the classes in "notes.0.label"/],
  ],
  [
    "a key with a dot in its name",
    "a.jsonl",
    rows.map(([text, i]) => JSON.stringify({ "a.text": text, label: names[i] })).join("\n"),
    { named: { text: "a.text" } },
    [],
  ],
  ["an array", "a.json", `[${lines((i) => names[i]).replaceAll("\n", ",\n")}]`, {}, []],
  [
    "an array in .jsonl",
    "a.jsonl",
    `[\n${lines((i) => names[i]).replaceAll("\n", ",\n")}\n]`,
    {},
    [/one JSON array/],
  ],
  ["lines in .json", "a.json", lines((i) => names[i]), {}, [/one JSON value on each line/]],
  [
    "indices",
    "a.csv",
    table(",", "\n", String),
    {},
    [/labels are read as indices: "2" is "positive", "0" is "negative"/],
  ],
  [
    "indices with a point",
    "a.csv",
    table(",", "\n", (i) => `${i}.0`),
    {},
    [/as indices: "2.0" is "positive"/],
  ],
  ["indices of a model without names", "a.csv", table(",", "\n", String), { labels: [] }, []],
  [
    "indices of LABEL_0 ...",
    "a.csv",
    table(",", "\n", String),
    { labels: ["LABEL_0", "LABEL_1", "LABEL_2"] },
    [],
  ],
  [
    "capitals",
    "a.csv",
    table(",", "\n", (i) => names[i]?.toUpperCase() ?? ""),
    {},
    [/"POSITIVE" is "positive"/],
  ],
  ["spaces behind", "a.csv", table(",", "\n", (i) => `${names[i]} `), {}, [/"positive " is "positive"/]],
  [
    "truth values that are names",
    "a.jsonl",
    lines((i) => [false, null, true][i] ?? "maybe"),
    { labels: ["false", "maybe", "true"] },
    [],
  ],
];

describe("data is read", () => {
  it.each(read)("%s (%s)", async (_title, name, content, options, said) => {
    const { items, warnings = [] } = await load(name, content, options);
    expect(items.map(({ text, label }) => [text.trim(), label])).toEqual(rows);
    expect(warnings).toEqual(said.map((words) => expect.stringMatching(words)));
  });

  it("with what stands in quotes as it was written", async () => {
    const text = 'text,label\n"a, ""b""\nc",positive\n"hello\r\n\r\nworld",neutral\n5" of rain,negative\n';
    const { items } = await load("a.csv", text);
    expect(items.map((item) => item.text)).toEqual(['a, "b"\nc', "hello\r\n\r\nworld", '5" of rain']);
  });

  it("with NUL and other controls in it", async () => {
    const { items } = await load("a.jsonl", object("a\u0000b\u0007", "neutral"));
    expect(items[0]?.text).toBe("a\u0000b\u0007");
  });

  it("without the labels that are not there", async () => {
    const unlabelled = await load("a.txt", "one text\r\n\r\nanother\r\n", { labelled: false });
    expect(unlabelled.items.map(({ text, label }) => [text, label])).toEqual([
      ["one text", undefined],
      ["another", undefined],
    ]);
    expect(unlabelled.warnings).toEqual([
      "a.txt: line 2 is blank and is left out",
      "a.txt: no column holds the model's classes, so its texts are read without labels",
    ]);
    const numbered = await load("a.csv", "id,text\n0,a chair\n1,a room\n", { labelled: false });
    expect(numbered.items.map(({ label }) => label)).toEqual([undefined, undefined]);
  });
});

describe("tabs", () => {
  const textsOf = async (body: string) => {
    const { items, warnings } = await load("a.tsv", body);
    return [items.map(({ text }) => text), warnings ?? []];
  };

  it("are read as pandas quotes them where every quote fits and some field needs it", async () => {
    const said = ["a.tsv: its fields are quoted where they need to be, and are read so"];
    const doubled = 'text\tlabel\n"he said ""good"""\tpositive\n"a\nb"\tneutral\nc\tneutral';
    expect(await textsOf(doubled)).toEqual([['he said "good"', "a\nb", "c"], said]);
    const all = '"text"\t"label"\n"good"\t"positive"';
    expect(await textsOf(all)).toEqual([["good"], said]);
  });

  it("are taken as they are where a quote does not fit, or none is needed", async () => {
    const odd = 'text\tlabel\n"he said ""good"""\tpositive\n"so" he said\tneutral';
    expect(await textsOf(odd)).toEqual([['"he said ""good"""', '"so" he said'], []]);
    expect(await textsOf('text\tlabel\n"good"\tpositive\n5" of rain\tneutral')).toEqual([
      ['"good"', '5" of rain'],
      [],
    ]);
    expect(await textsOf('text\tlabel\n"good"\tpositive')).toEqual([['"good"'], []]);
  });
});

describe("class names that are numbers", () => {
  const stars = { labels: ["-1", "0", "1"] };
  const found = async (name: string, content: string, options: Options = stars) =>
    (await load(name, content, options)).items.map(({ label }) => label);

  it("are names in every format, and the report says so", async () => {
    const csv = "text,label\na,1\nb,0\nc,-1\n";
    const jsonl = [object("a", 1), object("b", 0), object("c", -1)].join("\n");
    const pairs = '[["a",1],["b",0],["c",-1]]';
    for (const [name, content] of [
      ["a.csv", csv],
      ["a.csv", csv.replaceAll(",1", ",1.0")],
      ["a.jsonl", jsonl],
      ["a.jsonl", jsonl.replace(":1}", ':"1"}')],
      ["a.json", pairs],
    ] as const)
      expect(await found(name, content)).toEqual([2, 1, 0]);
    expect((await load("a.jsonl", jsonl, stars)).warnings).toEqual([
      "a.jsonl: labels that are numbers are read as the classes' names, not as indices: 1 is the class with index 2",
    ]);
    expect((await load("a.csv", "text,label\na,1\n", { labels: ["0", "1"] })).warnings).toBeUndefined();
  });

  it("leave indices to columns in which no value is a name", async () => {
    const years = { labels: ["2023", "2024"] };
    expect(await found("a.csv", "text,label\na,1\nb,0\n", years)).toEqual([1, 0]);
    await expect(load("a.csv", "text,label\na,1\nb,2023\n", years)).rejects.toMatchObject({
      path: "a.csv:2",
      hint: 'the classes are called "2023", "2024", so numbers are read as names',
    });
  });
});

const six = ["joy", "fear", "love", "anger", "sadness", "surprise"];
const emotions = `text,label\n${six.map((name) => `a text,${name}`).join("\n")}`;

/** Name, content, options, and the whole message. */
const refused: readonly (readonly [string, string, string | Uint8Array, Options, string])[] = [
  [
    "another model's classes",
    "a.csv",
    emotions,
    {},
    'a.csv:2: none of the 6 classes of a.csv ("joy", "fear", "love", "anger", "sadness" and 1 more) is among this model\'s 3 ("negative", "neutral", "positive"). Hint: take a model that was trained for these classes (minnow compresses it and learns no new ones), data with the model\'s own classes, or name another column',
  ],
  [
    "names, and a model that only numbers its classes",
    "a.csv",
    table(","),
    { labels: ["LABEL_0", "LABEL_1", "LABEL_2"] },
    'a.csv:2: the labels of a.csv are names ("positive", "negative", "neutral"), and the model\'s config.json calls its classes "LABEL_0", "LABEL_1", "LABEL_2". Hint: write their names into id2label of config.json, in the order that the model was trained with, or give indices from 0',
  ],
  [
    "names, and a model that has none",
    "a.csv",
    table(","),
    { labels: [] },
    'a.csv:2: the labels of a.csv are names ("positive", "negative", "neutral"), and the model\'s config.json names no classes. Hint: write their names into id2label of config.json, in the order that the model was trained with, or give indices from 0',
  ],
  [
    "a slip among names",
    "a.csv",
    `${table(",")}\nx,neutrall`,
    {},
    'a.csv:5: expected one of the model\'s 3 labels (or its index), found "neutrall". Hint: did you mean "neutral"?',
  ],
  [
    "an index among names",
    "a.jsonl",
    `${object("a", "neutral")}\n${object("b", 0)}`,
    {},
    "a.jsonl:2: expected one of the model's 3 labels (or its index), found 0. Hint: the other labels are names, and a column is read in one way",
  ],
  [
    "indices from 1",
    "a.csv",
    table(",", "\n", (i) => String(i + 1)),
    {},
    'a.csv:2: expected one of the model\'s 3 labels (or its index), found "3". Hint: indices begin at 0, and these go from 1 to 3',
  ],
  [
    "labels that are kept back",
    "a.csv",
    table(",", "\n", () => "-1"),
    {},
    'a.csv:2: expected one of the model\'s 3 labels (or its index), found "-1". Hint: data sets write -1 where the labels are kept back; such data cannot be scored',
  ],
  [
    "two spellings that differ in case only",
    "a.csv",
    "text,label\na,no\n",
    { labels: ["NO", "No", "yes"] },
    'a.csv:2: expected one of the model\'s 3 labels (or its index), found "no". Hint: did you mean "NO"?',
  ],
  [
    "truth values",
    "a.jsonl",
    lines((i) => i > 0),
    {},
    'a.jsonl:1: expected one of the model\'s 3 labels (or its index), found a truth value, true. Hint: write the class: "negative", "neutral", "positive"',
  ],
  [
    "lists of classes",
    "a.jsonl",
    `${object("a", [0, 1])}\n${object("b", [])}`,
    {},
    "a.jsonl:1: the label is [0,1], a list: several classes for one text (multi-label data) are not scored. Hint: give one class for each text",
  ],
  [
    "lists of classes as text",
    "a.csv",
    'text,label\na,"neutral, positive"\n',
    {},
    'a.csv:2: the label is "neutral, positive", a list: several classes for one text (multi-label data) are not scored. Hint: give one class for each text',
  ],
  [
    "a column for each class",
    "a.csv",
    "text,negative,neutral,positive\na,7,9,8\n",
    {},
    "a.csv:1: it is not clear which column of a.csv holds the classes; it has a column for each class (negative, neutral, positive), and one that names the class is wanted. Hint: name it with --label, or the key label of the task: one of text, negative, neutral, positive",
  ],
  [
    "pairs of texts",
    "a.csv",
    "premise,hypothesis,label\na b,c,neutral\n",
    {},
    'a.csv:1: a.csv has two texts in each row, "premise" and "hypothesis": pairs of texts are not read. Hint: name the one text, "premise" or "hypothesis": --text, or the key text of the task',
  ],
  [
    "pairs of texts with numbers",
    "a.jsonl",
    '{"sentence1":"a","sentence2":"a b","label":1}',
    {},
    'a.jsonl:1: a.jsonl has two texts in each row, "sentence2" and "sentence1": pairs of texts are not read. Hint: name the one text, "sentence2" or "sentence1": --text, or the key text of the task',
  ],
  [
    "no header, and classes by index",
    "a.tsv",
    "x01\t1\t\tthe first of many sentences\nx02\t0\t\tanother\n",
    { named: { text: "text" } },
    'a.tsv:1: expected a column "text", found x01, 1, "", "the first of many sentences". Hint: the first line is read as the names of the columns, and looks like data: put a line such as text,label above it',
  ],
  [
    "no header, and the first row would be lost",
    "a.csv",
    "good food,2\nbad room,0\n",
    {},
    'a.csv:1: "2" is no name of a column. Hint: the first line is read as the names of the columns, and looks like data: put a line such as text,label above it',
  ],
  [
    "numbers that could be indices or counts in names",
    "a.csv",
    "text,label\nbad,1\ngood,4\n",
    { labels: ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"] },
    'a.csv:2: expected one of the model\'s 5 labels (or its index), found "1", and 1 more of the kind. Hint: these could be indices or the numbers in the classes\' names, "1 star", "2 stars", "3 stars", "4 stars", "5 stars": write the names',
  ],
  [
    "commas that are not quoted",
    "a.csv",
    "text,label\ngood, very good,positive\nbad,negative\n",
    {},
    "a.csv:2: expected 2 fields (text, label), found 3. Hint: the fields are divided by commas; one with commas inside stands in double quotes",
  ],
  [
    "semicolons that are not quoted",
    "a.csv",
    `${table(";")}\nx;y;neutral`,
    {},
    "a.csv:5: expected 2 fields (text, label), found 3. Hint: the fields are divided by semicolons; one with semicolons inside stands in double quotes",
  ],
  [
    "more behind a closing quote",
    "a.csv",
    'text,label\n"a"b,neutral\n',
    {},
    "a.csv:2: expected the end of the field after its closing quote. Hint: a field with quotes in it is quoted, and its quotes are doubled",
  ],
  [
    "a null",
    "a.jsonl",
    `${object("a", 0)}\n{"text":null,"label":1}`,
    {},
    "a.jsonl:2: expected a text, found null",
  ],
  [
    "an empty text",
    "a.jsonl",
    `${object("a", 0)}\n${object("", 1)}`,
    {},
    "a.jsonl:2: expected a text, found an empty one",
  ],
  [
    "Windows-1252",
    "a.csv",
    Buffer.from("text,label\na,neutral\ncaf\xe9,neutral\n", "latin1"),
    {},
    'a.csv:3: expected UTF-8 text, found other bytes: byte E9 is é in Windows-1252. Hint: save the file as UTF-8 ("CSV UTF-8" in Excel; iconv -f WINDOWS-1252 -t UTF-8)',
  ],
  [
    "UTF-16 without a mark",
    "a.csv",
    Buffer.from(table(","), "utf16le"),
    {},
    "a.csv:1: every second byte is NUL: it looks like UTF-16 without a byte order mark. Hint: save the file as UTF-8",
  ],
  [
    "half a character of UTF-16",
    "a.csv",
    utf16("text,label\n\ud800,neutral", "le"),
    {},
    "a.csv:1: its byte order mark says UTF-16, and what follows is not. Hint: save the file as UTF-8",
  ],
  [
    "Parquet",
    "a.parquet",
    "PAR1\u0015\u0004",
    {},
    'a.parquet: it is a Parquet file. Hint: write it as JSON Lines: pandas.read_parquet(...).to_json("data.jsonl", orient="records", lines=True)',
  ],
  [
    "a workbook under another name",
    "a.csv",
    "PK\u0003\u0004",
    {},
    "a.csv: it is a zip archive, as Excel's .xlsx is too. Hint: unpack it, or save the sheet as CSV UTF-8",
  ],
  [
    "texts alone where labels are needed",
    "a.txt",
    "one\ntwo\n",
    {},
    "a.txt: a .txt file holds texts without labels, and labels are needed. Hint: write a .csv or .tsv file with the columns text and label",
  ],
  [
    "a table in .txt",
    "a.txt",
    "one\t0\ntwo\t1\n",
    { labelled: false },
    "a.txt:1: it looks like a table divided by tabs, and .txt holds one text on each line. Hint: write it as .tsv under a header text and label",
  ],
  [
    "fastText's lines",
    "a.txt",
    "__label__neutral a chair\n",
    { labelled: false },
    "a.txt:1: it looks like fastText's format, and .txt holds one text on each line. Hint: write it as .tsv with columns text and label",
  ],
  [
    "JSON by column",
    "a.json",
    '{"text":["a","b"],"label":[0,1]}',
    {},
    'a.json:1: expected an array of rows; it holds columns (text, label). Hint: write it row by row, as pandas does with to_json(orient="records")',
  ],
];

describe("data is refused", () => {
  it.each(refused)("%s (%s)", async (_title, name, content, options, message) => {
    const error = await load(name, content, options).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).describe()).toBe(message);
    expect((error as AppError).exitCode).toBe(3);
  });

  it("where it is a folder", async () => {
    await expect(load("a.csv/b", "")).rejects.toThrow();
    const context = contextOf(folderWith({}), names);
    await expect(task.load("..", task.params.parse({}), context)).rejects.toThrow(/it is a folder/);
  });

  it("for a model that answers otherwise, before it is read", async () => {
    const heads = [
      [{ problem_type: "multi_label_classification" }, /problem_type is "multi_label_classification"/],
      [{ problem_type: "regression" }, /problem_type is "regression", a number for each text/],
      [{ id2label: { 0: "LABEL_0" } }, /one label and no problem_type/],
    ] as const;
    for (const [config, message] of heads) {
      const context = { ...contextOf(folderWith({}), names), config };
      await expect(task.load("absent.csv", task.params.parse({}), context)).rejects.toThrow(message);
    }
  });
});

it("a pair column is left out, and said, where the text is named", async () => {
  const content = '{"text":"a","text_pair":"b","label":1}';
  const { items, warnings } = await load("a.jsonl", content, { named: { text: "text" } });
  expect(items.map(({ text }) => text)).toEqual(["a"]);
  expect(warnings?.[0]).toBe('a.jsonl: "text_pair" looks like a second text beside "text", and is not read');
});

describe("a long file", () => {
  /** What each reader is slowest with, of n rows. */
  const long: readonly (readonly [string, (n: number) => string])[] = [
    ["a.csv", (n) => `text,label\n${"a text,0\n".repeat(n)}`],
    ["a.csv", (n) => `text,label\na,0\n${"\n".repeat(4 * n)}b,0`],
    ["a.csv", (n) => `text,label\na,0\n${"\r".repeat(4 * n)}\nb,0`],
    ["a.csv", (n) => `text,label\n${'"a ""text""",0\n'.repeat(n)}`],
    ["a.csv", (n) => `text,label\n"${'""'.repeat(4 * n)}",0\n`],
    ["a.csv", (n) => `text,label\n${"\n ".repeat(2 * n)}\na,0`],
    ["a.csv", (n) => `text\n${"a text\n".repeat(n)}`],
    ["a.tsv", (n) => `text\tlabel\na\t0\n${"\n".repeat(4 * n)}b\t0`],
    ["a.tsv", (n) => `text\tlabel\n${'"a ""text"""\t0\n'.repeat(n)}"a" b\t0`],
    ["a.tsv", (n) => `text\tlabel\n${'"\n'.repeat(n)}a\t0`.replaceAll('"\n', '"\t0\n')],
    ["a.jsonl", (n) => `${object("a text", 0)}\n`.repeat(n)],
    ["a.jsonl", (n) => `${object("a", 0)}\n${"\n".repeat(4 * n)}${object("a", 0)}`],
    ["a.json", (n) => `[${`${object("a text", 0)},\n`.repeat(n)}${object("a", 0)}]`],
    ["a.txt", (n) => `a text\n${"\n".repeat(4 * n)}b`],
  ];

  /** Least processor time of a few readings, in microseconds. */
  async function cost(name: string, content: string): Promise<number> {
    const folder = folderWith({ [name]: content });
    let least = Number.POSITIVE_INFINITY;
    for (let time = 0; time < 3; time++) {
      const begin = process.cpuUsage();
      await readSource(name, folder, { labelled: false });
      const { user, system } = process.cpuUsage(begin);
      least = Math.min(least, user + system);
    }
    return least;
  }

  // eight times the rows take eight times the work; with a quadratic part they would take 64 times as much
  it.each(long.map(([name, make], i) => [i, name, make] as const))(
    "takes work in proportion to its size (%i, %s)",
    async (_i, name, make) => {
      await cost(name, make(1000));
      const small = await cost(name, make(2000));
      expect(await cost(name, make(16_000))).toBeLessThan(24 * small + 20_000);
    },
    60_000,
  );

  it.each([
    ["a.csv", table(",").concat("\na text,neutral".repeat(20_000))],
    ["a.tsv", table("\t").concat("\na text\tneutral".repeat(20_000))],
    ["a.jsonl", `${object("a text", 1)}\n`.repeat(20_000)],
    ["a.txt", "a text\n".repeat(20_000)],
  ])("leaves room for a signal that ends it (%s)", async (name, content) => {
    const folder = folderWith({ [name]: content });
    const abort = new AbortController();
    const reading = readSource(name, folder, { labelled: false, signal: abort.signal });
    const ended = expect(reading).rejects.toMatchObject({ kind: "interrupted" });
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    abort.abort(new AppError("interrupted", "stopped"));
    await ended;
  });

  it("leaves room for a signal between its tokens", async () => {
    const folder = folderWith({ "a.json": `[${`${object("a", 1)},`.repeat(20_000)}${object("a", 1)}]` });
    const abort = new AbortController();
    let encoded = 0;
    const context = contextOf(folder, names);
    const encode: typeof context.tokenizer.encode = (text, length) => {
      if (++encoded === 100) setImmediate().then(() => abort.abort(new AppError("interrupted", "stopped")));
      return context.tokenizer.encode(text, length);
    };
    const counted = { ...context, tokenizer: { ...context.tokenizer, encode }, signal: abort.signal };
    await expect(task.load("a.json", task.params.parse({}), counted)).rejects.toThrow("stopped");
    expect(encoded).toBeLessThan(10_000);
  });
});

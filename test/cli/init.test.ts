// minnow init: what it sees, what it writes, what it asks, and what it refuses.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { main } from "../../src/cli/main.ts";
import { parseRecipe, presets } from "../../src/recipe/index.ts";
import { type FakeIo, fakeIo, fakePipeline } from "./world.ts";

const teacher = resolve("fixtures/models/intents-teacher");
const train = resolve("fixtures/intents/train.tsv");
const test = resolve("fixtures/intents/test.tsv");

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "minnow-init-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function init(words: readonly string[], world: FakeIo = fakeIo({ cwd })) {
  const code = await main(["init", ...words], world.io, { pipeline: fakePipeline({}) });
  return { code, out: world.out(), err: world.err() };
}

/** A terminal that answers with these lines, and then with the end of the file unless it is to stay. */
function terminal(answers: string, stay = false): FakeIo {
  const world = fakeIo({ cwd, tty: true });
  const input = Object.assign(new PassThrough(), { isTTY: true });
  input.write(answers);
  if (!stay) input.end();
  return { ...world, io: { ...world.io, in: input } };
}

const written = (name = "recipe.yaml") => {
  const path = join(cwd, name);
  return parseRecipe(readFileSync(path, "utf8"), path);
};

/** A data file of rows in a format that the ending names. */
const data = (name: string, text: string): string => {
  writeFileSync(join(cwd, name), text);
  return name;
};

const given = ["--teacher", teacher, "--train", train, "--test", test];

describe("the recipe", () => {
  it.each(presets.map(({ name }) => name))(
    "of the preset %s parses, with all that was seen",
    async (name) => {
      const ran = await init([...given, "--preset", name]);
      expect([ran.code, ran.err]).toEqual([0, ""]);
      const recipe = written();
      expect([recipe.teacher, recipe.output]).toEqual([teacher, join(cwd, `out/intents-teacher-${name}`)]);
      expect(resolve(cwd, recipe.task.train ?? "")).toBe(train);
      expect(resolve(cwd, recipe.task.test)).toBe(test);
      expect(recipe.task.params).toEqual({ text: "text", label: "intent" });
    },
  );

  it("is commented, and what is commented out is a recipe too", async () => {
    await init(given);
    const text = readFileSync(join(cwd, "recipe.yaml"), "utf8");
    expect(text.match(/^ *#.*$/gm)?.join("\n")).toMatchInlineSnapshot(`
      "# The preset balanced: half of the teacher's layers with their width, fewer neurons, int8.
      # On a MiniLM of 6 layers x 384 with 150 classes: 5.5x smaller, 6.3x faster, -0.9 points of accuracy.
      # The teacher: bert, 2 layers x 224, 30 labels.
      # Paths are relative to this file; docs/recipes.md has every key.
        # A student that starts as 1 of the teacher's 2 layers.
        # The quarter of all neurons that matters least.
        # int8 weights; activations are quantized at run time.
      # What the result must satisfy, or the run ends with exit code 1; docs/gate.md has the language.
      # require:
      #   - accuracy >= teacher - 1pt"
    `);
    const whole = text.replace("# require:", "require:").replace("#   - ", "  - ");
    expect(parseRecipe(whole, join(cwd, "recipe.yaml")).require).toHaveLength(1);
  });

  it("has paths from its own folder, which is made", async () => {
    data("train.tsv", "text\tintent\nhow warm is it\tweather\n");
    const words = ["--teacher", teacher, "--train", "train.tsv", "--test", "train.tsv"];
    expect((await init([...words, "-o", "inner/folder/r.yaml"])).code).toBe(0);
    const recipe = written("inner/folder/r.yaml");
    expect([recipe.task.train, recipe.task.test]).toEqual(["../../train.tsv", "../../train.tsv"]);
    expect(recipe.teacher).toBe(teacher);
    expect(readdirSync(join(cwd, "inner/folder"))).toEqual(["r.yaml"]);
  });

  it("of quality needs no training data", async () => {
    const ran = await init(["--teacher", teacher, "--test", test, "--preset", "quality"]);
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(written().task.train).toBeUndefined();
    expect(ran.out).not.toContain("train ");
  });
});

describe("what it says", () => {
  it("is what it saw, where the recipe is, and the next command", async () => {
    data("train.csv", "id,utterance,intent\n1,how warm is it,weather\n2,stop the song,stop_music\n");
    const words = [
      "--teacher",
      teacher,
      "--train",
      "train.csv",
      "--test",
      "train.csv",
      "-o",
      "my recipe.yaml",
    ];
    const ran = await init(words);
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(ran.out.replace(teacher, "TEACHER")).toMatchInlineSnapshot(`
      "teacher  TEACHER: bert, 2 layers x 224, 30 labels
      train    train.csv: 2 rows
      test     train.csv: 2 rows
      rows     text in "utterance", label in "intent"
      preset   balanced
      recipe   my recipe.yaml
      warning: train.csv: the training data has no row of 28 of the 30 classes: "balance", "book_table", "calendar_add", "calendar_query", "cancel_alarm" and 23 more
      warning: train.csv: it has the same 2 rows as the training data, so its figures say nothing of new texts

      next: minnow compress 'my recipe.yaml'
      "
    `);
    expect((await init([...words, "--force", "--quiet"])).out).toBe("");
  });

  it("is one document with --json", async () => {
    const ran = await init([...given, "--json", "--preset", "quality"]);
    expect(JSON.parse(ran.out)).toEqual({
      schema: "minnow.init/1",
      recipe: "recipe.yaml",
      preset: "quality",
      teacher: { path: teacher, family: "bert", layers: 2, hidden: 224, labels: 30 },
      train: { path: train, rows: expect.any(Number) },
      test: { path: test, rows: 900 },
      columns: { text: "text", label: "intent" },
      steps: [{ quantize: { kind: "dynamic" } }],
      next: ["minnow", "compress", "recipe.yaml"],
    });
  });
});

it("is documented as it is: what it prints and what it writes", async () => {
  symlinkSync(resolve("fixtures"), join(cwd, "fixtures"));
  const words = ["--teacher", "fixtures/models/intents-teacher", "--train", "fixtures/intents/train.tsv"];
  const ran = await init([...words, "--test", "fixtures/intents/test.tsv"]);
  const document = readFileSync("docs/init.md", "utf8");
  expect(document).toContain(`\`\`\`text\n${ran.out}\`\`\``);
  expect(document).toContain(`\`\`\`yaml\n${readFileSync(join(cwd, "recipe.yaml"), "utf8")}\`\`\``);
});

/** One row of each, under a header. */
const columnCases: readonly (readonly [string, string, string, object | null])[] = [
  ["the longest text", "a.csv", "note,said,c\nx,how warm is it,weather\n", { text: "said", label: "c" }],
  [
    "a usual name",
    "a.csv",
    "note,Sentence,c\nvery long indeed,x,weather\n",
    { text: "Sentence", label: "c" },
  ],
  ["labels by index", "a.csv", "t,n,year\nhow warm is it,29,2024\n", { text: "t", label: "n" }],
  ["names before indices", "a.csv", "t,n,c\nhow warm is it,2,weather\n", { text: "t", label: "c" }],
  ["a usual name of two", "a.csv", "t,n,label\nhow warm,weather,traffic\n", { text: "t", label: "label" }],
  ["objects", "a.jsonl", '{"q":"how warm is it","y":"weather"}\n', { text: "q", label: "y" }],
  ["objects under a key", "a.json#b", '{"b":[{"q":"how warm is it","y":29}]}', { text: "q", label: "y" }],
  ["pairs", "a.json#b", '{"b":[["how warm is it","weather"],["stop","stop_music"]]}', null],
];

describe("columns", () => {
  it.each(columnCases)("%s", async (_title, spec, text, columns) => {
    data(spec.replace(/#.*/, ""), text);
    const ran = await init(["--teacher", teacher, "--train", spec, "--test", spec, "--json"]);
    expect(ran.code, ran.out).toBe(0);
    expect(JSON.parse(ran.out).columns).toEqual(columns);
    const { params, train: found } = written().task;
    expect(params).toEqual(columns ?? {});
    expect(found).toBe(spec);
  });

  it("that are given are taken, whatever the rows look like", async () => {
    data("a.csv", "text,other,intent,was\nshort,how warm is it,weather,traffic\n");
    const words = ["--teacher", teacher, "--train", "a.csv", "--test", "a.csv"];
    await init([...words, "--text", "other", "--label", "was"]);
    expect(written().task.params).toEqual({ text: "other", label: "was" });
  });

  const refused: readonly (readonly [string, string, readonly string[], number, string])[] = [
    [
      "no labels",
      "text,c\nhow warm is it,wether\n",
      [],
      2,
      "--label: it is not clear which column of a.csv holds the teacher's labels. Hint: give --label: the column, one of text, c",
    ],
    [
      "two of labels",
      "t,c,d\nhow warm is it,weather,traffic\n",
      [],
      2,
      "--label: it is not clear which column of a.csv holds the teacher's labels. Hint: give --label: the column, one of c, d",
    ],
    [
      "two equally long texts",
      "t,u,c\nabc,def,weather\n",
      [],
      2,
      "--text: it is not clear which column of a.csv holds the text. Hint: give --text: the column, one of t, u",
    ],
    [
      "a column that is not there",
      "text,intent\nhow warm,weather\n",
      ["--label", "intend"],
      2,
      '--label: a.csv has no column "intend". Hint: did you mean "intent"?',
    ],
    [
      "a label that is none",
      "text,intent\nhow warm,weather\nhow hot,wether\n",
      ["--label", "intent"],
      3,
      'a.csv:3: expected one of the model\'s 30 labels (or its index), found "wether". Hint: did you mean "weather"?',
    ],
    [
      "an empty text behind the rows that are looked at",
      `text,intent\n${"how warm,weather\n".repeat(200)} ,weather\n`,
      [],
      3,
      "a.csv:202: expected a text, found an empty one",
    ],
  ];
  it.each(refused)("are refused: %s", async (_title, text, words, code, message) => {
    data("a.csv", text);
    const ran = await init(["--teacher", teacher, "--train", "a.csv", "--test", "a.csv", ...words]);
    expect([ran.err, ran.code, ran.out]).toEqual([`error: ${message}\n`, code, ""]);
    expect(existsSync(join(cwd, "recipe.yaml"))).toBe(false);
  });

  it("of the test data are those of the training data", async () => {
    data("test.csv", "text,class\nhow warm,weather\n");
    const ran = await init(["--teacher", teacher, "--train", train, "--test", "test.csv"]);
    expect([ran.code, ran.err]).toEqual([
      3,
      'error: test.csv:1: expected a column "intent", found text, class. Hint: known: text, class\n',
    ]);
  });

  it("are not for pairs", async () => {
    data("a.json", '[["how warm","weather"]]');
    const words = ["--teacher", teacher, "--train", "a.json", "--test", "a.json", "--label", "y"];
    expect((await init(words)).err).toBe(
      "error: --label: a.json holds [text, label] pairs, not columns. Hint: leave the flag out\n",
    );
  });
});

describe("what is missing", () => {
  const missing: readonly (readonly [readonly string[], string])[] = [
    [[], "--teacher: there is no teacher yet. Hint: give --teacher: "],
    [["--teacher", teacher], "--train: the steps of this preset learn from data. Hint: give --train: "],
    [
      ["--teacher", teacher, "--train", train],
      "--test: the report measures on test data. Hint: give --test: ",
    ],
    [
      ["--preset", "smal"],
      '--preset: "smal" is not one of tiny, small, balanced, quality. Hint: did you mean "small"?',
    ],
  ];
  it.each(missing)("%s", async (words, message) => {
    const ran = await init(words);
    expect([ran.code, ran.out]).toEqual([2, ""]);
    expect(ran.err).toContain(`error: ${message}`);
  });

  const wrong: readonly (readonly [string, string, number, string])[] = [
    ["nothing there", "nope", 3, "there is no such folder"],
    ["a file", "a.tsv", 2, "it is a file, and a folder with config.json is wanted"],
    ["no config.json", ".", 3, "the folder has no config.json"],
  ];
  it.each(wrong)("a teacher: %s", async (_title, path, code, message) => {
    data("a.tsv", "text\tlabel\na\tb\n");
    const ran = await init(["--teacher", path, "--train", "a.tsv", "--test", "a.tsv"]);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(message);
  });

  it("of the teacher is told: its family, its tokenizer", async () => {
    const config = JSON.parse(readFileSync(join(teacher, "config.json"), "utf8"));
    data("config.json", JSON.stringify({ ...config, model_type: "brt" }));
    const family = await init(["--teacher", "."]);
    expect([family.code, family.err]).toEqual([
      3,
      expect.stringContaining(`${join(cwd, "config.json")}: model_type "brt" is not known`),
    ]);
    data("config.json", JSON.stringify(config));
    const tokenizer = await init(["--teacher", "."]);
    expect([tokenizer.code, tokenizer.err]).toEqual([3, expect.stringContaining("no tokenizer.json")]);
  });
});

describe("a file that is there", () => {
  it("stays, unless --force is given", async () => {
    data("recipe.yaml", "mine");
    const ran = await init(given);
    expect([ran.code, ran.err]).toEqual([
      2,
      "error: recipe.yaml: it is already there. Hint: --force writes over it\n",
    ]);
    expect(readFileSync(join(cwd, "recipe.yaml"), "utf8")).toBe("mine");
    expect((await init([...given, "--force"])).code).toBe(0);
    expect(written().steps.length).toBeGreaterThan(1);
  });

  it("stays with --force too where the new one fails", async () => {
    data("recipe.yaml", "mine");
    expect((await init([...given, "--force", "--label", "nope"])).code).toBe(2);
    expect(readFileSync(join(cwd, "recipe.yaml"), "utf8")).toBe("mine");
  });
});

describe("on a terminal", () => {
  it("what is missing is asked for, on stderr, until the answer can be", async () => {
    data("a.csv", "t,c,d\nhow warm is it,weather,traffic\n");
    const world = terminal(`${teacher}\na.csv\na.csv\nnope\n\nd\n`);
    const ran = await init([], world);
    expect(ran.code, ran.err).toBe(0);
    expect(written().task.params).toEqual({ text: "t", label: "d" });
    expect(ran.err).toContain("holds the teacher's labels\nthe column (c, d): the column (c, d): ");
    expect(ran.out).toContain("next: minnow compress recipe.yaml\n");
    expect(ran.out).not.toContain("the column");
    expect(ran.err).not.toContain("\u001b");
  });

  it("nothing is asked that is known", async () => {
    const ran = await init(given, terminal("", true));
    expect([ran.code, ran.err]).toEqual([0, ""]);
  });

  it("the end of the answers is the error that names the flag", async () => {
    const ran = await init(given.slice(0, 2), terminal(""));
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining("--train: the steps")]);
  });

  it("an interruption ends the asking with 130", async () => {
    const world = terminal("", true);
    setTimeout(() => world.controller.abort(new AppError("interrupted", "interrupted")), 50);
    const ran = await init([], world);
    expect(ran.code).toBe(130);
    expect(existsSync(join(cwd, "recipe.yaml"))).toBe(false);
  });
});

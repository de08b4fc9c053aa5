// What goes in is said where a user looks: warnings of data and model in results and records, refusals before any work.
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { compress, evaluateModel, exportModel, inspectModel, runStep } from "../../src/pipeline/index.ts";
import { folderWith } from "../tasks/world.ts";

const teacher = resolve("fixtures/models/intents-teacher");
const task = { name: "text-classification", params: {} };
const alarm = "text\tintent\nwake me at seven\tset_alarm\nwhat is the weather\tweather\n";

/** A copy of the fixture teacher whose config.json has other keys, and files beside it. */
function world(change: object, files: Readonly<Record<string, string>> = {}): string {
  const folder = folderWith(files);
  cpSync(teacher, join(folder, "model"), { recursive: true });
  const path = join(folder, "model/config.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
  return folder;
}

describe("a model of several classes for a text", () => {
  const multi = { problem_type: "multi_label_classification" };
  const named = expect.stringContaining('config.json: problem_type is "multi_label_classification"');

  test("is not scored, by eval or by a step, and nothing is written", async () => {
    const cwd = world(multi, { "test.tsv": alarm });
    const refused = { kind: "input", path: "model", message: expect.stringContaining("multi_label") };
    const evaluating = evaluateModel({ cwd, model: "model", task: task.name, data: "test.tsv", params: {} });
    await expect(evaluating).rejects.toMatchObject(refused);
    const step = { cwd, model: "model", method: "quantize.dynamic", params: {}, output: "out", threads: 1 };
    await expect(runStep({ ...step, task: { ...task, test: "test.tsv" } })).rejects.toMatchObject(refused);
    expect(existsSync(join(cwd, "out"))).toBe(false);
  });

  test("is quantized, exported and looked at, with a warning", async () => {
    const cwd = world(multi);
    const notes: unknown[] = [];
    const emit = (event: {
      readonly kind: string;
      readonly level?: string;
      readonly message?: string;
    }): void => {
      if (event.level === "warning") notes.push(event.message);
    };
    const step = { cwd, model: "model", method: "quantize.dynamic", params: {}, output: "out", threads: 1 };
    expect((await runStep(step)).warnings).toEqual([named]);
    await exportModel({ cwd, folder: "model", output: "exported", emit });
    await inspectModel({ cwd, model: "model", emit });
    expect(notes).toEqual([named, named]);
  });
});

test("eval finds the columns, and says which, and how the labels were read", async () => {
  const data = alarm.replaceAll("\t", ";").replace("weather\n", "Weather \n").replace("text;", "said;");
  const cwd = world({ label2id: { weather: 0 } }, { "test.csv": data });
  const found = await evaluateModel({ cwd, model: "model", task: task.name, data: "test.csv", params: {} });
  expect(found.items).toBe(2);
  expect(found.warnings).toEqual([
    expect.stringContaining(
      'config.json: label2id gives "weather" the index 0, and id2label calls that class',
    ),
    "test.csv: its fields are divided by semicolons, and are read so",
    'test.csv: the text was found in "said", the classes in "intent"',
    'test.csv: labels are read as names spelled otherwise: "Weather " is "weather"',
  ]);
});

test("a run says what is odd about its data, in its record too", async () => {
  const cwd = world({}, { "train.tsv": alarm, "test.tsv": `${alarm}play a song\tplay_music\n` });
  const recipeText = `teacher: model
task: { name: text-classification, train: train.tsv, test: test.tsv, label: intent }
steps: [{ prune: { kind: magnitude, sparsity: 0.1 } }]
output: out
measure: { budget: 0.05, robustness: 0, sensitivity: 0 }
`;
  const made = await compress({ cwd, recipePath: "recipe.yaml", recipeText, threads: 1 });
  const words = [
    expect.stringMatching(/^train\.tsv: the training data has no row of 28 of the 30 classes: /),
    "test.tsv: 2 of its 3 texts (66.7 %) are in the training data too, so its figures are better than those of new texts",
  ];
  expect(made.warnings).toEqual(words);
  expect(JSON.parse(readFileSync(join(cwd, "out/report.json"), "utf8")).warnings).toEqual(words);
});

test("data of other classes is told before anything is made", async () => {
  const cwd = world({}, { "test.csv": "text,label\ngood food,positive\nbad food,negative\n" });
  const step = { cwd, model: "model", method: "quantize.dynamic", params: {}, output: "out", threads: 1 };
  await expect(runStep({ ...step, task: { ...task, test: "test.csv" } })).rejects.toThrow(
    /none of the 2 classes of test\.csv \("positive", "negative"\) is among this model's 30/,
  );
  expect(existsSync(join(cwd, "out"))).toBe(false);
});

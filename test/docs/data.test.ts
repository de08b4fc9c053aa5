// Every data file of docs/data.md is read as the page says: the same two rows, with what is said under it.
import { expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { dataFormats, taskNamed } from "../../src/tasks/index.ts";
import { contextOf, folderWith } from "../tasks/world.ts";
import { blocks, titleOf } from "./documents.ts";

const page = blocks.filter(({ path }) => path === "docs/data.md");
const files = page.flatMap((block, i) => {
  if (!dataFormats.includes(`.${block.language}`)) return [];
  const next = page[i + 1];
  return [{ title: titleOf(block), block, said: next?.language === "text" ? next.text : "" }];
});

test.each(files.map(({ title, block, said }) => [title, block, said] as const))(
  "%s",
  async (_, block, said) => {
    const name = `data.${block.language}`;
    const task = taskNamed("text-classification");
    const context = contextOf(folderWith({ [name]: block.text }), ["negative", "neutral", "positive"]);
    const read = await task.load(name, task.params.parse({}), context).catch((cause: unknown) => cause);
    if (read instanceof AppError) return expect(`error: ${read.describe()}\n`).toBe(said);
    const { items, warnings = [] } = read as Awaited<ReturnType<typeof task.load>>;
    expect(warnings.map((words) => `warning: ${words}\n`).join("")).toBe(said);
    expect(items.slice(0, 2).map(({ text, label }) => [text, label])).toEqual([
      ["good food", 2],
      ["a chair, a bed", 1],
    ]);
  },
);

test("the page has examples of each format with columns, and of refusals", () => {
  expect(new Set(files.map(({ block }) => block.language))).toEqual(new Set(["csv", "tsv", "jsonl"]));
  expect(files.filter(({ said }) => said.startsWith("error:")).length).toBeGreaterThan(3);
});

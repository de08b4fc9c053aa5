// A word-splitting tokenizer and a temporary folder, for the tests of tasks.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { LoadContext } from "../../src/tasks/index.ts";

/** One token for each word, its length as the id, between 101 and 102. */
export const words: LoadContext["tokenizer"] = {
  encode(text, maxLength) {
    const ids = text.split(" ").map((word) => word.length);
    const inputIds = [101, ...ids.slice(0, maxLength - 2), 102];
    return { inputIds, tokenTypeIds: inputIds.map(() => 0) };
  },
  differs: () => false,
  maxLength: undefined,
  padId: 9,
  mask: undefined,
  warnings: [],
  filesFor: () => new Map(),
};

/** A folder with the given files that goes when the test ends. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "minnow-tasks-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

export const contextOf = (folder: string, labels: readonly string[] = ["no", "yes"]): LoadContext => ({
  model: "teacher",
  config: {},
  tokenizer: words,
  labels,
  maxLength: 8,
  folder,
  labelled: true,
});

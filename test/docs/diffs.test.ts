// Every diff in the documents is one of the repository as it stands: the file that it names still reads so.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { blocksOf, root, titleOf } from "./documents.ts";

/** Text as it is apart from where lines break: no white space, no comma before a closing bracket. */
const bare = (text: string): string => text.replace(/\s+/g, "").replace(/,(?=[)\]}])/g, "");

interface Hunk {
  readonly file: string;
  readonly text: string;
}

/** The pieces of a diff with what they leave standing: added lines and those around them. */
function hunksOf(diff: string): readonly Hunk[] {
  const hunks: { file: string; text: string }[] = [];
  let file = "";
  for (const line of diff.split("\n")) {
    if (line.startsWith("+++ ")) file = line.slice(4).replace(/^b\//, "");
    else if (line.startsWith("@@")) hunks.push({ file, text: "" });
    else if (/^[+ ]/.test(line)) {
      const last = hunks.at(-1);
      if (last) last.text += `${line.slice(1)}\n`;
    }
  }
  return hunks;
}

const diffs = blocksOf("diff");

test("there are diffs", () => {
  expect(diffs.length).toBeGreaterThan(5);
});

test.each(diffs.map((block) => [titleOf(block), block] as const))("%s", (_title, { text }) => {
  const hunks = hunksOf(text);
  expect(hunks.length).toBeGreaterThan(0);
  const gone = hunks.filter(({ file, text: expected }) => {
    const path = join(root, file);
    return !existsSync(path) || !bare(readFileSync(path, "utf8")).includes(bare(expected));
  });
  expect(gone).toEqual([]);
});

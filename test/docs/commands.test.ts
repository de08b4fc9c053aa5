// Every command line in the documents works: the command is known, and takes these flags and these values.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commands } from "../../src/cli/commands/index.ts";
import { readStepFlags, readTaskFlags } from "../../src/cli/flags.ts";
import { parseArguments } from "../../src/cli/parse.ts";
import { methods } from "../../src/methods/index.ts";
import { blocksOf, root, titleOf } from "./documents.ts";

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/** Command lines without comments, split at `&&`; a backslash joins a line to the next. */
function linesOf(text: string): readonly string[] {
  return text
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "")
    .flatMap((line) => line.split("&&").map((part) => part.trim()));
}

const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((found) => found[1] ?? found[2] ?? found[3] ?? "");

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Throws where minnow would refuse the words before it opens a file. */
async function checkMinnow(words: readonly string[]): Promise<void> {
  const [name = "", ...rest] = words.slice(0, words.indexOf(">") < 0 ? undefined : words.indexOf(">"));
  if (name.startsWith("--")) return expect(["--help", "--version"]).toContain(name) as never;
  const command = commands.find((one) => one.name === name);
  if (!command) throw new Error(`minnow has no command ${name}`);
  if (rest.includes("--help")) return;
  const { args, given } = await parseArguments(command, rest);
  const data = { task: String(args.task), train: text(args.train), test: text(args.test) };
  if (methods.some(({ verb }) => verb === name)) readStepFlags(name, data, { given });
  else if (args.task !== undefined) readTaskFlags(data.task, given);
}

async function checkLine(line: string): Promise<void> {
  const words = wordsOf(line).filter((word) => !/^[A-Z_]+=/.test(word));
  const [first = "", second = "", third = ""] = words;
  if (first === "cd" || first === "cp") return;
  if (first === "minnow") return checkMinnow(words.slice(1));
  if (first === "npx" && second === "minnow") return checkMinnow(words.slice(2));
  if (first === "npx") return expect(["vitest", "tsc", "biome"]).toContain(second) as never;
  if (first === "npm" && second === "run") return expect(Object.keys(scripts)).toContain(third) as never;
  if (first === "npm") return expect(["ci", "test", "install", "pack"]).toContain(second) as never;
  const script = first === "node" || first === "bash" ? second : first;
  expect(() => readFileSync(join(root, script)), line).not.toThrow();
}

const lines = blocksOf("sh").flatMap((block) =>
  linesOf(block.text).map((line) => [titleOf(block), line] as const),
);

test("there are command lines", () => {
  expect(lines.length).toBeGreaterThan(5);
});

test.each(lines)("%s: %s", async (_title, line) => {
  await checkLine(line);
});

// The documentation as data: its files, their fenced blocks, their links and headings.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

/** Every Markdown file that a reader is sent to, relative to the repository. */
export const documents: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => `docs/${path.replaceAll("\\", "/")}`)
    .sort(),
];

export const textOf = (path: string): string => readFileSync(join(root, path), "utf8");

/** A fenced block: where it opens, what it says it is, and its text. */
export interface Block {
  readonly path: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** `docs/library.md:12`, as a title. */
export const titleOf = ({ path, line }: Block): string => `${path}:${line}`;

/** All fenced blocks of a text, in order. */
function blocksIn(path: string): readonly Block[] {
  const found: Block[] = [];
  let open: { readonly line: number; readonly language: string; readonly lines: string[] } | undefined;
  textOf(path)
    .split("\n")
    .forEach((line, i) => {
      const fence = /^```(.*)$/.exec(line);
      if (!fence) open?.lines.push(line);
      else if (!open) open = { line: i + 1, language: fence[1]?.trim() ?? "", lines: [] };
      else {
        found.push({ path, line: open.line, language: open.language, text: `${open.lines.join("\n")}\n` });
        open = undefined;
      }
    });
  return found;
}

export const blocks: readonly Block[] = documents.flatMap(blocksIn);

export const blocksOf = (language: string): readonly Block[] =>
  blocks.filter((block) => block.language === language);

/** Whether a YAML block is a workflow; all others are recipes. */
export const isWorkflow = ({ text }: Block): boolean => /^jobs:/m.test(text);

/** The text without fenced blocks and code spans. */
const prose = (path: string): string =>
  textOf(path)
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/`[^`\n]*`/g, "");

/** Targets of links and pictures, but for addresses on the web. */
export const linksOf = (path: string): readonly string[] =>
  [...prose(path).matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)]
    .map((found) => found[1] ?? found[2] ?? "")
    .filter((target) => !/^[a-z]+:/.test(target));

/** The repository's path of a link's file; the document itself for a bare anchor. */
export const fileOf = (path: string, target: string): string => {
  const [file = ""] = target.split("#");
  return file === "" ? path : join(dirname(path), file);
};

/** Anchors as GitHub makes them of headings. */
export const anchorsOf = (path: string): readonly string[] =>
  [
    ...textOf(path)
      .replace(/^```[\s\S]*?^```$/gm, "")
      .matchAll(/^#+ (.*)$/gm),
  ].map((found) =>
    (found[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

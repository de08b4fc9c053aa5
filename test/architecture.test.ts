// The layers of src: a folder imports only from rows above its own; the outside world has one door each.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** Rank of each folder; equal ranks do not know each other. */
const ranks: Readonly<Record<string, number>> = {
  base: 0,
  cache: 1,
  kernels: 1,
  tensor: 1,
  record: 1,
  ir: 2,
  onnx: 3,
  ops: 3,
  hub: 3,
  passes: 4,
  autodiff: 4,
  engine: 4,
  train: 5,
  families: 5,
  bench: 5,
  tasks: 6,
  methods: 7,
  recipe: 8,
  pipeline: 9,
  compare: 9,
  report: 8,
  gate: 6,
  search: 10,
  cli: 11,
  index: 12,
};

/** What only some files may do, and why. */
const doors: readonly { readonly what: string; readonly pattern: RegExp; readonly open: RegExp }[] = [
  {
    what: "name onnxruntime: the engine can be replaced",
    pattern: /["']onnxruntime[-\w]*(\/[^"']*)?["']/,
    open: /^src\/engine\/ort\.ts$/,
  },
  {
    what: "touch protobuf: the IR knows no file format",
    pattern: /["']protobufjs[^"']*["']/,
    open: /^src\/onnx\//,
  },
  {
    what: "write to the terminal or exit: a library returns and throws",
    pattern: /process\.(stdout|stderr|exit)\b|\bconsole\./,
    // What now holds an example for its reader, which prints.
    open: /^src\/cli\/|^src\/report\/next\.ts$/,
  },
];

interface Import {
  readonly from: string;
  readonly to: string;
  /** Erased when compiled: it cannot make a cycle at run time. */
  readonly typeOnly: boolean;
}

/** The text without comments, so that prose can name anything. */
const stripped = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|(^|[^:"'`])\/\/.*$/gm, (_, before: string | undefined) => before ?? "");

const sources = new Map(
  readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => `src/${path.replaceAll("\\", "/")}`)
    // AssemblyScript is another language.
    .filter((path) => path.endsWith(".ts") && path !== "src/kernels/assembly.ts")
    .map((path) => [path, stripped(readFileSync(join(root, path), "utf8"))] as const),
);

const imports: readonly Import[] = [...sources].flatMap(([path, text]) =>
  [...text.matchAll(/(?:^|[^.\w])(import|export)\b(\s+type\b)?[^;"'`]*?\(?["'](\.{1,2}\/[^"']+)["']/g)].map(
    (found) => ({
      from: path,
      to: relative(root, resolve(root, dirname(path), found[3] ?? "")),
      typeOnly: found[2] !== undefined,
    }),
  ),
);

const folderOf = (path: string): string => path.split("/")[1]?.replace(/\.ts$/, "") ?? "";

/** The files of one circle of run-time imports, or undefined. */
function cycle(): readonly string[] | undefined {
  const finished = new Set<string>();
  const visit = (path: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (finished.has(path)) return undefined;
    for (const { from, to, typeOnly } of imports) {
      const found = from === path && !typeOnly ? visit(to, [...way, path]) : undefined;
      if (found) return found;
    }
    finished.add(path);
    return undefined;
  };
  for (const path of sources.keys()) {
    const found = visit(path, []);
    if (found) return found;
  }
  return undefined;
}

describe("architecture", () => {
  test("the imports are seen", () => {
    expect(imports.length).toBeGreaterThan(sources.size);
    for (const { from, to } of imports)
      if (/\.ts$/.test(to)) expect([...sources.keys()], `${from} imports ${to}`).toContain(to);
  });

  test("every folder has its row", () => {
    for (const path of sources.keys()) expect(Object.keys(ranks), path).toContain(folderOf(path));
  });

  test("a folder imports only from rows above it", () => {
    const wrong = imports
      .filter(
        ({ from, to }) =>
          folderOf(from) !== folderOf(to) && (ranks[folderOf(to)] ?? 0) >= (ranks[folderOf(from)] ?? 0),
      )
      .map(({ from, to }) => `${from} -> ${to}`);
    expect(wrong).toEqual([]);
  });

  test("another folder is entered by its index", () => {
    const wrong = imports
      .filter(
        ({ from, to }) =>
          to.endsWith(".ts") && folderOf(from) !== folderOf(to) && to !== `src/${folderOf(to)}/index.ts`,
      )
      .map(({ from, to }) => `${from} -> ${to}`);
    expect(wrong).toEqual([]);
  });

  test("no file imports itself by a detour", () => {
    expect(cycle()).toBeUndefined();
  });

  test.each(doors)("only the named files $what", ({ pattern, open }) => {
    const wrong = [...sources]
      .filter(([path, text]) => pattern.test(text) && !open.test(path))
      .map(([path]) => path);
    expect(wrong).toEqual([]);
  });

  test("a file has less than 400 lines and says first what it is", () => {
    for (const [path] of sources) {
      const text = readFileSync(join(root, path), "utf8");
      expect(text.split("\n").length, path).toBeLessThan(401);
      expect(text, path).toMatch(/^(#!.*\n)?\/(\/|\*\*) ?\S/);
    }
  });
});

// minnow as a user has it: built, in a folder of its own, with the fixture teacher and a few rows of data.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./documents.ts";

/** Runs a Node script in a folder; an Error with its output when it fails. */
export function runNode(folder: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Path of the TypeScript compiler's script. */
function compiler(): string {
  const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: { tsc: string } };
  return join(dirname(manifest), bin.tsc);
}

const compile = (folder: string, project: string): string => runNode(folder, [compiler(), "-p", project]);

/** A new folder where `import "minnow"` finds the sources as they are, built; `npm run check` checks them. */
export function install(): string {
  const folder = mkdtempSync(join(tmpdir(), "minnow-docs-"));
  const own = join(folder, "node_modules/minnow");
  mkdirSync(own, { recursive: true });
  runNode(root, [join(root, "bench/build.js"), join(own, "dist")]);
  for (const name of ["package.json", "bin"]) cpSync(join(root, name), join(own, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(own, "node_modules"));
  symlinkSync(join(root, "node_modules/zod"), join(folder, "node_modules/zod"));
  placeFixtures(folder);
  return folder;
}

/** The teacher; every 30th training row and 15th test row; the quickstart with one epoch a step, too few for what it requires. */
function placeFixtures(folder: string): void {
  const intents = join(folder, "fixtures/intents");
  mkdirSync(intents, { recursive: true });
  mkdirSync(join(folder, "recipes"));
  symlinkSync(join(root, "fixtures/models"), join(folder, "fixtures/models"));
  for (const [name, step] of [
    ["train.tsv", 30],
    ["test.tsv", 15],
  ] as const) {
    const [head, ...rows] = readFileSync(join(root, "fixtures/intents", name), "utf8")
      .trim()
      .split("\n");
    writeFileSync(join(intents, name), `${[head, ...rows.filter((_, i) => i % step === 0)].join("\n")}\n`);
  }
  const recipe = readFileSync(join(root, "recipes/quickstart.yaml"), "utf8");
  const short = recipe
    .replace(/epochs: \d+/g, "epochs: 1")
    .replace(/budget: [\d.]+/, "budget: 0.05")
    .replace(/^require: .*\n/m, "");
  writeFileSync(join(folder, "recipes/quickstart.yaml"), short);
}

/** Compiles the files in `examples`, strictly, as a user's project would; gives the folder of the results. */
export function compileExamples(folder: string): string {
  const options = {
    target: "es2023",
    module: "nodenext",
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    outDir: "compiled",
    rootDir: "examples",
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: options, include: ["examples"] }),
  );
  compile(folder, "tsconfig.json");
  return join(folder, "compiled");
}

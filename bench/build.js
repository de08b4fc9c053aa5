// Builds dist, or the folder that is named: one file for each folder of src with the libraries it uses inside, one file of types, and those libraries' licences.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = resolve(process.argv[2] ?? join(root, "dist"));

/** What stays outside: packages with a native library. */
const outside = /^onnxruntime-/;
/** Doors of the house, and what is started as a process of its own. */
const entries = [
  "index",
  "cli/start",
  "bench/memory-child",
  "search/child",
  ...readdirSync(join(root, "src"))
    .filter((folder) => existsSync(join(root, "src", folder, "index.ts")))
    .map((folder) => `${folder}/index`),
];

async function bundle() {
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
    platform: "node",
    external: outside,
  });
  const { output } = await build.write({
    dir: dist,
    format: "esm",
    chunkFileNames: "chunks/[name].js",
  });
  await build.close();
  return output.flatMap(({ moduleIds }) => moduleIds ?? []);
}

/** Path of a command that a package brings. */
function binaryOf(name, command) {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return join(dirname(manifest), createRequire(manifest)(manifest).bin[command]);
}

/** The library's types in one file, with what they need of the folders and no more; those of zod stay zod's. */
async function writeTypes() {
  const types = mkdtempSync(join(tmpdir(), "minnow-types-"));
  try {
    const compiler = binaryOf("typescript", "tsc");
    const config = join(root, "tsconfig.build.json");
    const options = ["-p", config, "--outDir", types];
    const { status } = spawnSync(process.execPath, [compiler, ...options], { stdio: "inherit" });
    if (status !== 0) return status ?? 1;
    // after the code was written: what is older than this library in node_modules still runs
    const { dts } = await import("rolldown-plugin-dts");
    const build = await rolldown({
      input: join(types, "index.d.ts"),
      external: /^(zod|onnxruntime-|node:)/,
      plugins: [dts({ dtsInput: true, oxc: true, tsconfig: false })],
    });
    await build.write({ dir: dist });
    await build.close();
    return 0;
  } finally {
    rmSync(types, { recursive: true, force: true });
  }
}

/** The folder of the package that a module belongs to; undefined for our own. */
const packageOf = (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0];

function writeLicences(modules) {
  const packages = [...new Set(modules.map(packageOf).filter(Boolean))].sort();
  const texts = packages.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? readFileSync(join(folder, file), "utf8").trim() : "";
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  writeFileSync(join(dist, "LICENSES.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
}

rmSync(dist, { recursive: true, force: true });
writeLicences(await bundle());
process.exitCode = await writeTypes();

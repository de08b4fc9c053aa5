// Puts ONNX Runtime into the package: `npm pack` runs it before it packs, and with --remove afterwards (docs/decisions/018-install.md).
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const remove = process.argv.includes("--remove");
const engine = resolve(process.argv.slice(2).find((word) => !word.startsWith("-")) ?? join(root, "engine"));
const source = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));

/** What the processor needs: the binding and the library that it names; not DirectML, not what compiles its shaders. */
const wanted =
  /^(onnxruntime_binding\.node|onnxruntime\.dll|libonnxruntime\.1\.dylib|libonnxruntime\.so\.1)$/;

/** The binding's JavaScript with onnxruntime-common inside: one registry of backends for each, so that neither meets the other's. */
async function bundle() {
  const build = await rolldown({
    input: join(source, "dist/index.js"),
    platform: "node",
    // the native part is found beside it when it runs
    external: /\.node$/,
  });
  await build.write({ file: join(engine, "dist/index.cjs"), format: "cjs" });
  await build.close();
}

function copyLibraries() {
  const libraries = "bin/napi-v6";
  for (const entry of readdirSync(join(source, libraries), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !wanted.test(entry.name)) continue;
    const from = join(entry.parentPath, entry.name);
    const to = join(engine, from.slice(source.length));
    mkdirSync(dirname(to), { recursive: true });
    linkOrCopy(from, to);
  }
}

/** A second name costs no disk; on another disk it is a copy. */
function linkOrCopy(from, to) {
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to);
  }
}

function describe() {
  const { name, version, license, description, os } = JSON.parse(
    readFileSync(join(source, "package.json"), "utf8"),
  );
  writeFileSync(
    join(engine, "package.json"),
    `${JSON.stringify({ name, version, license, description, os, main: "dist/index.cjs" }, null, 2)}\n`,
  );
  writeFileSync(join(engine, "LICENSE"), readFileSync(join(root, "bench/engine-licence.txt")));
}

rmSync(engine, { recursive: true, force: true });
if (!remove) {
  if (!existsSync(source)) throw new Error("onnxruntime-node is not installed: npm ci");
  await bundle();
  copyLibraries();
  describe();
}

// Compiles the training kernels to WebAssembly and writes them as base64 into src/kernels/wasm.ts.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const compiler = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");

/** The text of wasm.ts for the kernels as they are in the source. */
export function compileKernels() {
  const folder = mkdtempSync(join(tmpdir(), "minnow-kernels-"));
  const file = join(folder, "kernels.wasm");
  const source = join(root, "src/kernels/assembly.ts");
  const flags = [
    "--optimizeLevel",
    "3",
    "--shrinkLevel",
    "0",
    "--noAssert",
    "--runtime",
    "stub",
    "--importMemory",
    "--enable",
    "simd",
  ];
  execFileSync(process.execPath, [compiler, source, ...flags, "--outFile", file], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const lines =
    readFileSync(file)
      .toString("base64")
      .match(/.{1,100}/g) ?? [];
  rmSync(folder, { recursive: true });
  const body = lines.map((line) => `  "${line}"`).join(" +\n");
  return `// Made from assembly.ts by \`node bench/kernels.js\`; a test compares the two.\nexport const wasm =\n${body};\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(join(root, "src/kernels/wasm.ts"), compileKernels());

// Builds dist from src: each step is one function, and the first that fails ends the build with its exit code.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Path of a command that a package brings. */
function binaryOf(name, command) {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return join(dirname(manifest), createRequire(manifest)(manifest).bin[command]);
}

function compileTypeScript() {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  const compiler = binaryOf("typescript", "tsc");
  return spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], {
    stdio: "inherit",
  }).status;
}

const steps = [compileTypeScript];

for (const step of steps) {
  const status = step() ?? 1;
  if (status !== 0) process.exit(status);
}

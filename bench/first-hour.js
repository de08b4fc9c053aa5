// What a new user does first, from the package in an empty folder: `node bench/first-hour.js [--keep]`. Each command is printed with what it said.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pastedInBrowser, pastedInNode } from "./pasted.js";
import { root } from "./peers.js";

const place = mkdtempSync(join(tmpdir(), "minnow-first-hour-"));
const project = join(place, "project");
mkdirSync(project);
/** A home of its own, so that no setting of this machine's user helps. */
const env = { ...process.env, HOME: place, MINNOW_CACHE: join(place, "cache") };
for (const name of Object.keys(env)) if (/^npm_|^ONNXRUNTIME_/i.test(name)) delete env[name];

/** Runs a command and prints it with its output and its time; an Error where it fails. */
function run(command, words, { cwd = project, quiet = false } = {}) {
  console.log(`$ ${[command, ...words].join(" ").replaceAll(place, "...")}`);
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(command, words, { cwd, env, encoding: "utf8" });
  const said = `${stderr}${stdout}`.replaceAll(place, "...").trimEnd();
  if (said !== "" && !(quiet && status === 0)) console.log(said);
  console.log(`(exit code ${status}, ${((performance.now() - start) / 1000).toFixed(1)} s)\n`);
  if (status !== 0) throw new Error(`${command} ${words[0]} ended with ${status}`);
  return stdout;
}

const bytesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

function install() {
  run("npm", ["pack", "--silent", "--pack-destination", place], { cwd: root });
  const [packed] = readdirSync(place).filter((name) => name.endsWith(".tgz"));
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  run("npm", ["install", "--no-audit", "--no-fund", join(place, packed)]);
  const megabytes = Math.round(bytesIn(join(project, "node_modules")) / 1e6);
  console.log(
    `${packed}: ${Math.round(statSync(join(place, packed)).size / 1e6)} MB; node_modules: ${megabytes} MB\n`,
  );
}

function quickstart() {
  run("npx", ["minnow", "doctor"]);
  for (const part of ["fixtures", "recipes"])
    cpSync(join(project, "node_modules/minnow", part), join(project, part), { recursive: true });
  run("npx", ["minnow", "compress", "recipes/quickstart.yaml", "--progress", "none"]);
}

/** The card's code, beside the result's folder in a project that has transformers.js. */
async function deploy() {
  const site = join(place, "site");
  cpSync(join(project, "out/quickstart"), join(site, "quickstart"), { recursive: true });
  writeFileSync(join(site, "package.json"), '{ "private": true }\n');
  run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "@huggingface/transformers"], {
    cwd: site,
  });
  console.log(`the card's code in Node: ${pastedInNode(site, "quickstart")}\n`);
  const chromium = process.env.MINNOW_CHROMIUM ?? onPath("chromium", "chromium-browser", "google-chrome");
  if (chromium === undefined) return console.log("no Chromium: the card's page was not opened");
  const { text, elsewhere } = await pastedInBrowser(site, "quickstart", chromium);
  console.log(`the card's page in Chromium, no network: ${text.replace(/\s+/g, " ")}`);
  console.log(`addresses on other machines that it asked for: ${elsewhere.length}\n`);
  if (elsewhere.length > 0) throw new Error(elsewhere.join("\n"));
}

const onPath = (...names) =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file));

try {
  install();
  quickstart();
  await deploy();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  if (process.argv.includes("--keep")) console.log(place);
  else rmSync(place, { recursive: true, force: true });
}

// The workflow of docs/ci.md does what the page says: its steps run, end with these codes and leave these files.
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { exitCodes } from "../../src/base/index.ts";
import { type Installed, installed } from "../e2e/installed.ts";
import { blocks, blocksOf, isWorkflow, textOf } from "./documents.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly env: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const here = "docs/ci.md";
const workflows = blocksOf("yaml").filter(isWorkflow);
const { jobs } = parse(workflows[0]?.text ?? "") as { readonly jobs: { readonly mini: Job } };
const { env, steps } = jobs.mini;

/** The script of the one step that has these words in it. */
function scriptWith(words: string): string {
  const [found, ...more] = steps.flatMap(({ run }) => (run?.includes(words) ? [run] : []));
  if (found === undefined || more.length > 0) throw new Error(`not one step has ${words}`);
  return found;
}
const compress = scriptWith("minnow compress");
const verify = scriptWith("minnow verify");
const gate = scriptWith("minnow gate");
const show = scriptWith("GITHUB_STEP_SUMMARY");

/** The block of the page that has these words in it. */
const blockWith = (words: string): string =>
  blocks.find(({ path, text, language }) => path === here && language !== "yaml" && text.includes(words))
    ?.text ?? "false";

let world: Installed;
const at = (path: string): string => join(world.folder, path);

/** Runs a script as a step does; `npx` is the package that was built here. */
function run(script: string): { readonly code: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-e", "-c", script], {
    cwd: world.folder,
    encoding: "utf8",
    env: {
      ...process.env,
      PATH: [at("bin"), process.env.PATH].join(delimiter),
      MINNOW_CACHE: (env.MINNOW_CACHE ?? "").replace(/\$\{\{ github\.workspace \}\}/, world.folder),
      GITHUB_STEP_SUMMARY: at("summary.md"),
    },
  });
  return { code: status, out: stdout, err: stderr };
}

/** The baseline with its files of another size. */
function scaleBaseline(factor: number): void {
  const text = readFileSync(at("out/quickstart/report.json"), "utf8");
  const scaled = text.replace(
    /"bytes": (\d+)/g,
    (_, bytes) => `"bytes": ${Math.ceil(Number(bytes) * factor)}`,
  );
  expect(scaled).not.toBe(text);
  writeFileSync(at("baseline/report.json"), scaled);
}

beforeAll(() => {
  world = installed({ trainStep: 100, testStep: 100 });
  mkdirSync(at("bin"));
  const script = at("node_modules/minnow/bin/minnow.js");
  const shim = `#!/bin/sh\n[ "$1" = minnow ] || exit 99\nshift\nexec "${process.execPath}" "${script}" "$@"\n`;
  writeFileSync(at("bin/npx"), shim);
  chmodSync(at("bin/npx"), 0o755);
  const first = run(blockWith("cp out/quickstart"));
  expect(first.code, first.err).toBe(0);
}, 120_000);
afterAll(() => rmSync(world.folder, { recursive: true }));
beforeEach(() => {
  for (const name of ["gate.xml", "gate.txt", "gate.md", "summary.md"]) rmSync(at(name), { force: true });
});

test("there is one workflow, and every step of it that calls minnow is run here", () => {
  expect(workflows.map(({ path }) => path)).toEqual([here]);
  const calling = steps.flatMap(({ run: script }) => (script?.includes("minnow") ? [script] : []));
  expect(calling).toEqual([compress, verify, gate]);
});

test("the cache is restored before the run and saved after it, under one key of the recipe and the lock", () => {
  const order = steps.map(({ uses, run: script }) => uses?.replace(/@.*/, "") ?? script);
  const [restored, saved] = [order.indexOf("actions/cache/restore"), order.indexOf("actions/cache/save")];
  expect(restored).toBeGreaterThan(order.indexOf("npm ci"));
  expect(restored).toBeLessThan(order.indexOf(compress));
  expect(saved).toBeGreaterThan(order.indexOf(compress));
  const [before, after] = [steps[restored]?.with ?? {}, steps[saved]?.with ?? {}];
  expect([after.key, after.path]).toEqual([before.key, before.path]);
  expect(env.MINNOW_CACHE).toBe(`\${{ github.workspace }}/${before.path}`);
  const recipe = /compress (\S+)/.exec(compress)?.[1];
  expect(before.key).toContain(`hashFiles('${recipe}', 'package-lock.json')`);
  expect(existsSync(at(String(before.path)))).toBe(true);
});

test("when the mini is as it was, all steps pass, and what is uploaded is there", () => {
  const made = run(compress);
  expect(made, made.err).toMatchObject({ code: 0 });
  // where a busy machine withheld times they are measured again, and nothing else is made
  const again = made.err.match(/^done step=(?:distill|prune|quantize).*$/gm) ?? [];
  if (again.length === 0) expect(made.err).toContain("nothing has changed");
  for (const step of again) expect(step).toContain("cached=true");
  for (const script of [verify, gate, show]) expect(run(script)).toMatchObject({ code: 0, err: "" });
  expect(world.text("summary.md")).toBe(world.text("gate.md"));
  expect(world.text("gate.md")).toContain("1.05x baseline | pass |");
  expect(world.text("gate.txt")).toMatch(/^::(notice|warning) .*\n::notice .*\n$/);
  expect(world.text("gate.xml")).toContain("<testsuite");
  const uploads = steps.filter(({ uses }) => uses?.startsWith("actions/upload-artifact"));
  const paths = uploads.flatMap(({ with: inputs }) => String(inputs?.path).trim().split("\n"));
  expect(paths).toContain("out/quickstart/report.json");
  expect(paths.filter((path) => !existsSync(at(path)))).toEqual([]);
});

describe("when something is wrong", () => {
  test("a mini that grew ends the gate with 1, and the next step still tells which requirement", () => {
    scaleBaseline(0.5);
    const ended = run(gate);
    expect(ended.code).toBe(exitCodes.gate);
    expect(steps.find(({ run: script }) => script === show)?.if).toBe("always()");
    const shown = run(show);
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/^::error title=minnow gate%3A bytes <= 1\.05x baseline::/m);
    expect(world.text("summary.md")).toContain("fail");
    expect(world.text("gate.xml")).toContain("<failure");
    scaleBaseline(1.1);
    expect(run(gate).code).toBe(0);
  });

  test("the step that shows the verdicts passes where no gate came to run", () => {
    expect(run(show)).toEqual({ code: 0, out: "", err: "" });
  });

  test("without its baseline the gate ends with 3, with a requirement that cannot be read with 2", () => {
    expect(run(gate.replace("baseline/report.json", "nowhere.json")).code).toBe(exitCodes.input);
    expect(run(gate.replace("1.05x", "1.05 of")).code).toBe(exitCodes.usage);
  });

  test("a build that goes on after a failed requirement does not go on after anything else", () => {
    const script = blockWith("code=$?");
    expect(run(script).code).toBe(0);
    expect(run(script.replace("2 MB", "2 B")).code).toBe(0);
    expect(run(script.replace("2 MB", "2 furlongs")).code).toBe(exitCodes.usage);
  });

  test("a recipe with a typo ends with 2", () => {
    const recipe = world.text("recipes/quickstart.yaml");
    writeFileSync(at("recipes/quickstart.yaml"), recipe.replace(/^teacher:/m, "taecher:"));
    expect(run(compress).code).toBe(exitCodes.usage);
    writeFileSync(at("recipes/quickstart.yaml"), recipe);
  });

  // The last one: it breaks the result.
  test("a file that was changed ends verify with 1", () => {
    appendFileSync(at("out/quickstart/config.json"), " ");
    expect(run(verify).code).toBe(exitCodes.gate);
  });
});

test("the page has a row for every exit code but that of a reader who went away", () => {
  const told = [...textOf(here).matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(
    ([, codes]) => codes?.split(", ") ?? [],
  );
  const wanted = new Set([0, ...Object.values(exitCodes)].filter((code) => code !== exitCodes.pipe));
  expect(new Set(told.map(Number))).toEqual(wanted);
});

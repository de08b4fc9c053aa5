// The cache from the command line: nothing is done twice, a changed step runs alone, what was killed goes on, a result is what its lock says.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunRecord } from "../../src/record/index.ts";
import { type Installed, installed } from "./installed.ts";

let world: Installed;
const recipe = (
  output: string,
  last = "quantize: { kind: dynamic }",
  measure = "budget: 0.05",
): string => `teacher: fixtures/models/intents-teacher
task: { name: text-classification, train: train.tsv, test: test.tsv, text: text, label: intent }
steps:
  - distill: { student: { layers: 1, hidden: 48 }, start: projected, epochs: 6 }
  - prune: { kind: neurons, ratio: 0.25, finetune: { epochs: 2 } }
  - ${last}
output: ${output}
measure: { ${measure} }
`;
beforeAll(() => {
  world = installed({ trainStep: 10, testStep: 30 });
}, 180_000);
afterAll(() => rmSync(world.folder, { recursive: true }));

/** Writes the recipe and runs it; the steps that were run and those that were kept, from the progress lines. */
function compress(name: string, text: string, ...more: readonly string[]) {
  writeFileSync(join(world.folder, `${name}.yaml`), text);
  const { code, err, out } = world.minnow("compress", `${name}.yaml`, "--progress", "plain", ...more);
  const done = [...err.matchAll(/^done step="?([\w.' ]+?)"? seconds=\S+( cached=true)?/gm)];
  const steps = done.filter(([, step]) => /^(distill|prune|quantize)/.test(step ?? ""));
  const named = (kept: boolean) =>
    steps.filter(([, , cached]) => (cached !== undefined) === kept).map(([, step]) => step);
  return { code, err, out, ran: named(false), kept: named(true) };
}

/** Whether the machine was too busy for times when the folder was made. */
const withheld = (output: string): boolean => {
  const report: RunRecord = JSON.parse(readFileSync(join(world.folder, output, "report.json"), "utf8"));
  return (report.warnings ?? []).some((words) => words.includes("are withheld"));
};

const models = ["model.safetensors", "onnx/model.onnx", "onnx/model_quantized.onnx", "config.json"];
const bitsOf = (output: string): readonly string[] =>
  models.map((file) =>
    createHash("sha256")
      .update(readFileSync(join(world.folder, output, file)))
      .digest("hex"),
  );

test("an unchanged recipe runs nothing, a changed last step alone, and another recipe shares the beginning", () => {
  const dry = compress("one", recipe("out/one"), "--cache", "kept", "--dry-run");
  expect(dry.out).toMatch(/^distill +runs +no result of it is kept/m);
  expect(dry.out).toMatch(/^quantize.dynamic +runs +distill runs before it/m);
  expect(world.files("out")).toEqual([]);
  const first = compress("one", recipe("out/one"), "--cache", "kept");
  expect(first).toMatchObject({ code: 0, kept: [], ran: ["distill", "prune.neurons", "quantize.dynamic"] });
  // where other work disturbed the first, the second measures again, and makes nothing
  const busy = withheld("out/one");
  const again = compress("one", recipe("out/one"), "--cache", "kept");
  const steps = ["distill", "prune.neurons", "quantize.dynamic"];
  expect(again).toMatchObject({ code: 0, kept: busy ? steps : [], ran: [] });
  expect(again.err.includes("nothing has changed")).toBe(!busy);
  const found = withheld("out/one");
  const kept = compress("one", recipe("out/one"), "--cache", "kept", "--dry-run");
  expect(kept.out).toMatch(/^distill +kept +its result is kept/m);
  expect(kept.out).toContain(found ? "every model is measured anew" : "nothing would be done");
  expect(again.out.split("\n")[1]?.slice(0, 60)).toBe(first.out.split("\n")[1]?.slice(0, 60));
  const bits = bitsOf("out/one");
  const tables = compress(
    "one",
    recipe("out/one", "quantize: { kind: dynamic, tables: false }"),
    "--cache",
    "kept",
  );
  expect(tables).toMatchObject({ code: 0, kept: ["distill", "prune.neurons"], ran: ["quantize.dynamic"] });
  const other = compress("two", recipe("out/two"), "--cache", "kept");
  expect(other).toMatchObject({ code: 0, kept: ["distill", "prune.neurons", "quantize.dynamic"], ran: [] });
  expect(bitsOf("out/two")).toEqual(bits);
  const fresh = compress("three", recipe("out/three"), "--no-cache");
  expect(fresh).toMatchObject({ code: 0, kept: [], ran: ["distill", "prune.neurons", "quantize.dynamic"] });
  expect(bitsOf("out/three")).toEqual(bits);
}, 180_000);

test("verify tells what is not as it was; a rebuild has the same bits", () => {
  compress("checked", recipe("out/checked"), "--cache", "kept");
  expect(world.minnow("verify", "out/checked")).toMatchObject({ code: 0, err: "" });
  const rebuilt = world.minnow("verify", "out/checked", "--rebuild", "--progress", "none");
  expect(rebuilt).toMatchObject({ code: 0, err: "" });
  expect(rebuilt.out).toContain("made again, every model file has the same bits");
  appendFileSync(join(world.folder, "out/checked/config.json"), " ");
  const { code, err } = world.minnow("verify", "out/checked");
  expect(code).toBe(1);
  expect(err).toContain("config.json: its content was changed");
}, 180_000);

test("verify works from any place: above the recipe, inside the result, and where only the result is", () => {
  compress("anywhere", recipe("out/anywhere"), "--cache", "kept");
  const verify = (cwd: string, folder: string) => {
    const script = join(world.folder, "node_modules/minnow/bin/minnow.js");
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, "verify", folder], {
      cwd: join(world.folder, cwd),
      encoding: "utf8",
    });
    return { status, out: stdout, err: stderr };
  };
  for (const [cwd, folder] of [
    ["..", join(world.folder, "out/anywhere")],
    ["out/anywhere", "."],
    ["out/anywhere/onnx", ".."],
  ] as const)
    expect(verify(cwd, folder)).toEqual({
      status: 0,
      err: "",
      out: `what it was made from is the same\nevery file of ${folder} is as it was written\n`,
    });
  const alone = mkdtempSync(join(tmpdir(), "minnow-alone-"));
  cpSync(join(world.folder, "out/anywhere"), join(alone, "mini"), { recursive: true });
  const copied = verify("out", join(alone, "mini"));
  expect(copied).toMatchObject({ status: 0, err: "" });
  expect(copied.out).toMatch(/^not here, so not compared:\n {2}anywhere.yaml\n/);
  expect(copied.out).toContain(`every file of ${join(alone, "mini")} is as it was written\n`);
  appendFileSync(join(alone, "mini/onnx/model_quantized.onnx"), " ");
  expect(verify("out", join(alone, "mini"))).toMatchObject({
    status: 1,
    err: expect.stringContaining("onnx/model_quantized.onnx: its content was changed"),
  });
  rmSync(alone, { recursive: true });
}, 180_000);

test("a recipe from the standard input: the same result, which verify can make again from what the report says", () => {
  compress("filed", recipe("out/filed"), "--cache", "kept");
  const script = join(world.folder, "node_modules/minnow/bin/minnow.js");
  const { status } = spawnSync(process.execPath, [script, "compress", "-", "--cache", "kept", "--quiet"], {
    cwd: world.folder,
    input: recipe("out/piped"),
  });
  expect(status).toBe(0);
  expect(bitsOf("out/piped")).toEqual(bitsOf("out/filed"));
  expect(world.minnow("verify", "out/piped", "--rebuild", "--progress", "none")).toMatchObject({
    code: 0,
    err: "",
  });
}, 180_000);

test("a broken entry is made again with a warning; cache ls, verify, prune and clear", () => {
  compress("cached", recipe("out/cached"), "--cache", "own");
  const file = world.files("own").find((name) => name.endsWith("model.onnx")) ?? "";
  appendFileSync(file, "x");
  const broken = world.minnow("cache", "verify", "--cache", "own");
  expect(broken).toMatchObject({ code: 0 });
  expect(broken.out).toMatch(/broken and removed: .*model\.onnx/);
  const next = compress("cached2", recipe("out/cached2"), "--cache", "own");
  expect([next.code, next.ran.length, next.kept.length]).toEqual([0, 1, 2]);
  expect(world.minnow("cache", "ls", "--cache", "own").out).toContain("distill of cached");
  expect(world.minnow("cache", "prune", "--cache", "own").out).toMatch(/^0 results removed$/m);
  const files = world.files("own").filter((name) => name.endsWith("entry.json"));
  const [first = ""] = files;
  const before = new Date(Date.now() - 31 * 24 * 3600 * 1000);
  utimesSync(first, before, before);
  expect(world.minnow("cache", "prune", "--cache", "own").out).toMatch(/^1 result removed$/m);
  expect(world.files("own").filter((name) => name.endsWith("entry.json"))).toEqual(files.slice(1));
  expect(world.minnow("cache", "clear", "--cache", "own").out).toMatch(/0 results, 0 B/);
}, 180_000);

test("parts are tried when they are asked for, of steps that were kept too, and only once", () => {
  const run = (name: string, measure: string) => {
    const text = recipe(`out/${name}`, undefined, measure);
    const { code, err, kept } = compress(name, text, "--cache", "parts");
    const { stages } = world.json(`out/${name}/report.json`) as RunRecord;
    const found = stages.map(({ sensitivity }) => sensitivity);
    return {
      code,
      kept,
      found,
      tried: [...err.matchAll(/^done step="parts of ([\w.]+)"/gm)].map(([, id]) => id),
    };
  };
  const without = run("without", "budget: 0.05, sensitivity: 0");
  expect(without).toMatchObject({ code: 0, kept: [], tried: [] });
  expect(without.found).toEqual([undefined, undefined, undefined, undefined]);
  const steps = ["distill", "prune.neurons", "quantize.dynamic"];
  const first = run("with", "budget: 0.05");
  expect(first).toMatchObject({ code: 0, kept: steps, tried: steps.slice(1) });
  const [teacher, distilled, pruned, quantized] = first.found;
  expect([teacher, distilled]).toEqual([undefined, undefined]);
  expect([pruned?.against, quantized?.against]).toEqual(["distill", "prune.neurons"]);
  expect(quantized?.parts.length).toBeGreaterThan(3);
  expect(quantized?.parts.every(({ distance }) => distance.value > 0)).toBe(true);
  const again = run("again", "budget: 0.05");
  expect(again).toMatchObject({ code: 0, kept: steps, tried: [], found: first.found });
  const fewer = run("fewer", "budget: 0.05, sensitivity: 10, items: 20");
  expect(fewer).toMatchObject({ code: 0, kept: steps, tried: steps.slice(1) });
  expect(fewer.found.at(-1)?.items).toBe(10);
}, 180_000);

/** Runs the recipe and sends the signal once training has come so far. */
const ended = (name: string, signal: NodeJS.Signals, step: number): Promise<number | null> =>
  new Promise((settle) => {
    const script = join(world.folder, "node_modules/minnow/bin/minnow.js");
    const words = ["compress", `${name}.yaml`, "--progress", "json", "--cache", name];
    const child = spawn(process.execPath, [script, ...words], {
      cwd: world.folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.stderr.on("data", (chunk) => {
      told += chunk;
      const steps = [...told.matchAll(/"kind":"progress","id":"distill","done":(\d+)/g)].map(([, done]) =>
        Number(done),
      );
      // once: a second signal leaves at once
      if (!child.killed && steps.some((done) => done >= step)) child.kill(signal);
    });
    child.on("exit", (code) => settle(code));
  });

test("what is interrupted goes on where it was, and ends with the same bits", async () => {
  const whole = compress("whole", recipe("out/whole"), "--no-cache");
  expect(whole.code).toBe(0);
  writeFileSync(join(world.folder, "pieces.yaml"), recipe("out/pieces"));
  expect(await ended("pieces", "SIGINT", 8)).toBe(130);
  expect(await ended("pieces", "SIGTERM", 20)).toBe(143);
  expect(await ended("pieces", "SIGKILL", 24)).toBe(null);
  const rest = compress("pieces", recipe("out/pieces"), "--cache", "pieces");
  expect(rest.code).toBe(0);
  expect(rest.err).toMatch(/goes on at step \d+/);
  expect(bitsOf("out/pieces")).toEqual(bitsOf("out/whole"));
}, 180_000);

test("compare runs a recipe for each value of a matrix; what they share is computed once", () => {
  compress("base", recipe("out/base"), "--cache", "kept");
  const words = ["base.yaml", "--matrix", "steps[2].quantize.tables=true,false", "--cache", "kept"];
  const { code, out, err } = world.minnow("compare", ...words, "--progress", "plain", "-o", "out/compared");
  expect([code, err.includes("error"), err.match(/step=distill seconds=\S+ cached=true/g)?.length]).toEqual([
    0,
    false,
    2,
  ]);
  expect(out).toContain("base-tables-true");
  expect(out).toContain("base-tables-false");
  const names = world.files("out/compared").map((name) => name.replace(/.*\//, ""));
  expect(names.toSorted()).toEqual(["compare.html", "compare.json", "compare.md"]);
}, 180_000);

test("recipes side by side make once what they share, and give what they give one after the other", () => {
  for (const [name, tables] of [
    ["left", true],
    ["right", false],
  ] as const) {
    const last = `quantize: { kind: dynamic, tables: ${tables} }`;
    writeFileSync(join(world.folder, `${name}.yaml`), recipe(`out/${name}`, last));
  }
  const words = ["compare", "left.yaml", "right.yaml", "--threads", "1", "--progress", "plain"] as const;
  const { code, err } = world.minnow(...words, "--jobs", "2", "--cache", "shared");
  expect([code, err.match(/error/)]).toEqual([0, null]);
  for (const step of ["distill", "prune.neurons"]) {
    const made = [
      ...err.matchAll(new RegExp(`^done step="\\w+.yaml: ${step}" seconds=\\S+( cached=true)?`, "gm")),
    ];
    expect(made.map(([, cached]) => cached !== undefined).toSorted()).toEqual([false, true]);
  }
  const bits = ["left", "right"].map((name) => bitsOf(`out/${name}`));
  expect(bits[0]).not.toEqual(bits[1]);
  rmSync(join(world.folder, "out"), { recursive: true });
  expect(world.minnow(...words, "--no-cache").code).toBe(0);
  expect(["left", "right"].map((name) => bitsOf(`out/${name}`))).toEqual(bits);
}, 120_000);

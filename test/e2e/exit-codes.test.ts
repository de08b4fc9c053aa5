// Every command ends with 0 when all went well, with 2 for a wrong command line, with 3 for an input that it refuses.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/base/index.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { type Installed, installed, teacher } from "./installed.ts";

/** Words of a command line after the command's name, or why no command line ends so. */
type Cell = readonly string[] | { readonly never: string };

interface Row {
  readonly ok: Cell;
  readonly usage: Cell;
  readonly refused: Cell;
}

const data = ["--train", "train.tsv", "--test", "test.tsv"];
const learning = ["--train", "train.tsv", "--label", "intent", "--epochs", "1"];

/** Rows by command. The first one makes the run that gate, compare and verify read. */
const rows: Readonly<Record<string, Row>> = {
  compress: {
    ok: ["tiny.yaml", "--cache", "kept"],
    usage: ["typo.yaml"],
    refused: ["broken.yaml", "--no-cache"],
  },
  init: {
    ok: ["--teacher", teacher, ...data, "-o", "made.yaml"],
    usage: ["--teacher", teacher, ...data, "-o", "no.yaml", "--preset", "enormous"],
    refused: ["--teacher", "stranger", ...data, "-o", "no.yaml"],
  },
  distill: {
    ok: [teacher, "--student.layers", "1", "--student.hidden", "48", ...learning, "-o", "out/distilled"],
    usage: [teacher, "--student.layers", "1", "-o", "out/no"],
    refused: ["notes.onnx", "--student.layers", "1", ...learning, "-o", "out/no"],
  },
  prune: {
    ok: [teacher, "--kind", "magnitude", "--sparsity", "0.3", "-o", "out/pruned"],
    usage: [teacher, "--kind", "magnitude", "--sparsity", "3", "-o", "out/no"],
    refused: ["notes.onnx", "--kind", "magnitude", "--sparsity", "0.3", "-o", "out/no"],
  },
  quantize: {
    ok: [teacher, "-o", "out/quantized"],
    usage: [teacher, "--bits", "3", "-o", "out/no"],
    refused: ["notes.onnx", "-o", "out/no"],
  },
  export: {
    ok: [teacher, "-o", "out/exported"],
    usage: [teacher],
    refused: ["stranger", "-o", "out/no"],
  },
  eval: {
    ok: [teacher, "--data", "test.tsv", "--label", "intent"],
    usage: [teacher, "--label", "intent"],
    refused: [teacher, "--data", "unlabelled.tsv", "--label", "intent"],
  },
  bench: {
    ok: [teacher, "--batch", "1", "--sequence", "8", "--budget", "0.05"],
    usage: [teacher, "--batch", "none"],
    refused: [teacher, "notes.onnx", "--batch", "1"],
  },
  inspect: {
    ok: [teacher],
    usage: [],
    refused: ["notes.onnx"],
  },
  gate: {
    ok: ["out/tiny/report.json", "--require", "bytes <= 1 GB"],
    usage: ["out/tiny/report.json", "--require", "bytes <= 1 furlong"],
    refused: ["notes.json", "--require", "bytes <= 1 GB"],
  },
  compare: {
    ok: ["out/tiny"],
    usage: ["out/tiny", "--across-dota"],
    refused: ["notes.json"],
  },
  verify: {
    ok: ["out/tiny"],
    usage: ["out/tiny", "out/tiny"],
    refused: ["nowhere"],
  },
  cache: {
    ok: ["ls", "--cache", "kept"],
    usage: ["list", "--cache", "kept"],
    refused: {
      never: "it reads no input: cache verify names what is broken, and the next run makes it again",
    },
  },
  doctor: {
    ok: [],
    usage: ["everything"],
    refused: { never: "it reads the machine alone; what is wrong with that is exit code 5" },
  },
  completion: {
    ok: ["bash"],
    usage: ["tcsh"],
    refused: { never: "its script is made from the command table, and it opens no file" },
  },
};

let world: Installed;
beforeAll(() => {
  world = installed({ trainStep: 100, testStep: 100 });
  const put = (path: string, content: string): void => writeFileSync(join(world.folder, path), content);
  const recipe = (teacherPath: string, output: string, verb = "quantize"): string =>
    `teacher: ${teacherPath}
task: { name: text-classification, test: test.tsv, text: text, label: intent }
steps:
  - ${verb}: { kind: dynamic }
output: ${output}
measure: { batch: 1, budget: 0.05 }
`;
  put("tiny.yaml", recipe(teacher, "out/tiny"));
  put("typo.yaml", recipe(teacher, "out/no", "quantise"));
  put("broken.yaml", recipe("notes.onnx", "out/no"));
  put("notes.onnx", "these are no weights");
  put("notes.json", "these are no figures");
  put("unlabelled.tsv", "text\tintent\nhello there\tgreeting_of_no_kind\n");
  mkdirSync(join(world.folder, "stranger"));
  put("stranger/config.json", '{ "model_type": "bertt" }');
}, 60_000);
afterAll(() => rmSync(world.folder, { recursive: true }));

/** What a document on stdout says is wrong; a defect of minnow ends with 2 as well, and its kind is another. */
const ends = [
  { end: "ok", code: 0, kind: undefined },
  { end: "usage", code: exitCodes.usage, kind: "usage" },
  { end: "refused", code: exitCodes.input, kind: "input" },
] as const;

test("every command has a row, and every row a command", () => {
  expect(Object.keys(rows).sort()).toEqual(commands.map(({ name }) => name).sort());
});

const cells = Object.entries(rows).flatMap(([name, row]) =>
  ends.map((expected) => ({ ...expected, name, cell: row[expected.end] })),
);

describe("cells", () => {
  test.each(cells)("$name, $end: $code", ({ name, code, kind, cell }) => {
    if ("never" in cell) return expect(cell.never).toMatch(/^\w+ \w+ .{20}/);
    const ended = world.minnow(name, ...cell, "--json", "--progress", "none");
    expect({ code: ended.code, err: ended.err }, ended.out).toEqual({ code, err: "" });
    const { error } = JSON.parse(ended.out) as { readonly error?: { readonly kind: string } };
    expect(error?.kind).toBe(kind);
  });
});

test("what was refused left nothing behind", () => {
  expect(world.files("out/no")).toEqual([]);
  expect(world.files(".").filter((file) => file.endsWith("no.yaml"))).toEqual([]);
});

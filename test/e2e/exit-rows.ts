// The exit-code matrix as data: for every command a command line that ends in each way, or why there is none.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../docs/documents.ts";
import { teacher } from "./installed.ts";

/** Words of a command line after the command's name. */
export type Words = readonly string[];

export interface Line {
  readonly words: Words;
  /** A copy of a result is made before, with a file that is not as it was written. */
  readonly changed?: { readonly from: string; readonly to: string };
  /** The call that changes the disk at which the signal comes; without it, when progress was told three times. */
  readonly call?: number;
  /** A whole command line that is at work meanwhile, and is interrupted too. */
  readonly beside?: Words;
}

/** A command line, or why none ends so. */
export type Cell = Words | Line | { readonly never: string };

export interface Row {
  readonly ok: Cell;
  readonly gate: Cell;
  readonly usage: Cell;
  readonly refused: Cell;
  readonly interrupt: Cell;
}

const data = ["--train", "train.tsv", "--test", "test.tsv"];
const learning = ["--train", "train.tsv", "--label", "intent", "--epochs", "1"];
const student = ["--student.layers", "1", "--student.hidden", "48"];
const many = ["--data", "many.tsv", "--label", "intent"];
/** Stands for the address of the Redis server. */
export const redis = "redis://of-the-test";

const parityAlone = {
  never: "only a file that is not as its graph fails, and no command line brings that about",
};
const judgesNothing = { never: "it tells what it found and judges nothing: minnow gate does" };
const endsAtOnce = { never: "it ends within the second in which it began" };

/** Rows by command, and for some by what it is used for. The first one makes the run that gate, compare and verify read. */
export const rows: Readonly<Record<string, Row>> = {
  compress: {
    ok: ["tiny.yaml", "--cache", "kept"],
    gate: ["strict.yaml", "--cache", "kept"],
    usage: ["typo.yaml"],
    refused: ["broken.yaml", "--no-cache"],
    interrupt: ["long.yaml", "--cache", "stopped"],
  },
  "compress of a sweep": {
    ok: ["sweep.yaml", "--cache", "kept"],
    gate: ["strict-sweep.yaml", "--cache", "kept"],
    usage: ["sweep.yaml", "--jobs", "0"],
    refused: ["broken-sweep.yaml", "--no-cache"],
    interrupt: ["long-sweep.yaml", "--cache", "stopped"],
  },
  init: {
    ok: ["--teacher", teacher, ...data, "-o", "made.yaml"],
    gate: { never: "it writes a recipe; what that requires is judged when it is run" },
    usage: ["--teacher", teacher, ...data, "-o", "no.yaml", "--preset", "enormous"],
    refused: ["--teacher", "stranger", ...data, "-o", "no.yaml"],
    interrupt: {
      never: "it waits only for answers on a terminal: test/cli/init.test.ts interrupts it there",
    },
  },
  distill: {
    ok: [teacher, ...student, ...learning, "-o", "out/distilled"],
    gate: parityAlone,
    usage: [teacher, "--student.layers", "1", "-o", "out/no"],
    refused: ["notes.onnx", "--student.layers", "1", ...learning, "-o", "out/no"],
    interrupt: [teacher, ...student, ...learning, "--epochs", "400", "-o", "out/tiny"],
  },
  prune: {
    ok: [teacher, "--kind", "magnitude", "--sparsity", "0.3", "-o", "out/pruned"],
    gate: parityAlone,
    usage: [teacher, "--kind", "magnitude", "--sparsity", "3", "-o", "out/no"],
    refused: ["notes.onnx", "--kind", "magnitude", "--sparsity", "0.3", "-o", "out/no"],
    interrupt: [
      ...[teacher, "--kind", "magnitude", "--sparsity", "0.3", "--train", "train.tsv", "--label", "intent"],
      ...["--finetune.epochs", "200", "-o", "out/tiny"],
    ],
  },
  quantize: {
    ok: [teacher, "-o", "out/quantized"],
    gate: parityAlone,
    usage: [teacher, "--bits", "3", "-o", "out/no"],
    refused: ["notes.onnx", "-o", "out/no"],
    interrupt: [teacher, "--test", "many.tsv", "--label", "intent", "-o", "out/tiny"],
  },
  export: {
    ok: [teacher, "-o", "out/exported"],
    gate: parityAlone,
    usage: [teacher],
    refused: ["stranger", "-o", "out/no"],
    interrupt: { words: [teacher, "-o", "out/tiny"], call: 2 },
  },
  eval: {
    ok: [teacher, "--data", "test.tsv", "--label", "intent"],
    gate: judgesNothing,
    usage: [teacher, "--label", "intent"],
    refused: [teacher, "--data", "unlabelled.tsv", "--label", "intent"],
    interrupt: [teacher, ...many],
  },
  bench: {
    ok: [teacher, "--batch", "1", "--sequence", "8", "--budget", "0.05"],
    gate: judgesNothing,
    usage: [teacher, "--batch", "none"],
    refused: [teacher, "notes.onnx", "--batch", "1"],
    interrupt: { words: [teacher, "--batch", "1", "--budget", "20"], call: 1 },
  },
  inspect: {
    ok: [teacher],
    gate: judgesNothing,
    usage: [],
    refused: ["notes.onnx"],
    interrupt: endsAtOnce,
  },
  gate: {
    ok: ["out/tiny/report.json", "--require", "bytes <= 1 GB"],
    gate: ["out/tiny/report.json", "--require", "bytes <= 1 kB"],
    usage: ["out/tiny/report.json", "--require", "bytes <= 1 furlong"],
    refused: ["notes.json", "--require", "bytes <= 1 GB"],
    interrupt: endsAtOnce,
  },
  compare: {
    ok: ["out/tiny"],
    gate: judgesNothing,
    usage: ["out/tiny", "--across-dota"],
    refused: ["notes.json"],
    interrupt: ["out/tiny", "long.yaml", "--cache", "stopped", "-o", "out/no"],
  },
  worker: {
    ok: ["--queue", redis, "--drain"],
    gate: { never: "it sends results back; who asked for the trials judges them" },
    usage: ["--queue", "http://127.0.0.1"],
    refused: { never: "a recipe that it refuses is a result that it sends back, and it goes on" },
    interrupt: {
      words: ["--queue", redis, "--root", ".", "--root", join(root, "fixtures/models"), "--cache", "stopped"],
      beside: ["compress", "long-sweep.yaml", "--queue", redis],
    },
  },
  verify: {
    ok: ["out/tiny"],
    gate: { words: ["out/changed"], changed: { from: "out/tiny", to: "out/changed" } },
    usage: ["out/tiny", "out/tiny"],
    refused: ["nowhere"],
    interrupt: { words: ["out/tiny", "--rebuild"], call: 2 },
  },
  cache: {
    ok: ["ls", "--cache", "kept"],
    gate: { never: "cache verify takes away what is broken, and the next run makes it again" },
    usage: ["list", "--cache", "kept"],
    refused: {
      never: "it reads no input: cache verify names what is broken, and the next run makes it again",
    },
    interrupt: {
      never:
        "it ends at once, but for cache verify: test/cache/store.test.ts interrupts that between two entries",
    },
  },
  doctor: {
    ok: [],
    gate: { never: "what is wrong with the machine is exit code 5: test/cli/doctor.test.ts" },
    usage: ["everything"],
    refused: { never: "it reads the machine alone; what is wrong with that is exit code 5" },
    interrupt: endsAtOnce,
  },
  completion: {
    ok: ["bash"],
    gate: { never: "its script is made from the command table, and it checks nothing" },
    usage: ["tcsh"],
    refused: { never: "its script is made from the command table, and it opens no file" },
    interrupt: endsAtOnce,
  },
};

const quick = ["quantize: { kind: dynamic }"];
const long = ["distill: { student: { layers: 1, hidden: 48 }, start: projected, epochs: 100 }", ...quick];

const tables = 'sweep: { over: { "steps[0].quantize.tables": [true, false] } }';

/** Recipes by file: the output folder, the steps, and lines of their own. */
const recipes: Readonly<Record<string, RecipeParts>> = {
  "tiny.yaml": { output: "out/tiny", steps: quick },
  "strict.yaml": { output: "out/strict", steps: quick, more: "require: [bytes <= 1 kB]" },
  "typo.yaml": { output: "out/no", steps: ["quantise: { kind: dynamic }"] },
  "broken.yaml": { of: "notes.onnx", output: "out/no", steps: quick },
  "long.yaml": { output: "out/long", steps: long },
  "sweep.yaml": { output: "out/sweep", steps: quick, more: tables },
  "strict-sweep.yaml": {
    output: "out/strict-sweep",
    steps: quick,
    more: `${tables}\nbudget: [bytes <= 1 kB]`,
  },
  "broken-sweep.yaml": { of: "notes.onnx", output: "out/no-sweep", steps: quick, more: tables },
  "long-sweep.yaml": {
    output: "out/long-sweep",
    steps: long,
    more: 'sweep: { over: { "steps[0].distill.student.hidden": [48, 64] } }',
  },
};

interface RecipeParts {
  readonly of?: string;
  readonly output: string;
  readonly steps: readonly string[];
  readonly more?: string;
}

const recipeOf = ({ of = teacher, output, steps, more = "" }: RecipeParts): string => `teacher: ${of}
task: { name: text-classification, train: train.tsv, test: test.tsv, text: text, label: intent }
steps:
${steps.map((step) => `  - ${step}\n`).join("")}output: ${output}
measure: { batch: 1, budget: 0.05 }
${more}
`;

/** All test items, twenty times over: answering them takes seconds. */
function manyItems(): string {
  const [head, ...items] = readFileSync(join(root, "fixtures/intents/test.tsv"), "utf8").trim().split("\n");
  return `${[head, ...Array.from({ length: 20 }, () => items).flat()].join("\n")}\n`;
}

/** What the rows read, by path, besides what `installed` puts there. */
export const inputs: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(recipes).map(([name, parts]) => [name, recipeOf(parts)])),
  "notes.onnx": "these are no weights",
  "notes.json": "these are no figures",
  "unlabelled.tsv": "text\tintent\nhello there\tgreeting_of_no_kind\n",
  "many.tsv": manyItems(),
  "stranger/config.json": '{ "model_type": "bertt" }',
};

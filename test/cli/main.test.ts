// Commands, flags, exit codes and errors, in process: what goes to stdout, what to stderr, what is meant.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { AppError, type ErrorKind, exitCodes } from "../../src/base/index.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { globalFlags } from "../../src/cli/globals.ts";
import { main } from "../../src/cli/main.ts";
import { methods } from "../../src/methods/index.ts";
import type { InspectResult, Pipeline } from "../../src/pipeline/api.ts";
import { goodRecipe, recipeFolder } from "../recipe/world.ts";
import { record } from "./record.ts";
import { type FakeIo, fakeIo, fakePipeline } from "./world.ts";

interface Ran extends FakeIo {
  readonly code: number;
}

async function run(
  line: string | readonly string[],
  functions: Partial<Pipeline> = {},
  io: FakeIo = fakeIo(),
): Promise<Ran> {
  const argv = typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line;
  const code = await main(argv, io.io, { pipeline: fakePipeline(functions) });
  return { ...io, code };
}

const inspected: InspectResult = {
  path: "m",
  file: "m",
  format: "onnx",
  family: undefined,
  labels: ["a", "b"],
  parameters: 10,
  nonzero: 5,
  bytes: 40,
  inputs: [{ name: "x", dtype: "f32", shape: ["batch", 4] }],
  outputs: [{ name: "y", dtype: "f32", shape: ["batch", 2] }],
  layers: [
    { heads: 2, intermediate: 8 },
    { heads: 2, intermediate: 8 },
    { heads: 1, intermediate: 8 },
  ],
  ops: [{ op: "Gemm", count: 2 }],
  weights: [{ name: "w\u001b[31m", dtype: "f32", shape: [2, 5], bytes: 40, nonzero: 5 }],
};

describe("help", () => {
  it("of minnow begins with an example and names every command", async () => {
    const { code, out, err } = await run("--help");
    expect([code, err()]).toEqual([0, ""]);
    expect(out()).toMatchInlineSnapshot(`
      "minnow compresses transformers into small ONNX models.

      Example
        minnow compress recipes/quickstart.yaml

      Commands
        init        write a recipe for a teacher and its data
        compress    run a recipe: distil, prune, quantize, write the result and its report
        distill     train a smaller student on a teacher's answers
        prune       take out what matters least: weights, attention heads, neurons
        quantize    store and compute with integers
        export      write a Hugging Face folder as ONNX, unchanged
        eval        measure metrics on data, with intervals, also against another model
        bench       measure latency of models side by side, in turns
        inspect     show what is inside a model: inputs, layers, ops, weights
        gate        check a report against requirements; exit code 1 when one fails
        compare     set runs side by side: quality against bytes and latency, and which are worth having
        worker      run what minnow compress and compare put on a queue, here, until it is told to stop
        verify      check a result against its minnow.lock.json; exit code 1 when something differs
        cache       list, shrink, clear or check what is kept between runs
        doctor      check this machine: versions, engine, processor, memory, disk, folders
        completion  print a script that completes minnow's command lines in a shell

      Flags of every command
        --json         one JSON document on stdout, errors too
        --quiet        print nothing when all is well (but what --json asks for)
        --progress     how progress is shown on stderr; auto: bars on a terminal, else lines [one of auto,
                       plain, json, none; default: auto]
        --threads      threads of the engine (default: all cores)
        --color        colour on a terminal; --no-color or NO_COLOR turns it off
        --debug        stack traces of errors
        -h, --help     this help
        -V, --version  minnow's version

      minnow <command> --help tells more; docs/recipes.md has every key of a recipe.
      "
    `);
  });

  it.each(commands.map(({ name }) => name))("of %s has an example before the flags", async (name) => {
    const { code, out } = await run(`${name} --help`);
    expect(code).toBe(0);
    expect(out().indexOf(`\n  minnow ${name} `)).toBeLessThan(out().indexOf("Usage"));
    expect(out().slice(out().indexOf("Usage"))).not.toMatch(/.{111}|undefined/);
    expect(out()).not.toContain("\u001b");
    expect((await run(`help ${name}`)).out()).toBe(out());
    expect((await run(`${name} x -h`)).out()).toBe(out());
  });

  it("of eval in full", async () => {
    expect((await run("eval --help")).out()).toMatchInlineSnapshot(`
      "minnow eval: measure metrics on data, with intervals, also against another model

      Examples
        minnow eval out/mini --task text-classification --data test.tsv
        minnow eval out/mini --data test.tsv --label intent --against models/teacher

      Usage
        minnow eval <model> --data DATA [flags]
        <model>  Hugging Face folder, minnow output folder or .onnx file

      Flags
        --task     what the data asks of the model [default: text-classification]
        --data     a file, or file.json#key [required]
        --file     file of the model's folder that is meant in place of its result: model.safetensors,
                   onnx/model.onnx
        --against  second model: nearness of the answers, and paired difference
        --batch    items at once (default: 1)
        --items    the first so many items only
        --text     data: column (or key, a.b for one inside another) of the text; found in the rows when
                   left out [a text]
        --label    data: column (or key) of the class, by name or by index; found in the rows when left
                   out [a text]

      Flags of every command
        --json         one JSON document on stdout, errors too
        --quiet        print nothing when all is well (but what --json asks for)
        --progress     how progress is shown on stderr; auto: bars on a terminal, else lines [one of auto,
                       plain, json, none; default: auto]
        --threads      threads of the engine (default: all cores)
        --color        colour on a terminal; --no-color or NO_COLOR turns it off
        --debug        stack traces of errors
        -h, --help     this help
        -V, --version  minnow's version
      "
    `);
  });

  it("of a verb has a flag for each key of its methods, and every verb has a command", async () => {
    const verbs = [...new Set(methods.map(({ verb }) => verb))];
    expect(commands.map(({ name }) => name)).toEqual(expect.arrayContaining(verbs));
    expect((await run("distill --help")).out()).toMatch(
      /--student\.layers +encoder layers \[a whole number from 1 to 200; required\]/,
    );
  });

  it("of prune has the flags of each kind by themselves, with dashes, and the data's after them", async () => {
    const text = (await run("prune --help")).out();
    const titles = ["Flags", "Flags of --kind magnitude", "Flags of --kind heads", "Flags of --kind neurons"];
    const sections = text.split(/\n\n(?=Flags)/).slice(1);
    expect(sections.map((section) => section.split("\n")[0])).toEqual([
      ...titles,
      "Flags of every kind",
      "Flags of the data",
      "Flags of every command",
    ]);
    const flagsOf = (title: string): readonly string[] =>
      [...(sections[titles.indexOf(title)] ?? "").matchAll(/--([a-z][\w.-]*)/gi)].map(
        (found) => found[1] ?? "",
      );
    expect(flagsOf("Flags of --kind magnitude")).toContain("sparsity");
    expect(flagsOf("Flags of --kind magnitude")).not.toContain("ratio");
    expect(flagsOf("Flags of --kind heads")).toContain("ratio");
    expect(text).toMatch(/Flags of every kind.*--finetune\.learning-rate.*Flags of the data/s);
    expect(flagsOf("Flags")).not.toContain("ratio");
    expect(text.replace(/\[[^\]]*\]/g, "")).not.toMatch(/--[\w.-]*[a-z][A-Z]/);
  });

  it("is what minnow says when it is asked nothing", async () => {
    const { code, out, err } = await run("");
    expect([code, err()]).toEqual([0, ""]);
    expect(out()).toBe((await run("--help")).out());
  });

  it("has no key of a method or task that is also a flag of the command", async () => {
    for (const { more, flags } of commands) {
      const own = [...Object.keys(flags), ...Object.keys(globalFlags)];
      expect(Object.keys((await more?.()) ?? {}).filter((name) => own.includes(name))).toEqual([]);
    }
  });

  it("gives the version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    for (const flag of ["--version", "-V"]) expect((await run(flag)).out()).toBe(`${version}\n`);
  });
});

const usage: readonly (readonly [line: string, message: string])[] = [
  [
    "--quiet",
    "minnow: expected a command. Hint: minnow --help lists them, minnow --version says which minnow this is",
  ],
  [
    "--json=",
    "minnow: expected a command. Hint: minnow --help lists them, minnow --version says which minnow this is",
  ],
  ["compres x", 'minnow compres: there is no such command. Hint: did you mean "compress"?'],
  [
    "zzzzzzzzz",
    "minnow zzzzzzzzz: there is no such command. Hint: known: init, compress, distill, prune, quantize, export, eval, bench, inspect, gate, compare, worker, verify, cache, doctor, completion",
  ],
  [
    "compress",
    "minnow compress: expected <recipe>: a YAML file, or - for the standard input; docs/recipes.md has every key. Hint: minnow compress --help shows how it is used",
  ],
  [
    "compress a b",
    'minnow compress: it takes <recipe>; "b" is one too many. Hint: minnow compress --help shows how it is used',
  ],
  ["compress a --quite", '--quite: there is no such flag. Hint: did you mean "--quiet"?'],
  [
    "compress a --zzzzzzzzzzz",
    "--zzzzzzzzzzz: there is no such flag. Hint: minnow compress --help lists the flags",
  ],
  ["compress a -x", "-x: there is no such flag. Hint: minnow compress --help lists the flags"],
  [
    "compress a --progress jsn",
    '--progress: "jsn" is not one of auto, plain, json, none. Hint: did you mean "json"?',
  ],
  ["compress a --threads two", "--threads: expected a number"],
  ["compress a --threads 0", "--threads: 0 is not a whole number of at least 1"],
  ["compress nope.yaml", "nope.yaml: the recipe cannot be read: there is no such file or folder"],
  ["export m", "-o, --output: it is missing. Hint: minnow export --help shows how it is used"],
  ["export m -o", "-o, --output: expected a value"],
  ["eval m", "--data: it is missing. Hint: minnow eval --help shows how it is used"],
  [
    "eval m --data d --task text-clasification",
    '"text-clasification" is not a task. Hint: did you mean "text-classification"?',
  ],
  ["eval m --data d --batch 0", "--batch: 0 is not a whole number of at least 1"],
  ["eval m --data d --lable x", '--lable: there is no such flag. Hint: did you mean "--label"?'],
  [
    "bench",
    "minnow bench: expected <model>: models; speed-ups are over the first. Hint: minnow bench --help shows how it is used",
  ],
  ["bench m --batch 1,x", '--batch: "x" is not a whole number of at least 1'],
  ["bench m --budget -1", "--budget: -1 is not a number above 0"],
  ["prune m -o o", "--kind: it is missing. Hint: minnow prune --help shows how it is used"],
  [
    "prune m -o o --kind head",
    '--kind: "head" is not one of magnitude, heads, neurons. Hint: did you mean "heads"?',
  ],
  ["prune m -o o --kind heads", "--ratio: it is missing; expected a number of at least 0 and below 1"],
  ["prune m -o o --kind magnitude --sparsity 1", "--sparsity: 1 is not a number of at least 0 and below 1"],
  [
    "prune m -o o --kind magnitude --sparsity .5 --finetune.epoch 1",
    '--finetune.epoch: there is no such flag. Hint: did you mean "--finetune.epochs"?',
  ],
  [
    "distill m -o o --learning-rates 1",
    '--learning-rates: there is no such flag. Hint: did you mean "--learning-rate"?',
  ],
  [
    "prune m -o o --kind heads --ratio 0 --finetune.learning-rate 2",
    "--finetune.learning-rate: 2 is not a number above 0 and of at most 1",
  ],
  [
    "distill m -o o --train t --layers 1",
    '--layers: there is no such flag. Hint: did you mean "--student.layers"?',
  ],
  ["quantize m -o o --kind static", '--kind: "static" is not dynamic, the only choice'],
  ["quantize m -o o --bits 3", "--bits: 3 is not 8"],
  [
    "cache prune --max-bytes 1XB",
    '--max-bytes: "1XB" is not a size. Hint: write it as 500000000, 500MB, 1GB or 1GiB',
  ],
  ["distill m -o o --train t", "--student.layers: it is missing; expected a whole number from 1 to 200"],
  ["quantize m -o o --label x", "--label: it needs --train or --test beside it"],
  [
    "completion",
    "minnow completion: expected <shell>: the shell that reads it. Hint: minnow completion --help shows how it is used",
  ],
  ["completion bsh", '<shell>: "bsh" is not one of bash, zsh, fish. Hint: did you mean "bash"?'],
  [
    "doctor now",
    'minnow doctor: it takes nothing; "now" is one too many. Hint: minnow doctor --help shows how it is used',
  ],
  ["distill m -o o --student.layers 2", "--train: it is missing; this step learns from data"],
];

describe("usage errors", () => {
  it.each(usage)("minnow %s", async (line, message) => {
    const { code, out, err } = await run(line);
    expect(err()).toBe(`error: ${message}\n`);
    expect([code, out()]).toEqual([2, ""]);
  });

  it("are one JSON document on stdout with --json", async () => {
    const { code, out, err } = await run("compress a --quite --json");
    expect([code, err()]).toEqual([2, ""]);
    expect(JSON.parse(out())).toEqual({
      schema: "minnow.error/1",
      error: {
        kind: "usage",
        path: "--quite",
        message: "there is no such flag",
        hint: 'did you mean "--quiet"?',
      },
    });
  });

  it("of a recipe are told all at once, before the pipeline is loaded", async () => {
    const folder = recipeFolder();
    writeFileSync(
      join(folder, "r.yaml"),
      "teacher: teacher\nseed: x\ntask: { name: text-classification, test: test.tsv }\nsteps: [{ prun: 1 }]\noutput: o\n",
    );
    const { code, err } = await run("compress r.yaml", {}, fakeIo({ cwd: folder }));
    expect(code).toBe(2);
    expect(err()).toBe(
      'error: r.yaml:2:7 seed: "x" is not a whole number of at least 0\n' +
        'error: r.yaml:4:11 steps[0].prun: there is no such key. Hint: did you mean "prune"?\n',
    );
  });
});

const failures = (Object.keys(exitCodes) as ErrorKind[]).map((kind) => [kind, exitCodes[kind]] as const);

describe("exit codes", () => {
  it.each(failures)("%s is %d", async (kind, code) => {
    const error = new AppError(kind, "it broke", { path: "x.onnx", hint: "try again", facts: { a: 1 } });
    const functions: Partial<Pipeline> = { inspectModel: () => Promise.reject(error) };
    const ran = await run("inspect m", functions);
    expect([ran.code, ran.out(), ran.err()]).toEqual([
      code,
      "",
      "error: x.onnx: it broke. Hint: try again\n",
    ]);
    const json = await run("inspect m --json", functions);
    expect(json.code).toBe(code);
    expect(JSON.parse(json.out()).error).toEqual({
      kind,
      path: "x.onnx",
      message: "it broke",
      hint: "try again",
      facts: { a: 1 },
    });
  });

  const strangers: readonly (readonly [unknown, number, string])[] = [
    [new TypeError("x is not a function"), 2, "error: x is not a function. Hint: this is a defect of minnow"],
    [
      Object.assign(new Error("ENOSPC"), { code: "ENOSPC", path: "out/m" }),
      5,
      "error: out/m: failed: no space is left on the disk",
    ],
    [
      new RangeError("Array buffer allocation failed"),
      5,
      "error: memory ran out: Array buffer allocation failed",
    ],
    ["a text", 2, "error: a text. Hint: this is a defect"],
  ];
  it.each(strangers)("%s is %d", async (error, code, message) => {
    const ran = await run("inspect m", { inspectModel: () => Promise.reject(error) });
    expect(ran.err().slice(0, message.length)).toBe(message);
    expect(ran.code).toBe(code);
    expect(ran.err()).not.toMatch(/\n +at /);
  });

  it("stack traces are for --debug", async () => {
    const error = new AppError("input", "it broke", { cause: new Error("inner") });
    const ran = await run("inspect m --debug", { inspectModel: () => Promise.reject(error) });
    expect(ran.err()).toMatch(
      /^error: it broke\nAppError: it broke\n +at [\s\S]*caused by Error: inner\n +at /,
    );
  });

  it("are published in docs/exit-codes.md", () => {
    const text = readFileSync("docs/exit-codes.md", "utf8");
    const rows = [...text.matchAll(/^\| (\d+) \| `?([\w`, -]+?)`? \|/gm)].flatMap(([, code, kinds = ""]) =>
      kinds.split(", ").map((kind) => [kind.replaceAll("`", ""), Number(code)]),
    );
    expect(Object.fromEntries(rows.filter(([kind]) => kind !== "-"))).toEqual(exitCodes);
  });

  it("an interruption is 130 whatever the work throws because of it", async () => {
    const io = fakeIo();
    const ran = await run(
      "inspect m",
      {
        inspectModel: async () => {
          io.controller.abort(new AppError("interrupted", "interrupted"));
          throw new Error("session was disposed");
        },
      },
      io,
    );
    expect(ran.code).toBe(130);
    expect(ran.err()).toBe(
      'info message="interrupted; ending at the next safe point, a second signal leaves at once"\nerror: interrupted\n',
    );
  });
});

describe("what commands say", () => {
  it("compress -: the recipe from the standard input, paths relative to the current folder", async () => {
    const folder = recipeFolder();
    const io = (text: string): FakeIo => {
      const world = fakeIo({ cwd: folder });
      return { ...world, io: { ...world.io, in: Readable.from([text.slice(0, 9), text.slice(9)]) } };
    };
    const recipe = goodRecipe;
    const asked: unknown[] = [];
    const dryRun: Pipeline["dryRun"] = async ({ emit, signal, ...options }) => {
      asked.push(options);
      return { recipe: options.recipePath, output: "out", unchanged: false, steps: [] };
    };
    const { code, err } = await run("compress - --dry-run --no-cache", { dryRun }, io(recipe));
    expect([code, err()]).toEqual([0, ""]);
    expect(asked).toEqual([{ recipePath: "stdin", recipeText: recipe, cwd: folder }]);
    const wrong = await run("compress -", {}, io(recipe.replace("ratio", "ratoi")));
    expect(wrong.code).toBe(2);
    expect(wrong.err()).toContain("stdin:5:27 steps[1].prune.ratoi: there is no such key");
    const empty = await run("compress -", {}, io(""));
    expect([empty.code, empty.err()]).toEqual([2, expect.stringContaining("stdin:1:1")]);
  });

  it("compress -: a signal ends the wait for the rest of it", async () => {
    const world = fakeIo();
    const ran = run("compress -", {}, { ...world, io: { ...world.io, in: new PassThrough() } });
    world.controller.abort(new AppError("interrupted", "interrupted"));
    expect((await ran).code).toBe(130);
  });

  it("compress: a table, the result, warnings and where it lies, on stdout", async () => {
    const folder = recipeFolder();
    const text =
      "teacher: teacher\ntask: { name: text-classification, test: test.tsv }\nsteps: [{ quantize: }]\noutput: out/mini\n";
    writeFileSync(join(folder, "r.yaml"), text);
    const asked: unknown[] = [];
    const compress: Pipeline["compress"] = async ({ emit, signal, ...options }) => {
      asked.push(options);
      emit?.({ kind: "done", id: "teacher", seconds: 1 });
      return record;
    };
    const ran = await run("compress r.yaml --threads 2 --no-cache", { compress }, fakeIo({ cwd: folder }));
    expect(asked).toEqual([{ recipePath: "r.yaml", cwd: folder, threads: 2 }]);
    expect([ran.code, ran.err()]).toEqual([0, "done step=teacher seconds=1.0\n"]);
    expect(ran.out()).toMatchInlineSnapshot(`
      "stage             accuracy            95 %    bytes     gzip    non-zero  batch 1 p50  speed-up
      teacher            96.00 %  95.00 to 97.00  91.2 MB  82.1 MB  22,800,000      8.00 ms
      distill            92.00 %  91.00 to 93.00  20.0 MB  18.0 MB   5,000,000      2.00 ms     4.00x
      quantize.dynamic   91.80 %  90.80 to 92.80  5.20 MB  4.68 MB   1,300,000      1.00 ms     8.00x

      quantize.dynamic against teacher: 17.5x smaller, 8.00x faster at batch 1 (speed-up 7.50 to 8.50), accuracy -4.20 points (-5.00 to -3.40)
      warning: quantize.dynamic: Takes 1.20 times the memory of distill.
      1 refusal; the report says which and why
      out/mini was written in 6 min 53 s; read out/mini/report.html

      keep    npx minnow gate out/mini --require "accuracy >= teacher - 5pt" --require "bytes <= 5.2 MB"
      "
    `);
    const json = await run("compress r.yaml --json", { compress }, fakeIo({ cwd: folder }));
    expect(JSON.parse(json.out())).toEqual(record);
    const quiet = await run("compress r.yaml --quiet", { compress }, fakeIo({ cwd: folder }));
    expect([quiet.code, quiet.out(), quiet.err()]).toEqual([0, "", ""]);
  });

  it("compress: says that nothing measured quality, and that no byte was won", async () => {
    const folder = recipeFolder();
    const task = "task: { name: text-classification, test: test.tsv }";
    const text = `teacher: teacher\n${task}\nsteps: [{ quantize: }]\noutput: out/mini\n`;
    writeFileSync(join(folder, "r.yaml"), text);
    const stages = record.stages.map((stage) => ({ ...stage, metrics: {} }));
    const result = { stage: "prune.magnitude", smaller: 1.004 };
    const compress: Pipeline["compress"] = async () => ({ ...record, stages, result });
    const out = (await run("compress r.yaml", { compress }, fakeIo({ cwd: folder }))).out();
    expect(out).toContain("prune.magnitude against teacher: of the same size\n");
    expect(out).toContain("quality was not measured: no test data was given (--test FILE");
  });

  it("inspect: facts in lines, control characters of names shown as such", async () => {
    const inspectModel = async () => inspected;
    expect((await run("inspect m --weights", { inspectModel })).out()).toMatchInlineSnapshot(`
      "m
      format      onnx
      family      not known
      labels      2: a, b
      parameters  10
      non-zero    5 (50.00 %)
      weights     40 B
      inputs      x: f32[batch, 4]
      outputs     y: f32[batch, 2]
      layers      2 x (2 heads, 8 wide), 1 x (1 head, 8 wide)
      ops         Gemm 2

      weight     type  shape   bytes  non-zero
      w\\x1b[31m  f32   [2, 5]   40 B         5
      "
    `);
    expect((await run("inspect m", { inspectModel })).out()).not.toContain("w\u001b");
    expect(JSON.parse((await run("inspect m --json", { inspectModel })).out())).toMatchObject({
      schema: "minnow.inspect/1",
      parameters: 10,
    });
  });

  it("eval: a row for each metric", async () => {
    const metric = { name: "accuracy", unit: "share" as const, value: 0.95, low: 0.94, high: 0.96, n: 1000 };
    const asked: unknown[] = [];
    const evaluateModel: Pipeline["evaluateModel"] = async ({ emit, signal, ...options }) => {
      asked.push(options);
      const kl = { ...metric, name: "kl", unit: "nats" as const, value: 0.0123, low: 0.01, high: 0.015 };
      return {
        model: "m",
        file: "m",
        data: "d",
        items: 1000,
        metrics: [metric],
        against: { model: "t", metrics: [metric], paired: [kl] },
        seconds: 2,
      };
    };
    const ran = await run("eval m --data d --against t --label intent --items 5", { evaluateModel });
    expect(asked).toEqual([
      {
        model: "m",
        data: "d",
        task: "text-classification",
        against: "t",
        items: 5,
        params: { label: "intent" },
        cwd: process.cwd(),
      },
    ]);
    expect(ran.out()).toMatchInlineSnapshot(`
      "model   metric          value          low         high
      m       accuracy      95.00 %      94.00 %      96.00 %
      t       accuracy      95.00 %      94.00 %      96.00 %
      paired  kl        0.0123 nats  0.0100 nats  0.0150 nats

      1,000 items of d in 2.0 s; low and high bound the 95 % interval
      "
    `);
  });

  it("bench and export", async () => {
    const row = {
      model: "m",
      file: "m",
      batch: 1,
      sequence: 32,
      runs: 9,
      p50Ms: 1.234,
      p90Ms: 2,
      p95Ms: 3,
      throughput: 810.4,
      bytes: 1_500_000,
    };
    const asked: unknown[] = [];
    const ran = await run("bench a b --batch 1,8", {
      benchModels: async ({ models, batches, budget, sequence }) => {
        asked.push({ models, batches, budget, sequence });
        const speedup = { value: 2.5, low: 2.25, high: 2.75 };
        return {
          machine: { cpu: "cpu", cores: 2, threads: 2, engine: "ort 1" },
          rows: [row, { ...row, model: "b", speedup }],
        };
      },
    });
    expect(asked).toEqual([{ models: ["a", "b"], batches: [1, 8], budget: 10, sequence: undefined }]);
    expect(ran.out()).toMatchInlineSnapshot(`
      "model  batch  length      p50      p90      p95  items/s  speed-up          95 %    bytes
      m          1      32  1.23 ms  2.00 ms  3.00 ms      810                          1.50 MB
      b          1      32  1.23 ms  2.00 ms  3.00 ms      810     2.50x  2.25 to 2.75  1.50 MB

      cpu, 2 cores, 2 threads, ort 1
      "
    `);
    const exported = await run("export f -o o", {
      exportModel: async () => ({
        output: "o",
        files: [{ path: "onnx/model.onnx", bytes: 5e6 }],
        parity: { maxDifference: 2e-6, tolerance: 1e-4 },
        seconds: 1.5,
      }),
    });
    expect(exported.out()).toMatchInlineSnapshot(`
      "file               bytes
      onnx/model.onnx  5.00 MB

      outputs differ by at most 2.0e-6 from the model in memory (allowed: 1.0e-4)
      o was written in 1.5 s
      "
    `);
  });
});

describe("flags of a step", () => {
  const cases: readonly (readonly [string, object])[] = [
    ["quantize m -o o", { method: "quantize.dynamic", params: {}, seed: 7 }],
    [
      "quantize m -o o --kind dynamic --no-tables --seed 3",
      { method: "quantize.dynamic", params: { tables: false }, seed: 3 },
    ],
    [
      "prune m -o o --kind magnitude --sparsity 0.5 --scope layer",
      { method: "prune.magnitude", params: { sparsity: 0.5, scope: "layer" }, seed: 7 },
    ],
    [
      "prune m -o o --kind heads --ratio .25 --finetune.epochs 2 --finetune.learningRate 1e-4 --train a.tsv --test b.tsv --label intent --teacher t",
      {
        method: "prune.heads",
        seed: 7,
        teacher: "t",
        params: { ratio: 0.25, finetune: { epochs: 2, learningRate: 1e-4 } },
        task: { name: "text-classification", train: "a.tsv", test: "b.tsv", params: { label: "intent" } },
      },
    ],
    [
      "distill m -o o --student.layers 3 --start teacher-layers --from 0,2,5 --train a.tsv",
      {
        method: "distill",
        seed: 7,
        params: { student: { layers: 3 }, start: "teacher-layers", from: [0, 2, 5] },
        task: { name: "text-classification", train: "a.tsv", params: {} },
      },
    ],
  ];
  it.each(cases)("minnow %s", async (line, expected) => {
    let asked: object = {};
    const ran = await run(line, {
      runStep: async ({ emit, signal, ...options }) => {
        asked = options;
        return record;
      },
    });
    expect([ran.err(), ran.code]).toEqual(["", 0]);
    expect(asked).toEqual({ model: "m", output: "o", cwd: process.cwd(), ...expected });
    expect(ran.out()).toContain(`o was written in 6 min 53 s; read ${join("o", "report.html")}`);
  });

  it("global flags may stand before the command", async () => {
    const ran = await run("--json --progress none inspect m", { inspectModel: async () => inspected });
    expect(JSON.parse(ran.out()).path).toBe("m");
  });
});

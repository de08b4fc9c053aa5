// The real bin as a process: start-up, streams, signals, broken pipes. It runs what `npm run build` made.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";

const bin = resolve("bin/minnow.js");

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly milliseconds: number;
}

const start = (...args: readonly string[]) => launch(bin, ...args);

function launch(...args: readonly string[]): {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
} {
  const begin = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Ended>((settle) => {
    child.on("close", (code) => settle({ code, out, err, milliseconds: performance.now() - begin }));
  });
  return { child, ended };
}

const seen = (child: ChildProcess, words: string): Promise<void> =>
  new Promise((settle) => {
    let text = "";
    child.stderr?.on("data", (chunk) => {
      text += chunk;
      if (text.includes(words)) settle();
    });
  });

/** Files and packages that a module imports before it does anything. */
function staticImports(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, clause = "", target = ""] of text.matchAll(
    /^(?:import|export)\s([^;]*?)\sfrom "([^"]+)";/gm,
  )) {
    const erased = clause.startsWith("type ") || /^\{(\s*type [^,}]+,?)+\s*\}$/.test(clause);
    if (erased) continue;
    if (target.startsWith(".")) staticImports(join(dirname(file), target), found);
    else found.add(target);
  }
  return found;
}

describe("start-up", () => {
  it("loads no package, and no layer but base and cli", () => {
    const found = [...staticImports("src/cli/start.ts")];
    expect(found.filter((name) => !name.endsWith(".ts") && !name.startsWith("node:"))).toEqual([]);
    expect(found.filter((name) => name.endsWith(".ts") && !/^src\/(base|cli)\//.test(name))).toEqual([]);
  });

  it("shows --help within 150 ms, or 2.5 times what bare node takes on a busy machine (the best of ten)", async () => {
    let best = Number.POSITIVE_INFINITY;
    let bare = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 10 && best >= 150; i++) {
      best = Math.min(best, (await start("--help").ended).milliseconds);
      bare = Math.min(bare, (await launch("-e", "0").ended).milliseconds);
    }
    expect(best).toBeLessThan(Math.max(150, 2.5 * bare));
  });
});

describe("streams", () => {
  it("gives data on stdout, messages on stderr, and the exit code", async () => {
    const help = await start("--help").ended;
    expect([help.code, help.err]).toEqual([0, ""]);
    expect(help.out).toContain("minnow compress recipes/quickstart.yaml");
    const wrong = await start("compres").ended;
    expect([wrong.code, wrong.out, wrong.err]).toEqual([
      2,
      "",
      'error: minnow compres: there is no such command. Hint: did you mean "compress"?\n',
    ]);
    const recipe = await start("compress", "nope.yaml", "--json").ended;
    expect(recipe.code).toBe(2);
    expect(JSON.parse(recipe.out).error).toMatchObject({ kind: "usage", path: "nope.yaml" });
  });

  it("ends with 141 when the reader of stdout is gone", async () => {
    const { child, ended } = start("prune", "--help");
    child.stdout?.destroy();
    expect((await ended).code).toBe(141);
  });
});

const teacher = "fixtures/models/intents-teacher";

describe.skipIf(!existsSync(teacher))("signals", () => {
  const work = [
    "eval",
    teacher,
    "--data",
    "fixtures/intents/train.tsv",
    "--label",
    "intent",
    "--progress",
    "json",
  ];

  it.each([
    ["SIGINT", 130, "interrupted"],
    ["SIGTERM", 143, "asked to terminate"],
  ] as const)("%s ends the work at a safe point with %d", async (signal, code, words) => {
    const { child, ended } = start(...work);
    await seen(child, '"kind":"progress"');
    child.kill(signal);
    const { code: got, out, err } = await ended;
    expect([got, out]).toEqual([code, ""]);
    expect(err).toContain(`error: ${words}\n`);
    expect(err).toContain(`${words}; ending at the next safe point`);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends a reader that is busy at once", async (signal, code) => {
    const folder = mkdtempSync(join(tmpdir(), "minnow-busy-"));
    try {
      // a tokenizer at work on a million rows
      const rows = "a long row of many words that is to be cut into tokens\tweather\n".repeat(1_000_000);
      writeFileSync(join(folder, "large.tsv"), `text\tintent\n${rows}`);
      const { child, ended } = start(
        "eval",
        teacher,
        "--data",
        join(folder, "large.tsv"),
        "--label",
        "intent",
      );
      const exit = new Promise((settle) => child.on("exit", (left, by) => settle(by ?? left)));
      await setTimeout(2500);
      const begin = performance.now();
      child.kill(signal);
      expect([signal, code]).toContain(await exit);
      expect(performance.now() - begin).toBeLessThan(1000);
      expect((await ended).out).toBe("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("a second one leaves at once", async () => {
    const { child, ended } = start(...work);
    await seen(child, '"kind":"progress"');
    child.kill("SIGINT");
    child.kill("SIGTERM");
    expect([130, 143]).toContain((await ended).code);
  });
});

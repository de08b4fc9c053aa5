// minnow completion: bash really completes; zsh and fish take their scripts where they are, and nothing is missing in them.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commands } from "../../src/cli/commands/index.ts";
import { scripts, wordsOf } from "../../src/cli/completion/index.ts";
import type { ProgramWords } from "../../src/cli/completion/words.ts";
import { main } from "../../src/cli/main.ts";
import { fakeIo } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "minnow-completion-"));
mkdirSync(join(folder, "models"));
writeFileSync(join(folder, "model one.onnx"), "");

function fileOf(name: string, text: string): string {
  const path = join(folder, `.${name}`);
  writeFileSync(path, text);
  return path;
}

async function script(shell: string): Promise<string> {
  const io = fakeIo();
  expect(await main(["completion", shell], io.io)).toBe(0);
  return io.out();
}

const ask = `source <(cat "$1"); shift
COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _minnow
for one in "\${COMPREPLY[@]}"; do printf '%s\\n' "$one"; done`;

/** What bash offers for the last word, in its order. */
function offered(file: string, words: readonly string[]): readonly string[] {
  const args = ["--norc", "-uc", ask, "bash", file, "minnow", ...words];
  const { stdout, stderr } = spawnSync("bash", args, { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").slice(0, -1);
}

/** Words that mean something to shells. */
const choices = ["it's", "a b", "$(touch pwned)", "*", "`id`:x"];

/** The same in every place. */
const hostile: ProgramWords = {
  flags: [],
  commands: [
    {
      name: "run",
      describe: 'it\'s [a] \\ `test` $(touch pwned): "quoted" $HOME',
      flags: [
        {
          names: ["--say"],
          describe: "it's [a] \\ `test` $(touch pwned): $HOME",
          value: { kind: "choices", choices },
        },
      ],
      positionals: [
        { name: "first", many: false, value: { kind: "choices", choices: ["one", "two"] } },
        { name: "rest", many: true, value: { kind: "files" } },
      ],
    },
  ],
};

describe("bash", async () => {
  const file = fileOf("bash", await script("bash"));
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["qu", ["quantize"]],
    ["--progress json ins", ["inspect"]],
    ["--progress = json ins", ["inspect"]],
    ["--js", ["--json"]],
    ["prune --ki", ["--kind"]],
    ["prune m --no-co", ["--no-color"]],
    ["quantize m --no-t", ["--no-tables"]],
    [
      "distill --student.",
      ["--student.layers", "--student.hidden", "--student.heads", "--student.intermediate"],
    ],
    ["prune --kind ", ["magnitude", "heads", "neurons"]],
    ["prune --kind h", ["heads"]],
    ["prune --kind =", ["magnitude", "heads", "neurons"]],
    ["prune --kind = n", ["neurons"]],
    ["prune --scope ", ["global", "layer"]],
    ["eval --progress ", ["auto", "plain", "json", "none"]],
    ["eval --batch ", []],
    ["eval m --data ", ["model one.onnx", "models"]],
    ["export -o mod", ["model one.onnx", "models"]],
    ["inspect ", ["model one.onnx", "models"]],
    ["inspect -o mod x ", []],
    ["inspect m ", []],
    ["inspect --threads 2 ", ["model one.onnx", "models"]],
    ["inspect -- --", []],
    ["bench a b mod", ["model one.onnx", "models"]],
    ["completion ", ["bash", "zsh", "fish"]],
    ["completion --json z", ["zsh"]],
    ["completion zsh ", []],
    ["doctor ", []],
    ["nothing --", []],
    ["zzz", []],
  ];
  it.each(cases)("minnow %s", (line, expected) => {
    const found = offered(file, line.split(" "));
    // files come in the order of the folder
    expect([...found].filter((one) => !one.startsWith(".")).sort()).toEqual([...expected].sort());
  });

  it("offers every command, and every flag of each", async () => {
    const { commands: all } = await wordsOf(commands);
    expect(all.map(({ name }) => name)).toEqual(commands.map(({ name }) => name));
    expect(offered(file, [""])).toEqual(expect.arrayContaining(all.map(({ name }) => name)));
    for (const { name, flags } of all)
      expect(offered(file, [name, "-"])).toEqual(flags.flatMap(({ names }) => names));
  });

  it("offers hostile words as they are, and runs none of them", () => {
    const own = fileOf("hostile", scripts.bash(hostile));
    expect(offered(own, ["run", "--say", ""])).toEqual(choices);
    expect(offered(own, ["run", ""])).toEqual(["one", "two"]);
    expect(offered(own, ["run", "one", "x", ""])).not.toContain("pwned");
    expect(offered(own, ["run", "one", "x", "models"])).toEqual(["models"]);
  });
});

/** A string in fish: a backslash means something only before a quote or a backslash. */
const fishString = /'((?:[^'\\]|\\.)*)'/g;

/** What can be said of a script without its shell: this zsh is also bash's grammar, and fish's quotes close. */
const withoutShell: Readonly<Record<string, (text: string) => boolean>> = {
  zsh: (text) => accepted("bash", text),
  fish: (text) =>
    text
      .split("\n")
      .filter((line) => line.startsWith("complete "))
      .every((line) => /^complete -c minnow( -[nlsarFfd]| @)+$/.test(line.replace(fishString, "@"))),
};

/** True when the shell takes the script. */
function accepted(shell: string, text: string): boolean {
  const { error, status } = spawnSync(shell, ["-n", fileOf(shell, text)]);
  return error ? (withoutShell[shell]?.(text) ?? false) : status === 0;
}

describe.each(["bash", "zsh", "fish"] as const)("the script for %s", (shell) => {
  it("is taken by the shell, and has all commands, flags and choices", async () => {
    const text = await script(shell);
    expect(accepted(shell, text)).toBe(true);
    const { commands: all } = await wordsOf(commands);
    for (const { name, flags } of all) {
      expect(text).toContain(name);
      for (const flag of flags.flatMap(({ names }) => names))
        expect(text).toContain(shell === "fish" ? flag.replace(/^-+/, "") : flag);
    }
    expect(text).toContain("magnitude heads neurons");
    expect(text).not.toMatch(/undefined|\[object|NaN/);
  });

  it("is a document with --json", async () => {
    const io = fakeIo();
    expect(await main(["completion", shell, "--json"], io.io)).toBe(0);
    expect(JSON.parse(io.out())).toEqual({
      schema: "minnow.completion/1",
      shell,
      script: await script(shell),
    });
  });

  it("is taken with hostile words", () => {
    expect(accepted(shell, scripts[shell](hostile))).toBe(true);
  });
});

const lineWith = (text: string, words: string): string =>
  text.split("\n").find((line) => line.includes(words)) ?? "";

/** The words of a line as a shell of Bourne's family reads them; bash quotes as zsh does. */
const readByBash = (line: string): readonly string[] =>
  spawnSync("bash", ["--norc", "-c", `set -f; words=(${line}); printf '%s\\n' "\${words[@]}"`], {
    cwd: folder,
    encoding: "utf8",
  })
    .stdout.split("\n")
    .slice(0, -1);

/** What fish reads between the quotes of a line. */
const readByFish = (line: string): readonly string[] =>
  [...line.matchAll(fishString)].map(([, inside = ""]) => inside.replace(/\\(['\\])/g, "$1"));

describe("escaping", () => {
  it("for zsh: quotes for the shell, brackets and colons for _arguments", () => {
    const [specification = ""] = readByBash(lineWith(scripts.zsh(hostile), "--say").replace(/ \\$/, ""));
    const parts = /^--say=\[(.*)\]:say:\((.*)\)$/.exec(specification);
    expect(parts?.[1]).toBe("it's \\[a\\] \\\\ `test` $(touch pwned): $HOME");
    expect(readByBash(parts?.[2] ?? "")).toEqual(choices);
    expect(parts?.[2]).toContain("\\:x");
    expect(readByBash(lineWith(scripts.zsh(hostile), "run:"))).toEqual([
      `run:${hostile.commands[0]?.describe}`,
    ]);
  });

  it("for fish: quotes and backslashes, and once more for words that are read twice", () => {
    const line = lineWith(scripts.fish(hostile), "-l 'say'");
    const [condition, name, words = "", describes] = readByFish(line);
    expect([condition, name]).toEqual(["__minnow_at 'run'", "say"]);
    expect(describes).toBe(hostile.commands[0]?.flags[0]?.describe);
    const twice = [...words.matchAll(/(?:[^\\ ]|\\.)+/g)].map(([word]) => word.replace(/\\(.)/g, "$1"));
    expect(twice).toEqual(choices);
    expect(words).not.toMatch(/(?<!\\)[$(*'`]/);
  });
});

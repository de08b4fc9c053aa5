// minnow as a user has it, run as a process: what it wrote, what it said, how it ended.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { root } from "../docs/documents.ts";
import { install } from "../docs/package.ts";

export const teacher = "fixtures/models/intents-teacher";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** minnow at work. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Waits until stderr has it; an Error with all that was said where minnow ends before. */
  says(what: RegExp): Promise<void>;
}

export interface StartOptions {
  /** Arguments of Node before the script. */
  readonly node?: readonly string[];
  /** Variables of the environment besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Installed {
  readonly folder: string;
  /** Runs minnow there; paths are relative to the folder. */
  minnow(...words: readonly string[]): Ended;
  /** Starts minnow there and does not wait for it. */
  start(words: readonly string[], options?: StartOptions): Started;
  /** A file of the folder as text. */
  text(path: string): string;
  json(path: string): unknown;
  /** Names of all files below a folder, the work folder's included; none where it is not there. */
  files(path: string): readonly string[];
}

/** Every `step`-th row of an intents file, the header first. */
function thinned(name: string, step: number): string {
  const [head, ...rows] = readFileSync(join(root, "fixtures/intents", name), "utf8")
    .trim()
    .split("\n");
  return `${[head, ...rows.filter((_, i) => i % step === 0)].join("\n")}\n`;
}

/** The sources as they are now, compiled, in a folder of their own with the fixture teacher, train.tsv and test.tsv. */
export function installed({
  trainStep,
  testStep,
}: {
  readonly trainStep: number;
  readonly testStep: number;
}): Installed {
  const folder = install();
  writeFileSync(join(folder, "train.tsv"), thinned("train.tsv", trainStep));
  writeFileSync(join(folder, "test.tsv"), thinned("test.tsv", testStep));
  const text = (path: string): string => readFileSync(join(folder, path), "utf8");
  const script = join(folder, "node_modules/minnow/bin/minnow.js");
  return {
    folder,
    text,
    minnow(...words) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], {
        cwd: folder,
        encoding: "utf8",
      });
      return { code: status, out: stdout, err: stderr };
    },
    start(words, { node = [], env = {} } = {}) {
      const command = [...node, script, ...words];
      return started(spawn(process.execPath, command, { cwd: folder, env: { ...process.env, ...env } }));
    },
    json: (path) => JSON.parse(text(path)),
    files(path) {
      const full = join(folder, path);
      if (!existsSync(full)) return [];
      const entries = readdirSync(full, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    },
  };
}

function started(child: ChildProcess): Started {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, out, err })));
  const says = async (what: RegExp): Promise<void> => {
    while (!what.test(err)) {
      if (child.exitCode !== null) throw new Error(`it ended before it said ${what}: ${out}${err}`);
      await setTimeout(20);
    }
  };
  return { child, ended, says };
}

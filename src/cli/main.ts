// main: finds the command, reads its arguments, runs it, tells what came out, gives the exit code.
import { AppError, type Io, printJson, suggestion, version } from "../base/index.ts";
import type { Pipeline } from "../pipeline/index.ts";
import { commands } from "./commands/index.ts";
import type { Command, Globals, Outcome } from "./define.ts";
import { failureOf, tellFailure } from "./failure.ts";
import { flagWords, globalsOf, globalsOfWords, splitCommand } from "./globals.ts";
import { commandHelp, programHelp } from "./help.ts";

/** What a test can put in place of the real thing. */
export interface World {
  readonly pipeline?: () => Promise<Pipeline>;
}

/** Runs one command line, without `node` and the script's path; the exit code, and never a rejection. */
export async function main(argv: readonly string[], io: Io, world: World = {}): Promise<number> {
  const globals = globalsOfWords(argv);
  try {
    const words = flagWords(argv);
    const { name, rest } = asksForHelp(splitCommand(argv));
    if (words.includes("--version") || words.includes("-V")) return say(`${version()}\n`, io);
    const help = words.some((word) => word === "--help" || word === "-h") || rest.includes("--help");
    if (name === undefined) return help || isAlone(words) ? say(programHelp(commands), io) : noCommand();
    const command = commandNamed(name);
    if (help) return say(await helpOf(command), io);
    const outcome = await runCommand(command, rest, globals, io, world);
    return tell(outcome, globals, io);
  } catch (cause) {
    return tellFailure(failureOf(cause, io.signal), globals, io);
  }
}

const helpOf = async (command: Command): Promise<string> =>
  commandHelp(command, { ...command.flags, ...(await command.more?.()) }, await command.sections?.());

/** Nothing was asked, so the help is what can be said (clig.dev: "Display help text when passed no options"). */
const isAlone = (words: readonly string[]): boolean => words.length === 0;

type Split = ReturnType<typeof splitCommand>;

/** `minnow help prune` is `minnow prune --help`. */
function asksForHelp(split: Split): Split {
  if (split.name !== "help") return split;
  const { name, rest } = splitCommand(split.rest);
  return { name, rest: [...rest, "--help"] };
}

async function runCommand(
  command: Command,
  words: readonly string[],
  early: Globals,
  io: Io,
  world: World,
): Promise<Outcome> {
  const { openRenderer } = await import("./render/index.ts");
  const renderer = await openRenderer(io, command.asks ? { ...early, progress: "none" } : early);
  renderer.begin?.(`minnow ${command.name}`);
  const stopping = (): void => renderer.emit({ kind: "note", level: "info", message: stoppingWords(io) });
  io.signal.addEventListener("abort", stopping, { once: true });
  try {
    const { parseArguments } = await import("./parse.ts");
    const { args, given } = await parseArguments(command, words);
    const pipeline = world.pipeline ?? (() => import("../pipeline/index.ts"));
    const { emit } = renderer;
    return await command.run(args, { io, globals: globalsOf(args), given, emit, commands, pipeline });
  } finally {
    io.signal.removeEventListener("abort", stopping);
    renderer.close();
  }
}

const stoppingWords = ({ signal }: Io): string => {
  const why = signal.reason instanceof AppError ? signal.reason.message : "stopped";
  return `${why}; ending at the next safe point, a second signal leaves at once`;
};

function commandNamed(name: string): Command {
  const found = commands.find((command) => command.name === name);
  if (found) return found;
  const hint = suggestion(
    name,
    commands.map((command) => command.name),
  );
  throw new AppError("usage", "there is no such command", { path: `minnow ${name}`, ...(hint && { hint }) });
}

function noCommand(): never {
  throw new AppError("usage", "expected a command", {
    path: "minnow",
    hint: "minnow --help lists them, minnow --version says which minnow this is",
  });
}

/** The outcome on stdout; with --json a failure leaves it the one document, and its words go to stderr. */
function tell({ json, text, failure }: Outcome, globals: Globals, io: Io): number {
  if (globals.json) say(`${printJson(json, 2)}\n`, io);
  else if (!globals.quiet || failure) say(text, io);
  return failure ? tellFailure(failure, { ...globals, json: false }, io) : 0;
}

function say(text: string, io: Io): number {
  io.out.write(text);
  return 0;
}

// defineCommand: a command is a row of a table: words, typed flags, a handler that imports what it needs.
import type { InferredOptionTypes, Options } from "yargs";
import type { AppError, Emit, Io } from "../base/index.ts";
import type { Pipeline } from "../pipeline/index.ts";

/** What yargs reads a flag with, and the words of the help. */
export interface Flag extends Options {
  /** What a shell completes its value with, where `choices` do not say it: files and folders, or some words. */
  readonly offers?: "files" | readonly string[];
}
/** Flags by name, which is in small letters with dashes: "learning-rate". */
export type Flags = Readonly<Record<string, Flag>>;

/** Flags that the help shows together, under a title: those of one kind, those of the data. */
export interface FlagSection {
  readonly title: string;
  readonly flags: Flags;
}

export interface Positional {
  readonly describe: string;
  /** One or more of them; only the last positional can be so. */
  readonly many?: true;
  /** What it can be; without it, a file or a folder. */
  readonly choices?: readonly string[];
}
export type Positionals = Readonly<Record<string, Positional>>;

type Word<P extends Positional> = P extends { readonly choices: readonly (infer C)[] } ? C : string;

type PositionalTypes<P extends Positionals> = {
  readonly [K in keyof P]: P[K] extends { readonly many: true } ? readonly string[] : Word<P[K]>;
};

/** Flags that every command takes. */
export interface Globals {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly color: boolean;
  readonly progress: "auto" | "plain" | "json" | "none";
  readonly threads: number | undefined;
}

/** What a handler works with. */
export interface CommandContext {
  readonly io: Io;
  readonly globals: Globals;
  readonly emit: Emit;
  /** The command table. */
  readonly commands: readonly Command[];
  /** Flags that the command made itself (`more`), as they were given. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Loads the pipeline; not called before everything that can be checked without it was checked. */
  pipeline(): Promise<Pipeline>;
}

/** What a command has to say: one JSON document, and the same for people. */
export interface Outcome {
  /** With a `schema` key that names its version. */
  readonly json: { readonly schema: string };
  readonly text: string;
  /** What is wrong all the same: told after the text, or in the document, and it decides the exit code. */
  readonly failure?: AppError;
}

interface CommandWords {
  readonly name: string;
  readonly describe: string;
  /** Command lines that work as they are, without `minnow`. */
  readonly examples: readonly string[];
  /** Flags that are made when the command is used or its help is asked for: they need a registry. */
  readonly more?: () => Promise<Flags>;
  /** The same flags as the help shows them, where one may mean several things; without it, in one list. */
  readonly sections?: () => Promise<readonly FlagSection[]>;
  /** It may ask something on a terminal, so no progress is drawn there. */
  readonly asks?: true;
}

export interface CommandSpec<O extends Flags, P extends Positionals> extends CommandWords {
  readonly positionals: P;
  readonly flags: O;
  run(args: InferredOptionTypes<O> & PositionalTypes<P>, context: CommandContext): Promise<Outcome>;
}

/** A command as the table holds it: its argument types are closed over. */
export interface Command extends CommandWords {
  readonly positionals: Positionals;
  readonly flags: Flags;
  run(args: Readonly<Record<string, unknown>>, context: CommandContext): Promise<Outcome>;
}

/** Closes over the argument types; the parser has checked the arguments against the flags. */
export const defineCommand = <const O extends Flags, const P extends Positionals>(
  spec: CommandSpec<O, P>,
): Command => ({
  ...spec,
  run: (args, context) => spec.run(args as InferredOptionTypes<O> & PositionalTypes<P>, context),
});

/** What RunOptions have in common, from the context; absent keys stay absent. */
export const runOptions = ({ io, globals, emit }: CommandContext) => ({
  emit,
  signal: io.signal,
  cwd: io.cwd,
  ...(globals.threads !== undefined && { threads: globals.threads }),
});

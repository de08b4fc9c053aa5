// What can be completed: the command table with every flag resolved, in the one form that the scripts are made from.
import type { Command, Flag, Flags, Positional } from "../define.ts";
import { globalFlags } from "../globals.ts";

/** What a flag or a positional takes: one of some words, a file or folder, or something that nobody can guess. */
export type Value =
  | { readonly kind: "choices"; readonly choices: readonly string[] }
  | { readonly kind: "files" }
  | { readonly kind: "other" };

export interface FlagWords {
  /** With their dashes: "--output", "-o". */
  readonly names: readonly string[];
  readonly describe: string;
  /** Absent: the flag takes none. */
  readonly value?: Value;
}

export interface PositionalWords {
  readonly name: string;
  readonly many: boolean;
  readonly value: Value;
}

export interface CommandWords {
  readonly name: string;
  readonly describe: string;
  /** Its own and the global ones. */
  readonly flags: readonly FlagWords[];
  readonly positionals: readonly PositionalWords[];
}

export interface ProgramWords {
  /** What may stand before a command. */
  readonly flags: readonly FlagWords[];
  readonly commands: readonly CommandWords[];
}

/** Everything that minnow's command line can say. */
export async function wordsOf(commands: readonly Command[]): Promise<ProgramWords> {
  return { flags: flagWords(globalFlags), commands: await Promise.all(commands.map(commandWords)) };
}

async function commandWords({ name, describe, positionals, flags, more }: Command): Promise<CommandWords> {
  const all: Flags = { ...flags, ...(await more?.()), ...globalFlags };
  return {
    name,
    describe: oneSpace(describe),
    flags: flagWords(all),
    positionals: Object.entries(positionals).map(([word, one]) => ({
      name: word,
      many: one.many === true,
      value: positionalValue(one),
    })),
  };
}

const flagWords = (flags: Flags): readonly FlagWords[] =>
  Object.entries(flags).flatMap(([name, flag]) => {
    const names = [`--${name}`, ...(typeof flag.alias === "string" ? [`-${flag.alias}`] : [])];
    const describe = oneSpace(flag.describe || name);
    const value = flagValue(flag);
    if (value) return [{ names, describe, value }];
    // what is not off already can be turned off
    const off = flag.default === false ? [] : [{ names: [`--no-${name}`], describe: `not: ${describe}` }];
    return [{ names, describe }, ...off];
  });

function flagValue({ type, choices, offers }: Flag): Value | undefined {
  if (type === "boolean") return undefined;
  const words = choices?.map(String) ?? (offers === "files" ? [] : offers) ?? [];
  if (words.length > 0) return { kind: "choices", choices: words };
  return { kind: offers === "files" ? "files" : "other" };
}

const positionalValue = ({ choices }: Positional): Value =>
  choices ? { kind: "choices", choices } : { kind: "files" };

const oneSpace = (text: string): string => text.replace(/\s+/g, " ").trim();

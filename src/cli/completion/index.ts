// Completion scripts, by shell.
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import type { ProgramWords } from "./words.ts";
import { zshScript } from "./zsh.ts";

/** The script of each shell. */
export const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Readonly<
  Record<string, (program: ProgramWords) => string>
>;

export { wordsOf } from "./words.ts";

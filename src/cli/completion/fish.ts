// Completion for fish, from 3.0 on: one `complete` for each word, under the condition that it can stand there.
import type { CommandWords, FlagWords, PositionalWords, ProgramWords, Value } from "./words.ts";

/** The script; it defines two functions and registers the words. */
export const fishScript = ({ flags, commands }: ProgramWords): string => `# Completion of minnow for fish.

# The command and its positionals before the cursor: without flags and what flags take.
function __minnow_seen
    set -l words (commandline -opc)
    set -e words[1]
    set -l command ''
    set -l valued ${list([{ name: "", flags }, ...commands].flatMap(valued))}
    set -l skip no
    for word in $words
        if test $skip = yes
            set skip no
            continue
        end
        if contains -- "$command $word" $valued
            set skip yes
        else if not string match -q -- '-*' $word
            if test -z "$command"
                set command $word
            end
            printf '%s\\n' $word
        end
    end
end

# Whether this is the command, and so many of its words were seen.
function __minnow_at
    set -l seen (__minnow_seen)
    test "$seen[1]" = "$argv[1]"; or return 1
    test (count $argv) -lt 2; or test (count $seen) -eq $argv[2]
end

complete -c minnow -f
${flags.map((flag) => flagLine("", flag)).join("\n")}
${commands.map(commandLine).join("\n")}
${commands.flatMap(commandLines).join("\n")}
`;

/** "eval --data": the flags that take a value, after their command. */
const valued = ({ name: command, flags }: Pick<CommandWords, "name" | "flags">): readonly string[] =>
  flags.flatMap(({ names, value }) => (value ? names.map((name) => `${command} ${name}`) : []));
const list = (words: readonly string[]): string => words.map(quote).join(" ");

const condition = (command: string, seen?: number): string =>
  `-n ${quote(`__minnow_at ${quote(command)}${seen === undefined ? "" : ` ${seen}`}`)}`;

const commandLine = ({ name, describe }: CommandWords): string =>
  `complete -c minnow ${condition("")} -a ${quote(word(name))} -d ${quote(describe)}`;

const commandLines = ({ name, flags, positionals }: CommandWords): readonly string[] => [
  ...flags.map((flag) => flagLine(name, flag)),
  ...positionals.map((positional, i) => positionalLine(name, positional, i + 1)),
];

function flagLine(command: string, { names, describe, value }: FlagWords): string {
  const options = names.map((name) =>
    name.startsWith("--") ? `-l ${quote(name.slice(2))}` : `-s ${quote(name.slice(1))}`,
  );
  const takes = value ? ` -r ${taken(value)}` : "";
  return `complete -c minnow ${condition(command)} ${options.join(" ")}${takes} -d ${quote(describe)}`;
}

function positionalLine(command: string, { many, value }: PositionalWords, seen: number): string {
  return `complete -c minnow ${many ? condition(command) : condition(command, seen)} ${taken(value)}`;
}

/** What may be taken: these words alone, files, or nothing that could be offered. */
function taken(value: Value): string {
  if (value.kind === "choices") return `-f -a ${quote(value.choices.map(word).join(" "))}`;
  return value.kind === "files" ? "-F" : "-f";
}

/** fish reads the words of `-a` a second time: what could mean something there has a backslash. */
const word = (text: string): string => text.replace(/[^\w./-]/gu, "\\$&");

/** Between single quotes a backslash stands before a quote or a backslash. */
const quote = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`;

// Completion for zsh: specifications for `_arguments`, one function that follows the command.
import type { CommandWords, FlagWords, PositionalWords, ProgramWords, Value } from "./words.ts";

/** The script; it works from a folder of `$fpath` as well as sourced. */
export const zshScript = ({ flags, commands }: ProgramWords): string => `#compdef minnow
# Completion of minnow for zsh.

_minnow() {
  local context state state_descr line
  local -A opt_args
  local -a commands
  commands=(
${commands.map(({ name, describe }) => `    ${quote(`${backslashed(name, ":")}:${describe}`)}`).join("\n")}
  )
  _arguments -C -S \\
${specifications(flags.flatMap(flagSpecifications), 4)} \\
    ': :->command' \\
    '*:: :->words'
  case $state in
    command) _describe -t commands command commands ;;
    words)
      case $words[1] in
${commands.map(commandCase).join("\n")}
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _minnow ]]; then
  _minnow "$@"
else
  compdef _minnow minnow
fi
`;

const commandCase = ({ name, flags, positionals }: CommandWords): string => `        ${quote(name)})
          _arguments -S \\
${specifications([...flags.flatMap(flagSpecifications), ...positionals.map(positionalSpecification)], 12)}
          ;;`;

const specifications = (all: readonly string[], indent: number): string =>
  all.map((one) => `${" ".repeat(indent)}${quote(one)}`).join(" \\\n");

/** One for each name; a name excludes the others. */
function flagSpecifications({ names, describe, value }: FlagWords): readonly string[] {
  const others = names.length > 1 ? `(${names.join(" ")})` : "";
  const takes = value ? `:${backslashed(names[0]?.replace(/^-+/, "") ?? "", ":")}:${action(value)}` : "";
  return names.map((name) => {
    const joined = value && name.startsWith("--") ? "=" : "";
    return `${others}${backslashed(name, ":[]=+")}${joined}[${backslashed(describe, "[]")}]${takes}`;
  });
}

const positionalSpecification = ({ name, many, value }: PositionalWords): string =>
  `${many ? "*" : ""}:${backslashed(name, ":")}:${action(value)}`;

/** What completes a value; a space completes nothing but says what is wanted. */
function action(value: Value): string {
  if (value.kind === "choices")
    return `(${value.choices.map((one) => backslashed(one, " ()':\"$`&;<>|*?[]{}~#!")).join(" ")})`;
  return value.kind === "files" ? "_files" : " ";
}

/** The text with a backslash before each backslash and each of these characters. */
const backslashed = (text: string, special: string): string =>
  [...text].map((one) => (one === "\\" || special.includes(one) ? `\\${one}` : one)).join("");

/** Between single quotes nothing means anything but the quote itself. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

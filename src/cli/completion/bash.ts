// Completion for bash, from 3.2 on: what a flag or a positional takes is looked up in tables made of the words.
import type { CommandWords, FlagWords, PositionalWords, ProgramWords, Value } from "./words.ts";

/** The script; it defines `_minnow` and registers it. */
export const bashScript = ({ flags, commands }: ProgramWords): string => `# Completion of minnow for bash.

# The words that may follow: flags of a command, or without one the commands and the flags before it.
_minnow_words() {
  case $1 in
    '') words=(${list([...commands.map(({ name }) => name), ...namesOf(flags)])}) ;;
${commands.map(({ name, flags: own }) => `    ${quote(name)}) words=(${list(namesOf(own))}) ;;`).join("\n")}
  esac
}

# What the flag takes; fails for one that takes nothing.
_minnow_value() {
  case $1 in
${[...flags.flatMap((flag) => flagCase("", flag)), ...commands.flatMap(flagCases)].join("\n")}
    *) return 1 ;;
  esac
}

# What the positional takes.
_minnow_positional() {
  case $1 in
${commands.flatMap(positionalCases).join("\n")}
  esac
}

_minnow() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command='' flag='' index=0 ended='' at word from words
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ $word == '=' ]]; then continue
    elif [[ $flag ]]; then flag=''
    elif [[ ! $ended && $word == -- ]]; then ended=yes
    elif [[ ! $ended && $word == -* ]]; then
      from='' words=()
      if _minnow_value "$command $word"; then flag=$word; fi
    elif [[ ! $command ]]; then command=$word
    else index=$((index + 1))
    fi
  done
  if [[ $cur == '=' ]]; then cur=''; fi
  from='' words=()
  if [[ $flag ]]; then _minnow_value "$command $flag"
  elif [[ ! $ended && $cur == -* ]] || [[ ! $command ]]; then _minnow_words "$command"
  else _minnow_positional "$command $index"
  fi
  if [[ $from == files ]]; then _minnow_files "$cur"; fi
  for word in \${words[@]+"\${words[@]}"}; do
    if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
  done
}

# Files as readline completes them; where it cannot be asked to, their names.
_minnow_files() {
  if compopt -o default 2>/dev/null; then return; fi
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$1"))
}

complete -F _minnow minnow
`;

const namesOf = (flags: readonly FlagWords[]): readonly string[] => flags.flatMap(({ names }) => names);

/** Between single quotes nothing means anything but the quote itself. */
const quote = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
const list = (words: readonly string[]): string => words.map(quote).join(" ");

/** Sets `words` or `from`; nothing for what nobody can guess. */
function setting(value: Value): string {
  if (value.kind === "choices") return ` words=(${list(value.choices)})`;
  return value.kind === "files" ? " from=files" : "";
}

function flagCase(command: string, { names, value }: FlagWords): readonly string[] {
  if (!value) return [];
  return [`    ${names.map((name) => quote(`${command} ${name}`)).join(" | ")})${setting(value)} ;;`];
}

const flagCases = ({ name, flags }: CommandWords): readonly string[] =>
  flags.flatMap((flag) => flagCase(name, flag));

const positionalCases = ({ name, positionals }: CommandWords): readonly string[] =>
  positionals.map(({ many, value }: PositionalWords, i) => {
    const pattern = many ? `${quote(`${name} `)}*` : quote(`${name} ${i}`);
    return `    ${pattern})${setting(value)} ;;`;
  });

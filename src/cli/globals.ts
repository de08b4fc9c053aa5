// Flags that every command takes.
import type { Flags, Globals } from "./define.ts";

export const globalFlags = {
  json: { type: "boolean", default: false, describe: "one JSON document on stdout, errors too" },
  quiet: {
    type: "boolean",
    default: false,
    describe: "print nothing when all is well (but what --json asks for)",
  },
  progress: {
    type: "string",
    choices: ["auto", "plain", "json", "none"],
    default: "auto",
    describe: "how progress is shown on stderr; auto: bars on a terminal, else lines",
  },
  threads: { type: "number", describe: "threads of the engine (default: all cores)" },
  color: {
    type: "boolean",
    default: true,
    describe: "colour on a terminal; --no-color or NO_COLOR turns it off",
  },
  debug: { type: "boolean", default: false, describe: "stack traces of errors" },
  help: { type: "boolean", alias: "h", default: false, describe: "this help" },
  version: { type: "boolean", alias: "V", default: false, describe: "minnow's version" },
} as const satisfies Flags;

/** Words of the command line up to `--`, which ends the flags. */
export function flagWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end < 0 ? argv : argv.slice(0, end);
}

const values = { auto: "auto", plain: "plain", json: "json", none: "none" } as const;

/** The global flags of arguments that were parsed; the parser has checked them. */
export function globalsOf(args: Readonly<Record<string, unknown>>): Globals {
  const progress = Object.values(values).find((value) => value === args.progress) ?? "auto";
  return {
    json: args.json === true,
    quiet: args.quiet === true,
    debug: args.debug === true,
    color: args.color !== false,
    progress,
    threads: typeof args.threads === "number" ? args.threads : undefined,
  };
}

/** The same from the bare words, for what comes before parsing. */
export function globalsOfWords(argv: readonly string[]): Globals {
  const words = flagWords(argv);
  const has = (flag: string): boolean => words.includes(flag);
  const joined = words.find((word) => word.startsWith("--progress="))?.slice("--progress=".length);
  const progress = joined ?? words[words.indexOf("--progress") + 1];
  const flags = {
    json: has("--json"),
    quiet: has("--quiet"),
    debug: has("--debug"),
    color: !has("--no-color"),
  };
  return globalsOf({ ...flags, progress: has("--progress") || joined ? progress : "auto" });
}

/** The first word that is no flag and no flag's value, with the words around it. */
export function splitCommand(argv: readonly string[]): {
  readonly name: string | undefined;
  readonly rest: readonly string[];
} {
  const takesValue = ["--progress", "--threads"];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at];
    if (word === undefined || word === "--") break;
    if (takesValue.includes(word)) at++;
    else if (!word.startsWith("-"))
      return { name: word, rest: [...argv.slice(0, at), ...argv.slice(at + 1)] };
  }
  return { name: undefined, rest: argv };
}

// From the words of a command line to checked arguments; yargs' parser reads them, the messages are minnow's.
import type { Options } from "yargs";
import parser from "yargs-parser";
import { AppError, suggestion } from "../base/index.ts";
import type { Command, Flags, Positionals } from "./define.ts";
import { flagWords, globalFlags } from "./globals.ts";
import { flagName } from "./names.ts";
import { wholeNumber } from "./numbers.ts";

export interface Arguments {
  /** Flags and positionals of the command and global flags, by name. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Flags from `more` that were given, by name. */
  readonly given: Readonly<Record<string, unknown>>;
}

const usage = (message: string, path: string | undefined, hint?: string): AppError =>
  new AppError("usage", message, {
    ...(path !== undefined && { path }),
    ...(hint !== undefined && { hint }),
  });

/** Reads and checks the words after the command's name; AppError `usage` for what it does not take. */
export async function parseArguments(command: Command, words: readonly string[]): Promise<Arguments> {
  const more = (await command.more?.()) ?? {};
  const flags: Flags = { ...command.flags, ...more, ...globalFlags };
  const before = flagWords(words).map(dashed);
  const parsed = read([...before, ...words.slice(before.length)], flags);
  const { _: positionals = [], ...values } = parsed;
  checkKnown(Object.keys(values), flags, command.name);
  for (const [name, value] of Object.entries(values)) checkValue(name, value, flags[name]);
  if (typeof values.threads === "number") wholeNumber(values.threads, "--threads");
  for (const [name, { demandOption }] of Object.entries(flags)) {
    if (demandOption && values[name] === undefined)
      throw usage("it is missing", printFlag(name, flags[name]), helpHint(command));
  }
  const args = { ...values, ...namePositionals(positionals.map(String), command) };
  const given = Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(more, name)));
  return { args, given };
}

/** `--learningRate=1` as `--learning-rate=1`; what follows the name is left as it is. */
const dashed = (word: string): string => word.replace(/^--[a-z][\w.-]*/i, (name) => flagName(name));

function read(
  words: readonly string[],
  flags: Flags,
): Record<string, unknown> & { _?: readonly (string | number)[] } {
  const all = Object.entries(flags);
  const ofType = (type: Options["type"]): string[] =>
    all.filter(([, flag]) => flag.type === type).map(([name]) => name);
  const parsed = parser([...words], {
    boolean: ofType("boolean"),
    number: ofType("number"),
    string: ofType("string"),
    array: all.filter(([, { array }]) => array).map(([name]) => name),
    alias: Object.fromEntries(
      all.flatMap(([name, { alias }]) => (typeof alias === "string" ? [[name, [alias]]] : [])),
    ),
    default: Object.fromEntries(
      all.flatMap(([name, flag]) => (flag.default === undefined ? [] : [[name, flag.default as unknown]])),
    ),
    configuration: {
      "camel-case-expansion": false,
      "dot-notation": false,
      "duplicate-arguments-array": true,
      // One word for each time that the flag is there: what follows may be a positional.
      "greedy-arrays": false,
      "parse-positional-numbers": false,
      "strip-aliased": true,
    },
  });
  return Object.fromEntries(
    Object.entries(parsed)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, name === "_" || flags[name]?.array ? value : lastOf(value)]),
  );
}

/** A flag that is given twice means its last value, unless it takes several. */
const lastOf = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);

function checkKnown(names: readonly string[], flags: Flags, command: string): void {
  const known = Object.keys(flags);
  const stranger = names.find((name) => !known.includes(name));
  if (stranger === undefined) return;
  const path = stranger.length === 1 ? `-${stranger}` : `--${stranger}`;
  const part = known.find((name) => name.endsWith(`.${stranger}`));
  const near = part ? `did you mean "${part}"?` : suggestion(stranger, known);
  const hint = near?.startsWith("did")
    ? near.replace('"', '"--')
    : `minnow ${command} --help lists the flags`;
  throw usage("there is no such flag", path, hint);
}

function checkValue(name: string, value: unknown, options: Options | undefined): void {
  const path = printFlag(name, options);
  if (options?.array && Array.isArray(value)) {
    for (const one of value) checkValue(name, one, { ...options, array: false });
    if (value.length > 0) return;
  }
  if (value === "" || (typeof value === "number" && Number.isNaN(value)) || Array.isArray(value)) {
    throw usage(`expected ${options?.type === "number" ? "a number" : "a value"}`, path);
  }
  checkChoice(value, options?.choices, path);
}

function checkChoice(value: unknown, choices: Options["choices"], path: string): void {
  if (choices === undefined || choices.some((choice) => choice === value)) return;
  const near = suggestion(String(value), choices.map(String));
  throw usage(
    `${JSON.stringify(value)} is not ${choices.length > 1 ? `one of ${choices.join(", ")}` : `${choices[0]}, the only choice`}`,
    path,
    near?.startsWith("did") ? near : undefined,
  );
}

function namePositionals(found: readonly string[], command: Command): Record<string, unknown> {
  const names = Object.keys(command.positionals);
  const last = names.at(-1);
  const many = last !== undefined && command.positionals[last]?.many;
  const [missing] = names.slice(found.length);
  if (missing !== undefined) {
    throw usage(
      `expected <${missing}>: ${command.positionals[missing]?.describe}`,
      `minnow ${command.name}`,
      helpHint(command),
    );
  }
  const [extra] = found.slice(names.length);
  if (extra !== undefined && !many) {
    const what = names.length === 0 ? "nothing" : printPositionals(command.positionals);
    throw usage(
      `it takes ${what}; ${JSON.stringify(extra)} is one too many`,
      `minnow ${command.name}`,
      helpHint(command),
    );
  }
  found.forEach((word, i) => {
    const name = names[Math.min(i, names.length - 1)] ?? "";
    checkChoice(word, command.positionals[name]?.choices, `<${name}>`);
  });
  return Object.fromEntries(
    names.map((name, i) => [name, many && name === last ? found.slice(i) : found[i]]),
  );
}

const helpHint = ({ name }: Command): string => `minnow ${name} --help shows how it is used`;

/** "-o, --output" where the flag has a short name. */
export function printFlag(name: string, options: Options | undefined): string {
  const alias = typeof options?.alias === "string" ? `-${options.alias}, ` : "";
  return `${alias}--${name}`;
}

/** "<recipe>", "<model>...". */
export const printPositionals = (positionals: Positionals): string =>
  Object.entries(positionals)
    .map(([name, { many }]) => `<${name}>${many ? "..." : ""}`)
    .join(" ");

// Help, from the command table: an example first, then usage and flags; nothing heavy is loaded for it.
import type { Options } from "yargs";
import type { Command, FlagSection, Flags } from "./define.ts";
import { globalFlags } from "./globals.ts";

/** Help of minnow as a whole. */
export function programHelp(commands: readonly Command[]): string {
  return `minnow compresses transformers into small ONNX models.

Example
  minnow compress recipes/quickstart.yaml

Commands
${columns(commands.map(({ name, describe }) => [name, describe]))}

Flags of every command
${columns(flagRows(globalFlags))}

minnow <command> --help tells more; docs/recipes.md has every key of a recipe.
`;
}

/** Help of one command; `flags` are all that it takes besides the global ones, and those of `sections` stand there. */
export function commandHelp(command: Command, flags: Flags, sections: readonly FlagSection[] = []): string {
  const positionals = Object.entries(command.positionals);
  const words = positionals.map(([name, { many }]) => `<${name}>${many ? "..." : ""}`);
  const required = Object.entries(flags)
    .filter(([, { demandOption }]) => demandOption)
    .map(([name, flag]) => short(name, flag));
  const usage = ["minnow", command.name, ...words, ...required, "[flags]"].join(" ");
  const what = positionals.map(([name, { describe, choices }]) => {
    return [`<${name}>`, `${describe}${choices ? notes({ choices }) : ""}`] as const;
  });
  return `minnow ${command.name}: ${command.describe}

Example${command.examples.length > 1 ? "s" : ""}
${command.examples.map((example) => `  minnow ${example}`).join("\n")}

Usage
  ${usage}
${what.length > 0 ? `${columns(what)}\n` : ""}
${flagLists(flags, sections)}Flags of every command
${columns(flagRows(globalFlags))}
`;
}

function flagLists(flags: Flags, sections: readonly FlagSection[]): string {
  const apart = new Set(sections.flatMap((section) => Object.keys(section.flags)));
  const general = Object.fromEntries(Object.entries(flags).filter(([name]) => !apart.has(name)));
  return [{ title: "Flags", flags: general }, ...sections]
    .filter((section) => Object.keys(section.flags).length > 0)
    .map((section) => `${section.title}\n${columns(flagRows(section.flags))}\n\n`)
    .join("");
}

const short = (name: string, { alias, type }: Options): string =>
  (typeof alias === "string" ? `-${alias}` : `--${name}`) +
  (type === "boolean" ? "" : ` ${name.toUpperCase()}`);

function flagRows(flags: Flags): (readonly [string, string])[] {
  return Object.entries(flags).map(([name, flag]) => {
    const alias = typeof flag.alias === "string" ? `-${flag.alias}, ` : "";
    return [`${alias}--${name}`, `${flag.describe ?? ""}${notes(flag)}`];
  });
}

/** What is allowed and what holds when nothing is said, where the words do not say it. */
function notes({ choices, default: value, demandOption }: Options): string {
  const parts = [
    ...(choices ? [`one of ${choices.join(", ")}`] : []),
    ...(demandOption ? ["required"] : []),
    ...(value !== undefined && value !== false && value !== true ? [`default: ${value}`] : []),
  ];
  return parts.length === 0 ? "" : ` [${parts.join("; ")}]`;
}

/** Two columns, the second wrapped at 100 characters. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(26, Math.max(0, ...rows.map(([left]) => left.length)));
  return rows
    .flatMap(([left, right]) => {
      const lines = wrap(right, 96 - width);
      const first =
        left.length > width
          ? [`  ${left}`, `  ${" ".repeat(width)}  ${lines[0] ?? ""}`]
          : [`  ${left.padEnd(width)}  ${lines[0] ?? ""}`];
      return [...first, ...lines.slice(1).map((line) => `  ${" ".repeat(width)}  ${line}`)];
    })
    .join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}

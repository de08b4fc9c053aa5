// What the documents take from the code is as the code has it; `npx vitest run test/docs -u` writes it anew.
import { join } from "node:path";
import { expect, test } from "vitest";
import { commands } from "../../src/cli/commands/index.ts";
import type { Command, Flag, Flags } from "../../src/cli/define.ts";
import { globalFlags } from "../../src/cli/globals.ts";
import { families, heads } from "../../src/families/index.ts";
import { quantitiesWith } from "../../src/gate/index.ts";
import {
  expectation,
  type KeyDoc,
  measuredOn,
  presets,
  recipeSchemaDocs,
  type SchemaSection,
} from "../../src/recipe/index.ts";
import { jsonSchema, parseRecord } from "../../src/record/index.ts";
import { nextOf } from "../../src/report/index.ts";
import { tasks } from "../../src/tasks/index.ts";
import { root, textOf } from "./documents.ts";

const opening = (name: string): string => `<!-- ${name}: made by test/docs/generated.test.ts -->`;
const closing = (name: string): string => `<!-- end of ${name} -->`;

/** The document with what stands between the marks of `name` replaced. */
function replaced(path: string, name: string, made: string): string {
  const text = textOf(path);
  const start = text.indexOf(opening(name)) + opening(name).length;
  const end = text.indexOf(closing(name));
  if (start < opening(name).length || end < start) throw new Error(`${path} has no place for ${name}`);
  return `${text.slice(0, start)}\n${made}\n${text.slice(end)}`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

/** What holds when the key is left out. */
function absent({ required, default: value }: KeyDoc): string {
  if (required) return "required";
  return value === undefined ? "–" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

const keyRow = (doc: KeyDoc): readonly string[] => [
  `\`${doc.key}\``,
  doc.allowed,
  absent(doc),
  doc.description ?? "",
];
const keyTable = (rows: readonly (readonly string[])[]): string =>
  table(["key", "takes", "when left out", "what it is"], rows);

const upper = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const sentence = (text: string): string => upper(text).replace(/([^.])$/, "$1.");

/** The mapping that a dotted key lies in: "finetune" of "finetune.epochs". */
const mappingOf = ({ key }: KeyDoc): string | undefined => /^(\w+)\./.exec(key)?.[1];

/** A mapping that several sections have, by name, with its own keys. */
function sharedMappings(sections: readonly SchemaSection[]): ReadonlyMap<string, readonly KeyDoc[]> {
  const found = new Map<string, { times: number; readonly keys: readonly KeyDoc[] }>();
  for (const { keys } of sections) {
    for (const name of new Set(keys.flatMap((doc) => mappingOf(doc) ?? []))) {
      const inside = keys.filter((doc) => mappingOf(doc) === name);
      const own = inside.map((doc) => ({ ...doc, key: doc.key.slice(name.length + 1) }));
      const entry = found.get(name) ?? { times: 0, keys: own };
      if (JSON.stringify(entry.keys) === JSON.stringify(own)) entry.times++;
      found.set(name, entry);
    }
  }
  return new Map([...found].flatMap(([name, { times, keys }]) => (times > 1 ? [[name, keys] as const] : [])));
}

function recipeTables(): string {
  const sections = recipeSchemaDocs();
  const shared = sharedMappings(sections);
  const rowsOf = (keys: readonly KeyDoc[]): readonly (readonly string[])[] => {
    const told = [...new Set(keys.flatMap((doc) => mappingOf(doc) ?? []))].filter((name) => shared.has(name));
    const rest = keys.filter((doc) => !told.includes(mappingOf(doc) ?? ""));
    return [
      ...rest.map(keyRow),
      ...told.map((name) => [`\`${name}\``, `a mapping of [the keys of ${name}](#${name})`, "–", ""]),
    ];
  };
  const own = sections.map(
    ({ title, describe, keys }) =>
      `### ${upper(title)}\n\n${sentence(describe)}\n\n${keyTable(rowsOf(keys))}`,
  );
  const more = [...shared].map(([name, keys]) => {
    const where = sections.filter((section) => section.keys.some((doc) => mappingOf(doc) === name));
    const titles = where.map(({ title }) => title).join("; ");
    return `### ${upper(name)}\n\nKeys of \`${name}\` in: ${titles}.\n\n${keyTable(keys.map(keyRow))}`;
  });
  return [...own, ...more].join("\n\n");
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** "Stage", of a reference; otherwise the type in a word. */
function typeOf({ $ref, type, items, const: value }: Schema): string {
  if ($ref !== undefined) return $ref.split("/").at(-1) ?? "";
  if (value !== undefined) return JSON.stringify(value);
  if (type === "array") return items ? `list of ${typeOf(items)}` : "list";
  return type === "integer" ? "whole number" : (type ?? "any");
}

/** Rows of an object's keys; those of an object inside it follow by dots. */
function keyRows({ properties = {}, required = [] }: Schema, prefix = ""): readonly (readonly string[])[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const optional = required.includes(name) ? "" : ", may be absent";
    const own = [`\`${prefix}${name}\``, `${typeOf(schema)}${optional}`, schema.description ?? ""];
    const inner = schema.properties ? keyRows(schema, `${prefix}${name}.`) : [];
    const element = schema.items?.properties ? keyRows(schema.items, `${prefix}${name}[].`) : [];
    return [own, ...inner, ...element];
  });
}

function recordTables(): string {
  const schema = jsonSchema() as Schema;
  const head = ["name", "type", "what it is"];
  const named = Object.entries(schema.$defs ?? {}).filter(([, part]) => part.properties);
  const parts = named.map(
    ([name, part]) => `### ${name}\n\n${part.description ?? ""}\n\n${table(head, keyRows(part))}`,
  );
  return [`### The record\n\n${table(head, keyRows(schema))}`, ...parts].join("\n\n");
}

const commandTable = (): string =>
  table(
    ["command", "what it does"],
    commands.map(({ name, describe, positionals }) => {
      const words = Object.entries(positionals).map(
        ([word, { many }]) => `${word.toUpperCase()}${many ? "..." : ""}`,
      );
      return [`\`minnow ${[name, ...words].join(" ")}\``, describe];
    }),
  );

/** A flag in a table: its names, then its words with what it takes. */
const flagRow = ([name, { alias, describe = "", choices, default: value, demandOption }]: [string, Flag]) => [
  [...(typeof alias === "string" ? [`\`-${alias}\``] : []), `\`--${name}\``].join(", "),
  [
    describe,
    ...(choices ? [`one of ${choices.join(", ")}`] : []),
    ...(demandOption ? ["required"] : []),
    ...(value === undefined || typeof value === "boolean" ? [] : [`default: ${String(value)}`]),
  ].join("; "),
];
const flagTable = (flags: Flags): string =>
  table(
    ["flag", "what it is"],
    Object.entries(flags).map((entry) => flagRow([...entry])),
  );

async function commandSection(command: Command): Promise<string> {
  const { name, describe, examples, positionals, flags, more, sections } = command;
  const parts = (await sections?.()) ?? [];
  const apart = new Set(parts.flatMap((part) => Object.keys(part.flags)));
  const all = Object.entries({ ...flags, ...(await more?.()) });
  const own = Object.fromEntries(all.filter(([flag]) => !apart.has(flag)));
  const words = Object.entries(positionals).map(([word, one]) => `- \`<${word}>\`: ${one.describe}`);
  return [
    `## minnow ${name}`,
    sentence(describe),
    `\`\`\`text\n${examples.map((example) => `minnow ${example}`).join("\n")}\n\`\`\``,
    words.join("\n"),
    Object.keys(own).length === 0 ? "" : flagTable(own),
    ...parts
      .filter((part) => Object.keys(part.flags).length > 0)
      .map((part) => `### ${part.title} of ${name}\n\n${flagTable(part.flags)}`),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

async function commandSections(): Promise<string> {
  const made = await Promise.all(commands.map(commandSection));
  return [...made, `## Flags of every command\n\n${flagTable(globalFlags)}`].join("\n\n");
}

/** The code of the model card of a result in `quickstart`. */
function deployCode(): string {
  const record = parseRecord(JSON.parse(textOf("fixtures/records/mini.json")), "mini.json");
  const { code } = nextOf(record, { parent: "./", name: "quickstart" });
  return `In Node, as a module:\n\n\`\`\`js\n${code?.node}\n\`\`\`\n\nIn a browser, as a page:\n\n\`\`\`html\n${code?.page}\n\`\`\``;
}

const quantityTable = (): string =>
  table(
    ["quantity", "units", "of the teacher", "what it is"],
    [...quantitiesWith(tasks.flatMap(({ measures }) => measures))].map(
      ([name, { dimension, relative, describe }]) => {
        const units = Object.keys(dimension.units).map((unit) => (unit === "" ? "none" : `\`${unit}\``));
        return [`\`${name}\``, units.join(", "), relative ? "–" : "yes", describe];
      },
    ),
  );

const presetTable = (): string =>
  table(
    ["preset", "what the result is", `on ${measuredOn}`],
    presets.map((preset) => [`\`${preset.name}\``, preset.describe, expectation(preset)]),
  );

/** Families by heads: what a folder of each is loaded as. */
const modelTable = (): string =>
  table(
    ["family", "`model_type`", ...heads.map(({ name }) => name)],
    families.map((family) => [
      family.name,
      family.modelTypes.map((type) => `\`${type}\``).join(", "),
      ...heads.map(({ name, architectures: [end = ""] }) =>
        name === "embeddings" || family.heads[name] ? `\`${family.className}${end}\`` : "–",
      ),
    ]),
  );

const headTable = (): string =>
  table(
    ["head", "what it gives"],
    heads.map(({ name, answers }) => [name, answers]),
  );

test.each([
  ["README.md", "the commands", commandTable],
  ["docs/models.md", "the families", modelTable],
  ["docs/models.md", "the heads", headTable],
  ["docs/recipes.md", "the keys", recipeTables],
  ["docs/report.md", "the names", recordTables],
  ["docs/gate.md", "the quantities", quantityTable],
  ["docs/init.md", "the presets", presetTable],
  ["docs/commands.md", "the flags", commandSections],
  ["docs/deploy.md", "the code", deployCode],
] as const)("%s: %s", async (path, name, make) => {
  await expect(replaced(path, name, await make())).toMatchFileSnapshot(join(root, path));
});

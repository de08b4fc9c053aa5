// The report in Markdown: fits a pull-request comment, whatever the number of layers.
import { printable } from "../base/index.ts";
import type { RunRecord, Stage } from "../record/index.ts";
import { differencesSection, differencesTitle } from "./differences.ts";
import { filesLine, nextOf, nextTitle } from "./next.ts";
import { robustnessSection, robustnessTitle } from "./robustness.ts";
import { runningTables, runningWays } from "./running.ts";
import { costliest, partsTable, sensitivityNote, sensitivityTitle, triedByPart } from "./sensitivity.ts";
import { blame, stepsNote, stepsTable, stepsTitle } from "./steps.ts";
import {
  changesTable,
  costTable,
  factsTable,
  howMeasured,
  latencyTable,
  qualityTable,
  refusedTable,
  type Table,
} from "./tables.ts";
import { headline, inputsTitle } from "./words.ts";

/** GitHub refuses comments above 65,536 characters; room is left for what surrounds the report. */
const room = 60_000;

/** The report; lists are cut until it is under 60,000 characters, with the number of rows left out. */
export function renderMarkdown(record: RunRecord): string {
  for (const limit of [500, 100, 30, 10, 3, 1]) {
    const text = withLimit(record, limit);
    if (text.length < room) return text;
  }
  const cut = withLimit(record, 1).slice(0, room - 100);
  return `${cut}\n\n(The rest did not fit; report.json has everything.)\n`;
}

function withLimit(record: RunRecord, limit: number): string {
  const rows = Math.max(10, limit);
  const sections = [
    `# ${inline(record.name)}`,
    `**${inline(headline(record), 400)}**`,
    next(record),
    listed(
      inputsTitle,
      (record.warnings ?? []).map((words) => inline(words, 300)),
      rows,
    ),
    worse(record.stages, rows),
    steps(record, rows),
    ...[qualityTable(record), costTable(record), latencyTable(record), ...runningTables(record)].map(
      (table) => table && section(table, rows),
    ),
    sensitivity(record, limit),
    differences(record, limit),
    robustness(record, rows),
    collapsed(refusedTable(record), limit),
    ...record.stages.slice(0, rows).map((stage) => collapsed(changesTable(stage), limit)),
    `## How it was measured\n\n${[...howMeasured(record), ...runningWays(record)]
      .map(([what, how]) => `- **${inline(what)}.** ${inline(how, 1000)}`)
      .join("\n")}`,
    section(factsTable(record), rows),
    details(`Recipe ${record.recipe.path}`, fenced(record.recipe.text, "yaml", 40 * limit)),
    `Made by minnow ${inline(record.minnow)}.`,
  ];
  return `${sections.filter((text) => text !== undefined && text !== "").join("\n\n")}\n`;
}

function next(record: RunRecord): string {
  const { files, code, gate } = nextOf(record);
  const lines = [
    ...(files.length > 0 ? [`- **Deploy** ${inline(filesLine(files), 600)}.`] : []),
    "- **Run it** with the code below, beside this folder; README.md has the same for a browser.",
    `- **Keep it so** in continuous integration:`,
  ].filter((line) => code !== undefined || !line.startsWith("- **Run"));
  const blocks = [fenced(gate, "sh", 1000), ...(code ? [fenced(code.node, "js", 4000)] : [])];
  return [`## ${nextTitle}`, lines.join("\n"), ...blocks].join("\n\n");
}

function worse(stages: readonly Stage[], limit: number): string {
  const lines = stages.flatMap(({ name, warnings }) =>
    warnings.map((warning) => `**${inline(name)}:** ${inline(warning, 300)}`),
  );
  return listed("What got worse", lines, limit);
}

/** A section of so many lines at most; empty where there are none. */
function listed(title: string, lines: readonly string[], limit: number): string {
  if (lines.length === 0) return "";
  const more = lines.length > limit ? [`- ... and ${lines.length - limit} more`] : [];
  return [`## ${title}`, "", ...lines.slice(0, limit).map((line) => `- ${line}`), ...more].join("\n");
}

function steps(record: RunRecord, limit: number): string {
  const table = stepsTable(record);
  if (!table) return "";
  const lines = blame(record).map(([figure, words]) => `- **${figure}.** ${inline(words, 600)}`);
  return [`## ${stepsTitle}`, stepsNote, tableText(table, limit), lines.join("\n")].join("\n\n");
}

/** Parts of a step that are listed. */
const partsListed = 10;

function sensitivity({ stages }: RunRecord, limit: number): string {
  const tried = triedByPart(stages).slice(0, Math.max(10, limit));
  if (tried.length === 0) return "";
  const lines = tried.flatMap(({ name, sensitivity }) => {
    const most = costliest(sensitivity);
    return most === undefined ? [] : [`- **${inline(name)}:** ${inline(most, 200)}`];
  });
  const tables = tried.map(({ name, sensitivity }) =>
    collapsed(partsTable(name, sensitivity), Math.min(partsListed, limit)),
  );
  return [`## ${sensitivityTitle}`, sensitivityNote, lines.join("\n"), ...tables].join("\n\n");
}

function differences(record: RunRecord, limit: number): string {
  const found = differencesSection(record);
  if (!found) return "";
  const { worst: lowest = "", classes, examples } = found;
  const fell = classes.rows.length === 0 ? [] : [tableText(classes, limit)];
  const parts = [`## ${differencesTitle}`, inline(lowest, 300), ...fell, collapsed(examples, limit)];
  return parts.filter((text) => text !== "").join("\n\n");
}

function robustness(record: RunRecord, limit: number): string {
  const found = robustnessSection(record);
  if (!found) return "";
  const variants = found.variants.map(([name, what]) => `- **${inline(name)}**: ${inline(what)}`).join("\n");
  return [`## ${robustnessTitle}`, inline(found.line, 300), tableText(found.table, limit), variants].join(
    "\n\n",
  );
}

const section = (table: Table, limit: number): string =>
  `## ${inline(table.title)}\n\n${tableText(table, limit)}`;

const collapsed = (table: Table, limit: number): string =>
  table.rows.length === 0 ? "" : details(`${table.title} (${table.rows.length})`, tableText(table, limit));

const details = (summary: string, body: string): string =>
  `<details><summary>${inHtml(summary)}</summary>\n\n${body}\n\n</details>`;

/** A table in GitHub's Markdown; the rows beyond `limit` are counted, and `file` has them. */
export function tableText(
  { head, rows, numbers = head.length }: Table,
  limit: number,
  file = "report.json",
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => inline(cell)).join(" | ")} |`;
  const rule = `|${head.map((_, i) => (i >= numbers ? " ---: |" : " --- |")).join("")}`;
  const more = rows.length > limit ? `\n\n... and ${rows.length - limit} more rows in ${file}` : "";
  return [line(head), rule, ...rows.slice(0, limit).map(line)].join("\n") + more;
}

/**
 * Text that Markdown takes for nothing but text: no markup, link, table cell or line of its own; a
 * zero-width space keeps GitHub from reading a mention or an issue, which it looks for after all escapes
 * are gone.
 */
export const inline = (text: string, limit = 160): string =>
  printable(text, { limit })
    .replace(/&/g, "&amp;")
    .replace(/[\\`*_{}[\]#|~!$^]/g, "\\$&")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/@|\\#(?=\d)/g, "$&&#8203;")
    .replace(/:\/\//g, "&#58;//")
    .replace(/^(\s*)(\d+)([.)])(?=\s|$)/, "$1$2\\$3")
    .replace(/^(\s*)([-+=])(?=\s|$)/, "$1\\$2")
    .replace(/\bwww\./gi, "www&#46;");

/** Text within a line of HTML, where Markdown is not read. */
const inHtml = (text: string): string =>
  printable(text, { limit: 160 })
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[@#]|www|:(?=\/\/)/g, "$&&#8203;");

/** A code block whose fence no line of the text can close. */
export function fenced(text: string, language: string, limit: number): string {
  const kept =
    text.length > limit ? `${text.slice(0, limit)}\n# ... ${text.length - limit} more characters` : text;
  const runs = kept.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return `${fence}${language}\n${kept.trimEnd()}\n${fence}`;
}

// Reports: a run record as JSON, Markdown, HTML or model card, and from nothing else.
import { AppError } from "../base/index.ts";
import type { RunRecord } from "../record/index.ts";
import { renderCard } from "./card.ts";
import { renderHtml } from "./html.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./markdown.ts";

export { niceTicks } from "./chart.ts";
export { inline, tableText } from "./markdown.ts";
export { html, type Markup, preformatted } from "./markup.ts";
export { filesLine, type Next, nextOf } from "./next.ts";
export { drawPage, drawTable, fitted } from "./page.ts";
export { measuredOnly, none, type Table } from "./tables.ts";
export {
  bytes,
  count,
  duration,
  milliseconds,
  percent,
  signedFigure,
  times,
  withoutZeros,
} from "./words.ts";

/** A format: its file in the output folder, and the function that writes it. */
export interface Format {
  readonly file: string;
  readonly render: (record: RunRecord) => string;
}

/** All formats by name; a new one is one file and one line here. */
export const formats = {
  json: { file: "report.json", render: renderJson },
  markdown: { file: "report.md", render: renderMarkdown },
  html: { file: "report.html", render: renderHtml },
  card: { file: "README.md", render: renderCard },
} as const satisfies Readonly<Record<string, Format>>;

/** The name of a format. */
export type FormatName = keyof typeof formats;

/** The record in a format. */
export const render = (record: RunRecord, format: FormatName): string => formats[format].render(record);

/** The format of a name that a user gave; an AppError `usage` that lists them when there is none. */
export function formatNamed(name: string): FormatName {
  if (isFormat(name)) return name;
  throw new AppError("usage", `there is no report format ${name}`, {
    hint: `known: ${Object.keys(formats).join(", ")}`,
  });
}

const isFormat = (name: string): name is FormatName => Object.hasOwn(formats, name);

// A page of HTML: opens offline, asks nothing of any server, runs one script, which sorts; and its tables.
import { createHash } from "node:crypto";
import { html, Markup } from "./markup.ts";
import { script, sortValue } from "./sort.ts";
import { style } from "./style.ts";
import type { Table } from "./tables.ts";

/** What a page consists of. */
export interface Page {
  /** What kind of page it is: "report". */
  readonly kind: string;
  readonly name: string;
  readonly lede: string;
  readonly main: Markup;
  readonly footer: Markup;
  /** CSS after the style sheet of every page, without any reference to a file. */
  readonly sheet?: string;
}

/** Rows of a list that a page shows; the rest is counted. */
const listed = 400;

/** Bytes that a page stays under. */
const room = 1_000_000;

/** What `draw` makes with the longest lists that keep it under 1 MB; they have at most 400 rows. */
export function fitted(draw: (limit: number) => string): string {
  for (let limit = listed; limit > 5; limit = Math.floor(limit / 2)) {
    const page = draw(limit);
    if (Buffer.byteLength(page) < room) return page;
  }
  return draw(5);
}

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The page; only its own style sheet and script, named by their hashes, are allowed to take effect. */
export function drawPage({ kind, name, lede, main, footer, sheet = "" }: Page): string {
  const css = `${style}${sheet}`;
  const allowed = `style-src ${hashOf(css)}; script-src ${hashOf(script)}`;
  const policy = new Markup(`default-src 'none'; ${allowed}; base-uri 'none'; form-action 'none'`);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${name}: minnow ${kind}</title>
<style>${new Markup(css)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the figures</a>
<header>
<p class="brand">${mark}<span><b>minnow</b> ${kind}</span></p>
<h1>${name}</h1>
<p class="lede">${lede}</p>
</header>
<main id="main" tabindex="-1">
${main}</main>
<footer>${footer}</footer>
<script>${new Markup(script)}</script>
</body>
</html>
`;
  return page.text;
}

const mark = html`<svg viewBox="0 0 42 21" aria-hidden="true" fill="currentColor">
<path d="M1 10.5C8 2.5 20 1 30 9l9-6.5c-1.4 5.4-1.4 10.6 0 16L30 12C20 20 8 18.5 1 10.5Z"/></svg>`;

/** How a table is drawn. */
export interface TableLook {
  readonly kind: "stages" | "words";
  /** Which rows stand out, by their place. */
  readonly marked?: (row: number) => boolean;
  /** Where the first cell of a row leads, relative to the page. */
  readonly link?: (row: number) => string | undefined;
  /** Most rows; the rest is counted. */
  readonly limit: number;
  /** The file that has the rows which are left out; default: report.json. */
  readonly file?: string;
}

/** The table in a region that scrolls; its cells of figures say what they count for when it is sorted. */
export function drawTable(table: Table, look: TableLook): Markup {
  const { kind, marked, link, limit, file = "report.json" } = look;
  const { title, head, rows, numbers = head.length } = table;
  const aligned = (i: number): Markup | undefined => (i >= numbers ? html` class="number"` : undefined);
  const counted = (cell: string, i: number): Markup | undefined => {
    const value = i >= numbers ? sortValue(cell) : undefined;
    return value === undefined ? undefined : html` data-sort="${value}"`;
  };
  const first = (cell: string, place: number): Markup => {
    const target = link?.(place);
    return html`<th scope="row">${target === undefined ? cell : html`<a href="${target}">${cell}</a>`}</th>`;
  };
  const body = rows
    .slice(0, limit)
    .map(
      (cells, place) =>
        html`<tr${marked?.(place) ? html` class="final"` : undefined}>${cells.map((cell, i) =>
          i === 0 ? first(cell, place) : html`<td${aligned(i)}${counted(cell, i)}>${cell}</td>`,
        )}</tr>\n`,
    );
  const more =
    rows.length > limit ? html`<p class="params">and ${rows.length - limit} more in ${file}</p>` : undefined;
  return html`<div class="scroll ${kind}" role="region" aria-label="${title}" tabindex="0">
<table><caption>${title}</caption>
<thead><tr>${head.map((name, i) => html`<th scope="col"${aligned(i)}>${name}</th>`)}</tr></thead>
<tbody>
${body}</tbody></table>${more}</div>
`;
}

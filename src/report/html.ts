// The report as one HTML file: opens offline, asks nothing of any server, runs no script.
import { createHash } from "node:crypto";
import type { RunRecord, Stage } from "../record/index.ts";
import { drawChart } from "./chart.ts";
import { chartsOf } from "./charts.ts";
import { html, Markup, preformatted } from "./markup.ts";
import { style } from "./style.ts";
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
import { drawTiles } from "./tiles.ts";
import { count, duration, oneLine, verdict } from "./words.ts";

/** Rows of a list that the page shows; the rest is counted and stands in report.json. */
const listed = 400;

const sheet = new Markup(style);
const sheetHash = createHash("sha256").update(style).digest("base64");
const policy = new Markup(
  `default-src 'none'; style-src 'sha256-${sheetHash}'; base-uri 'none'; form-action 'none'`,
);

/** The page; only its own style sheet, named by its hash, is allowed to take effect. */
export function renderHtml(record: RunRecord): string {
  const figures = [qualityTable(record), costTable(record), latencyTable(record)];
  const ways = howMeasured(record).map(
    ([what, how]) => html`<div><dt>${what}</dt><dd>${how}</dd></div>
`,
  );
  const page = html`<!doctype html>
<html lang="en">
${drawHead(record)}
<main>
${drawTiles(record)}
${drawWarnings(record.stages)}
<h2>Stage by stage</h2>
<div class="charts">
${chartsOf(record).map(drawChart)}</div>
<h2>The figures</h2>
${figures.map((table) => table && drawTable(table, "stages", record.result.stage))}
<h2>What the steps did</h2>
${record.stages.slice(1).map(drawStep)}
${drawRefused(record)}
<h2>How it was measured</h2>
<dl class="how">
${ways}</dl>
${drawTable(factsTable(record), "words")}
<h2>Recipe</h2>
<pre tabindex="0" aria-label="Recipe">${preformatted(record.recipe.text.trimEnd())}</pre>
</main>
<footer>Made by minnow ${record.minnow} from ${record.recipe.path}.
Record format ${record.schema}; report.json holds every figure.</footer>
</body>
</html>
`;
  return page.text;
}

const drawHead = (record: RunRecord): Markup => html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${record.name}: minnow report</title>
<style>${sheet}</style>
</head>
<body>
<header>
<p class="brand">${mark}<span><b>minnow</b> report</span></p>
<h1>${record.name}</h1>
<p class="lede">${verdict(record)}</p>
</header>`;

const mark = html`<svg viewBox="0 0 42 21" aria-hidden="true" fill="currentColor">
<path d="M1 10.5C8 2.5 20 1 30 9l9-6.5c-1.4 5.4-1.4 10.6 0 16L30 12C20 20 8 18.5 1 10.5Z"/></svg>`;

function drawWarnings(stages: readonly Stage[]): Markup | undefined {
  const lines = stages.flatMap(({ name, warnings }) =>
    warnings.map((warning) => html`<li><b>${name}:</b> ${warning}</li>\n`),
  );
  if (lines.length === 0) return undefined;
  return html`<section class="alert" aria-labelledby="worse">
<h2 id="worse">What got worse on the way</h2><ul>\n${lines.slice(0, listed)}</ul></section>`;
}

function drawTable(table: Table, kind: "stages" | "words", final?: string): Markup {
  const { title, head, rows, numbers = head.length } = table;
  const aligned = (i: number): Markup | undefined => (i >= numbers ? html` class="number"` : undefined);
  const body = rows
    .slice(0, listed)
    .map(
      (cells) =>
        html`<tr${cells[0] === final ? html` class="final"` : undefined}>${cells.map((cell, i) =>
          i === 0 ? html`<th scope="row">${cell}</th>` : html`<td${aligned(i)}>${cell}</td>`,
        )}</tr>\n`,
    );
  const more =
    rows.length > listed
      ? html`<p class="params">and ${rows.length - listed} more in report.json</p>`
      : undefined;
  return html`<div class="scroll ${kind}" role="region" aria-label="${title}" tabindex="0">
<table><caption>${title}</caption>
<thead><tr>${head.map((name, i) => html`<th scope="col"${aligned(i)}>${name}</th>`)}</tr></thead>
<tbody>
${body}</tbody></table>${more}</div>
`;
}

function drawStep(stage: Stage): Markup {
  const { name, method, params, changes, seconds, cached } = stage;
  const number = `${count(changes.length)} ${changes.length === 1 ? "change" : "changes"}`;
  const done = `${method}, ${number}, ${duration(seconds)}${cached ? " (cached)" : ""}`;
  return html`<details><summary>${name}<span>${done}</span></summary>
<p class="params">${oneLine(JSON.stringify(params), 1000)}</p>
${changes.length > 0 ? drawTable(changesTable(stage), "words") : undefined}</details>
`;
}

function drawRefused(record: RunRecord): Markup {
  const table = refusedTable(record);
  return table.rows.length === 0 ? html`<p>Nothing was refused.</p>` : drawTable(table, "words");
}

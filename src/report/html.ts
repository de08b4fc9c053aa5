// The report as one HTML file: opens offline, asks nothing of any server, and its one script sorts tables.
import { printable } from "../base/index.ts";
import type { RunRecord, Stage } from "../record/index.ts";
import { drawChart } from "./chart.ts";
import { chartsOf } from "./charts.ts";
import { differencesSection, differencesTitle } from "./differences.ts";
import { html, type Markup, preformatted } from "./markup.ts";
import { nextOf, nextTitle } from "./next.ts";
import { drawPage, drawTable, fitted } from "./page.ts";
import { robustnessSection, robustnessTitle } from "./robustness.ts";
import { runningTables, runningWays } from "./running.ts";
import { partsChart, partsTable, sensitivityNote, sensitivityTitle, triedByPart } from "./sensitivity.ts";
import { stepCharts, stepsNote, stepsTable, stepsTitle } from "./steps.ts";
import {
  changesTable,
  costTable,
  factsTable,
  howMeasured,
  latencyTable,
  qualityTable,
  refusedTable,
} from "./tables.ts";
import { drawTiles } from "./tiles.ts";
import { bytes, count, duration, inputsTitle, verdict } from "./words.ts";

/** The page of a record, under 1 MB. */
export const renderHtml = (record: RunRecord): string => fitted((limit) => withLimit(record, limit));

function withLimit(record: RunRecord, limit: number): string {
  const figures = [qualityTable(record), costTable(record), latencyTable(record), ...runningTables(record)];
  const ways = [...howMeasured(record), ...runningWays(record)].map(drawWay);
  const isFinal = (row: number, table: { readonly rows: readonly (readonly string[])[] }): boolean =>
    table.rows[row]?.[0] === record.result.stage;
  const recipe = record.recipe.text
    .trimEnd()
    .split("\n")
    .slice(0, 10 * limit)
    .join("\n");
  const main = html`${drawTiles(record)}
${drawNext(record)}
${drawInputWarnings(record.warnings ?? [], limit)}${drawWarnings(record.stages, limit)}
<h2>Stage by stage</h2>
<div class="charts">
${chartsOf(record).map(drawChart)}</div>
${drawSteps(record, limit)}<h2>The figures</h2>
${figures.map(
  (table) => table && drawTable(table, { kind: "stages", limit, marked: (row) => isFinal(row, table) }),
)}
${drawSensitivity(record)}${drawDifferences(record, limit)}${drawRobustness(record, limit)}<h2>What the steps did</h2>
${record.stages.slice(1, limit).map((stage) => drawStep(stage, limit))}
${restOf(record.stages.length - limit)}
${drawRefused(record, limit)}
<h2>How it was measured</h2>
<dl class="how">
${ways}</dl>
${drawTable(factsTable(record), { kind: "words", limit })}
<h2>Recipe</h2>
<pre tabindex="0" role="region" aria-label="Recipe">${preformatted(recipe)}</pre>
`;
  const footer = html`Made by minnow ${record.minnow} from ${record.recipe.path}.
Record format ${record.schema}; report.json holds every figure.`;
  return drawPage({ kind: "report", name: record.name, lede: verdict(record), main, footer });
}

function drawNext(record: RunRecord): Markup {
  const { files, code, gate } = nextOf(record);
  const block = (label: string, text: string): Markup =>
    html`<p>${label}</p>
<pre tabindex="0" role="region" aria-label="${label}">${preformatted(text)}</pre>
`;
  return html`<section class="next" aria-labelledby="next"><h2 id="next">${nextTitle}</h2>
${files.length > 0 ? html`<p><b>Deploy</b> ${files.map((file, i) => html`${i > 0 ? ", " : ""}<code>${file.path}</code>${file.bytes === undefined ? "" : ` (${bytes(file.bytes)})`}`)}</p>\n` : undefined}${code && block("Run it in Node, beside the folder", code.node)}${
  code &&
  html`<details><summary>The same in a browser<span>a page that a server of files gives out</span></summary>
<pre tabindex="0" role="region" aria-label="In a browser">${preformatted(code.page)}</pre></details>
`
}${block("Keep it so, in continuous integration", gate)}</section>`;
}

const drawWay = ([what, how]: readonly [string, string]): Markup =>
  html`<div><dt>${what}</dt><dd>${how}</dd></div>\n`;

function drawInputWarnings(warnings: readonly string[], limit: number): Markup | undefined {
  if (warnings.length === 0) return undefined;
  const lines = warnings.slice(0, limit).map((warning) => html`<li>${warning}</li>\n`);
  return html`<section class="alert" aria-labelledby="inputs">
<h2 id="inputs">${inputsTitle}</h2><ul>\n${lines}</ul></section>
`;
}

function drawWarnings(stages: readonly Stage[], limit: number): Markup | undefined {
  const lines = stages.flatMap(({ name, warnings }) =>
    warnings.map((warning) => html`<li><b>${name}:</b> ${warning}</li>\n`),
  );
  if (lines.length === 0) return undefined;
  return html`<section class="alert" aria-labelledby="worse">
<h2 id="worse">What got worse on the way</h2><ul>\n${lines.slice(0, limit)}</ul></section>`;
}

function drawSteps(record: RunRecord, limit: number): Markup | undefined {
  const table = stepsTable(record);
  if (!table) return undefined;
  return html`<h2>${stepsTitle}</h2>
<p class="say">${stepsNote}</p>
${drawTable(table, { kind: "stages", limit })}
<div class="charts">
${stepCharts(record).map(drawChart)}</div>
`;
}

function drawDifferences(record: RunRecord, limit: number): Markup | undefined {
  const section = differencesSection(record);
  if (!section) return undefined;
  const tables = [section.classes, section.examples].filter(({ rows }) => rows.length > 0);
  return html`<h2>${differencesTitle}</h2>
${
  section.worst === undefined
    ? undefined
    : html`<p>${section.worst}</p>
`
}${tables.map((table) => drawTable(table, { kind: "words", limit }))}`;
}

function drawSensitivity({ stages }: RunRecord): Markup | undefined {
  const charts = triedByPart(stages).map(({ name, sensitivity }, i) =>
    drawChart(partsChart(`parts-${i + 1}`, name, sensitivity)),
  );
  if (charts.length === 0) return undefined;
  return html`<h2>${sensitivityTitle}</h2>
<p>${sensitivityNote}</p>
<div class="charts parts">
${charts}</div>
`;
}

function drawRobustness(record: RunRecord, limit: number): Markup | undefined {
  const section = robustnessSection(record);
  if (!section) return undefined;
  return html`<h2>${robustnessTitle}</h2>
<p>${section.line}</p>
${drawTable(section.table, { kind: "stages", limit })}<dl class="how">
${section.variants.map(drawWay)}</dl>
`;
}

function drawStep(stage: Stage, limit: number): Markup {
  const { name, method, params, changes, seconds, cached, sensitivity } = stage;
  const number = `${count(changes.length)} ${changes.length === 1 ? "change" : "changes"}`;
  const done = `${method}, ${number}, ${duration(seconds)}${cached ? " (cached)" : ""}`;
  return html`<details><summary>${name}<span>${done}</span></summary>
<p class="params">${printable(JSON.stringify(params), { limit: 1000 })}</p>
${changes.length > 0 ? drawTable(changesTable(stage), { kind: "words", limit }) : undefined}${
  sensitivity && drawTable(partsTable(name, sensitivity), { kind: "stages", limit })
}</details>
`;
}

const restOf = (left: number): Markup | undefined =>
  left > 0 ? html`<p class="params">and ${left} more in report.json</p>` : undefined;

function drawRefused(record: RunRecord, limit: number): Markup {
  const table = refusedTable(record);
  return table.rows.length === 0
    ? html`<p>Nothing was refused.</p>`
    : drawTable(table, { kind: "words", limit });
}

// A comparison as one HTML file: opens offline, asks nothing of any server, and its one script sorts tables.
import { figure, figureRange, metricTitle, metricWords, named, units } from "../record/index.ts";
import {
  bytes,
  drawPage,
  drawTable,
  fitted,
  html,
  type Markup,
  milliseconds,
  preformatted,
  type Table,
  withoutZeros,
} from "../report/index.ts";
import type { Comparison, Row } from "./comparison.ts";
import { titleOf } from "./markdown.ts";
import { costAxis, type Dot, drawScatter, type Scatter } from "./scatter.ts";
import { sheet } from "./style.ts";
import { comparisonTable, howRead, standings } from "./table.ts";

/** Percent of a plot's width within which results cannot be told apart. */
const CROWDED = 25;

/** Points of one plot and sentences of one list; the rest is in the table, and in compare.json. */
const room = 60;

/** The page, under 1 MB. */
export const renderHtml = (comparison: Comparison): string => fitted((limit) => withLimit(comparison, limit));

function withLimit(comparison: Comparison, limit: number): string {
  const charts = [bytesPlot(comparison), latencyPlot(comparison)].flatMap((plot) =>
    plot ? [plot, ...closeUp(plot)] : [],
  );
  const main = html`${drawNotes(comparison)}
<h2>What ${wordsOf(comparison)} costs</h2>
${charts.length === 0 ? html`<p>Nothing was scored, so there is nothing to draw.</p>\n` : undefined}
<div class="charts">
${charts.map(drawScatter)}</div>
<h2>The figures</h2>
${drawTable(numbered(comparisonTable(comparison)), {
  kind: "stages",
  marked: (row) => isBest(comparison.rows[row]),
  link: (row) => comparison.rows[row]?.report ?? undefined,
  limit,
  file: "compare.json",
})}
${drawStandings(comparison)}
<h2>How to read it</h2>
<dl class="how">
${howRead.map(([what, how]) => html`<div><dt>${what}</dt><dd>${how}</dd></div>\n`)}</dl>
`;
  return drawPage({
    kind: "comparison",
    name: titleOf(comparison),
    lede: ledeOf(comparison),
    main,
    footer: html`Made by minnow ${comparison.minnow}.
Format ${comparison.schema}; compare.json holds every figure.`,
    sheet,
  });
}

/** The table with the numbers of the plots. */
const numbered = ({ head, rows, ...table }: Table): Table => ({
  ...table,
  head: [...head.slice(0, 1), "No.", ...head.slice(1)],
  rows: rows.map((cells, i) => [...cells.slice(0, 1), String(i + 1), ...cells.slice(1)]),
});

const isBest = (row: Row | undefined): boolean =>
  row?.pareto.bytes.verdict === "best" || row?.pareto.latency.verdict === "best";

const wordsOf = ({ metric }: Comparison): string => (metric ? metricWords(metric.name) : "quality");

function ledeOf({ rows, metric, pareto }: Comparison): string {
  const scored = metric ? rows.filter(({ metrics }) => named(metrics, metric.name)).length : 0;
  if (scored === 0) return "No metric of the task was measured.";
  const [best, fast] = [pareto.bytes.length, pareto.latency.length];
  const timed = fast > 0 ? `, and ${fast} by latency` : "";
  const said = `${best} ${best === 1 ? "is" : "are"} not dominated by bytes${timed}`;
  return `Of ${scored} models, teachers among them, ${said}.`;
}

function drawNotes({ notes }: Comparison): Markup | undefined {
  if (notes.length === 0) return undefined;
  return html`<section class="alert" aria-labelledby="notes">
<h2 id="notes">Before you compare</h2><ul>
${notes.map((note) => html`<li>${preformatted(note)}</li>\n`)}</ul></section>`;
}

function drawStandings(comparison: Comparison): Markup | undefined {
  const lines = standings(comparison);
  if (lines.length === 0) return undefined;
  const more =
    lines.length > room ? html`<li>and ${lines.length - room} more in compare.json</li>\n` : undefined;
  return html`<h2>Where each stands</h2>
<ul class="stand">
${lines.slice(0, room).map(({ name, words }) => html`<li><b>${name}</b>, ${words}</li>\n`)}${more}</ul>`;
}

const bytesPlot = (comparison: Comparison): Scatter | undefined =>
  plotOf(comparison, {
    cost: "bytes",
    title: "bytes",
    costOf: ({ bytes: size }) => size,
    say: bytes,
  });

const latencyPlot = (comparison: Comparison): Scatter | undefined =>
  plotOf(comparison, {
    cost: "latency",
    title: `time for ${comparison.batch === 1 ? "one item" : `${comparison.batch} items`}`,
    costOf: ({ latency }) => latency?.p50Ms,
    say: milliseconds,
  });

interface Cost {
  readonly cost: "bytes" | "latency";
  /** What the metric is drawn against. */
  readonly title: string;
  readonly costOf: (row: Row) => number | undefined;
  readonly say: (cost: number) => string;
}

function plotOf({ rows, metric }: Comparison, { cost, title, costOf, say }: Cost): Scatter | undefined {
  if (!metric) return undefined;
  const { scale } = units[metric.unit];
  const dots = rows.flatMap((row, i): readonly Dot[] => {
    const value = costOf(row);
    const { metrics, name, kind, report } = row;
    const found = named(metrics, metric.name);
    if (value === undefined || !found || row.pareto[cost].verdict === "left out") return [];
    return [
      {
        number: i + 1,
        name,
        shape: kind,
        inSet: row.pareto[cost].verdict === "best",
        cost: value,
        quality: { value: scale * found.value, low: scale * found.low, high: scale * found.high },
        told: `${figure(found.value, found.unit)} (${figureRange(found, found.unit)}), ${say(value)}`,
        ...(report !== null && { link: report }),
      },
    ];
  });
  if (dots.length === 0) return undefined;
  const shown = dots.toSorted((a, b) => Number(b.inSet) - Number(a.inSet)).slice(0, room);
  const left = dots.length > room ? ` ${dots.length - room} more points are in the table.` : "";
  return {
    id: `by-${cost}`,
    title: `${metricTitle(metric.name)} against ${title}`,
    metric,
    caption: `${captionOf(shown)}${left}`,
    tick: (value) => (value === 0 ? "0" : withoutZeros(say(value))),
    dots: shown.toSorted((a, b) => a.number - b.number),
  };
}

function captionOf(dots: readonly Dot[]): string {
  const { logarithmic } = costAxis(dots.map(({ cost }) => cost));
  const squares = dots.some(({ shape }) => shape === "teacher") ? " Squares: teachers." : "";
  return (
    `Filled: the Pareto set, joined by the line. Hollow: dominated.${squares} Lines up and ` +
    `down: 95 % intervals. ${logarithmic ? "Costs are on a logarithmic scale. " : ""}The axes do not start at zero.`
  );
}

/** Results that lie close together beside a far teacher, without it: the same plot on an axis of their own. */
function closeUp(plot: Scatter): readonly Scatter[] {
  const results = plot.dots.filter(({ shape }) => shape === "run");
  const { at } = costAxis(plot.dots.map(({ cost }) => cost));
  const places = results.map(({ cost }) => at(cost));
  const crowded = Math.max(...places) - Math.min(...places) < CROWDED;
  if (results.length < 2 || results.length === plot.dots.length || !crowded) return [];
  const title = `${plot.title}, results alone`;
  return [{ ...plot, id: `${plot.id}-alone`, title, caption: captionOf(results), dots: results }];
}

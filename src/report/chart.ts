// Charts as inline SVG without a view box: bars in percent of any width, text at its own size.
import { html, type Markup, preformatted } from "./markup.ts";

/** One line of a chart; numbers are in the unit of the domain. */
export interface ChartRow {
  readonly label: string;
  readonly value: string;
  /** Shown beside the value where there is room. */
  readonly detail?: string;
  readonly tone: "teacher" | "stage" | "final" | "worse" | "better";
  readonly bar?: readonly [from: number, to: number];
  /** A stronger bar inside the bar. */
  readonly inner?: readonly [from: number, to: number];
  /** An interval, drawn as a line with ends. */
  readonly whisker?: readonly [low: number, high: number];
  readonly point?: number;
}

/** A chart: rows of bars, points and intervals on one scale. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What a reader who cannot see the chart should know. */
  readonly description: string;
  readonly caption: string;
  readonly domain: readonly [low: number, high: number];
  readonly tick: (value: number) => string;
  /** A mark on every row. */
  readonly reference?: number;
  readonly rows: readonly ChartRow[];
}

const rowHeight = 46;
/** Distance of a bar's middle from the top of its row. */
const middle = 31;

/** A figure with title, SVG and caption. */
export function drawChart(chart: Chart): Markup {
  const height = chart.rows.length * rowHeight + 26;
  const rows = chart.rows.map((row, i) => drawRow(row, i * rowHeight, chart));
  return html`<figure class="chart">
<h3 id="${chart.id}">${chart.title}</h3>
<svg role="img" aria-labelledby="${chart.id}-title ${chart.id}-desc" width="100%" height="${height}">
<title id="${chart.id}-title">${chart.title}</title><desc id="${chart.id}-desc">${preformatted(chart.description)}</desc>
${rows}${drawAxis(chart, height - 4)}
</svg>
<figcaption>${preformatted(chart.caption)}</figcaption>
</figure>
`;
}

type Place = (value: number) => number;

const place = ([low, high]: readonly [number, number]): Place => {
  const span = high - low || 1;
  return (value) => Math.round((10000 * Math.min(span, Math.max(0, value - low))) / span) / 100;
};

function drawRow(row: ChartRow, top: number, { domain, reference }: Chart): Markup {
  const at = place(domain);
  const y = top + middle;
  const bar = (range: readonly [number, number] | undefined, kind: string): Markup | undefined => {
    if (range === undefined) return undefined;
    const [from, to] = [at(Math.min(...range)), at(Math.max(...range))];
    const width = Math.max(0.4, Math.round(100 * (to - from)) / 100);
    return html`<rect class="${kind}" x="${from}%" y="${y - 6}" width="${width}%" height="12" rx="2"/>`;
  };
  const x = reference === undefined ? undefined : `${at(reference)}%`;
  const mark = x && html`<line class="reference" x1="${x}" x2="${x}" y1="${y - 10}" y2="${y + 10}"/>`;
  return html`<g class="${row.tone}"><text x="0" y="${top + 16}">${shorten(row.label)}</text>
<text x="100%" y="${top + 16}" class="value">${
    row.detail === undefined ? undefined : html`<tspan class="detail">${row.detail}\u2002</tspan>`
  }${row.value}</text>
<rect class="track" x="0" y="${y - 1}" width="100%" height="2" rx="1"/>${mark}
${bar(row.bar, row.inner ? "outer" : "bar")}${bar(row.inner, "inner")}${
  row.whisker && drawWhisker(row.whisker, y, at)
}${row.point === undefined ? undefined : html`<circle cx="${at(row.point)}%" cy="${y}" r="5"/>`}</g>
`;
}

function drawWhisker([low, high]: readonly [number, number], y: number, at: Place): Markup {
  const [from, to] = [`${at(low)}%`, `${at(high)}%`];
  const line = (x1: string, x2: string, y1: number, y2: number): Markup =>
    html`<line class="whisker" x1="${x1}" x2="${x2}" y1="${y1}" y2="${y2}"/>`;
  return html`${line(from, to, y, y)}${line(from, from, y - 5, y + 5)}${line(to, to, y - 5, y + 5)}`;
}

function drawAxis({ domain, tick }: Chart, y: number): Markup {
  const at = place(domain);
  const ticks = niceTicks(domain).map((value) => {
    const x = at(value);
    const anchor = x < 4 ? "start" : x > 96 ? "end" : "middle";
    return html`<text class="tick" x="${x}%" y="${y}" text-anchor="${anchor}">${tick(value)}</text>`;
  });
  return html`<g aria-hidden="true">${ticks}</g>`;
}

/** Three to six round numbers within the domain: steps of 1, 2 or 5 times a power of ten. */
export function niceTicks([low, high]: readonly [number, number]): number[] {
  const rough = (high - low) / 4;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.7) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

const shorten = (label: string): string => (label.length > 32 ? `${label.slice(0, 31)}…` : label);

/** A small bar for a tile: an interval on a domain, or a part of the whole, with a mark. */
export function drawGauge(
  description: string,
  domain: readonly [number, number],
  range: readonly [number, number],
  mark?: number,
): Markup {
  const at = place(domain);
  const [from, to] = [at(range[0]), at(range[1])];
  const x = mark === undefined ? undefined : `${at(mark)}%`;
  const line = x && html`<line class="mark" x1="${x}" x2="${x}" y1="0" y2="14"/>`;
  const width = Math.max(1.2, Math.round(100 * (to - from)) / 100);
  return html`<svg class="gauge" role="img" width="100%" height="14"><title>${description}</title>
<rect class="track" y="5" width="100%" height="4" rx="2"/>
<rect class="bar" x="${from}%" y="3" width="${width}%" height="8" rx="3"/>${line}
</svg>`;
}

// A scatter plot as inline SVG without a view box: quality upwards in pixels, cost to the right in percent.
import { axisRange, type MetricKind, metricWords, units } from "../record/index.ts";
import { html, type Markup, niceTicks } from "../report/index.ts";

/** One model in the plot; `quality` as it is written: shares in percent. */
export interface Dot {
  /** Its row in the table. */
  readonly number: number;
  readonly name: string;
  readonly shape: "run" | "teacher";
  readonly inSet: boolean;
  readonly cost: number;
  readonly quality: { readonly value: number; readonly low: number; readonly high: number };
  /** Its figures in words. */
  readonly told: string;
  /** Relative to the page. */
  readonly link?: string;
}

/** A plot of quality against one cost. */
export interface Scatter {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** What quality is, and in which unit. */
  readonly metric: MetricKind;
  readonly tick: (cost: number) => string;
  readonly dots: readonly Dot[];
}

/** Where the plot is, in pixels from the top. */
const top = 26;
const bottom = 300;

/** A figure with title, SVG, the numbers' names and a caption. */
export function drawScatter({ id, title, caption, metric, tick, dots }: Scatter): Markup {
  const across = costAxis(dots.map(({ cost }) => cost));
  const upwards = qualityAxis(dots, metric);
  const front = dots.filter(({ inSet }) => inSet).toSorted((a, b) => a.cost - b.cost);
  const joined = front.slice(1).map((dot, i) => {
    const before = front[i] ?? dot;
    return html`<line class="front" x1="${across.at(before.cost)}%" y1="${upwards.at(before.quality.value)}"
 x2="${across.at(dot.cost)}%" y2="${upwards.at(dot.quality.value)}"/>
`;
  });
  const key = dots.map(({ number, name }) => html`<li value="${number}">${name}</li>`);
  return html`<figure class="chart">
<h3 id="${id}">${title}</h3>
<svg role="group" aria-labelledby="${id}-title ${id}-desc" width="100%" height="${bottom + 40}">
<title id="${id}-title">${title}</title>
<desc id="${id}-desc">${dots.length} points with 95 % intervals of ${metricWords(metric.name)}.
In the Pareto set: ${front.map(({ name, told }, i) => html`${i > 0 ? "; " : ""}${name}, ${told}`)}.</desc>
<g aria-hidden="true">${upwards.ticks.map((value) => gridLine(`${value}${units[metric.unit].after}`, upwards.at(value)))}${across.ticks.map(
    (value) => costTick(tick(value), across.at(value)),
  )}</g>
${joined}${dots.map((dot) => drawDot(dot, across.at(dot.cost), upwards.at))}</svg>
<ol class="key">${key}</ol>
<figcaption>${caption}</figcaption>
</figure>
`;
}

type Place = (value: number) => number;

interface Axis {
  readonly at: Place;
  readonly ticks: readonly number[];
}

const gridLine = (words: string, y: number): Markup =>
  html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/>
<text class="tick" x="0" y="${y - 4}">${words}</text>
`;

const costTick = (words: string, x: number): Markup =>
  html`<line class="grid" x1="${x}%" x2="${x}%" y1="${bottom}" y2="${bottom + 6}"/>
<text class="tick" x="${x}%" y="${bottom + 22}" text-anchor="middle">${words}</text>
`;

/** The number in a disc, or a square for a teacher; hollow where it is dominated; the interval behind it. */
function drawDot(dot: Dot, x: number, at: Place): Markup {
  const { number, name, shape, inSet, quality, told, link } = dot;
  const [low, high, y] = [at(quality.low), at(quality.high), at(quality.value)];
  const body =
    shape === "teacher"
      ? html`<rect class="body" x="-9" y="${y - 9}" width="18" height="18" rx="3"/>`
      : html`<circle class="body" r="10" cy="${y}"/>`;
  const drawn = html`<svg x="${x}%" class="dot ${inSet ? "best" : "rest"}" role="img"><title>${name}: ${told}</title>
<line class="whisker" y1="${low}" y2="${high}"/><line class="whisker" x1="-5" x2="5" y1="${low}" y2="${low}"/>
<line class="whisker" x1="-5" x2="5" y1="${high}" y2="${high}"/>
${body}<text y="${y + 4}">${number}</text></svg>`;
  return link === undefined
    ? html`${drawn}\n`
    : html`<a href="${link}" aria-label="report of ${name}: ${told}">${drawn}</a>\n`;
}

const cents = (value: number): number => Math.round(100 * value) / 100;

/** Percent of the width; room on the left is for the figures of quality. */
const [left, right] = [16, 94];

/** Linear, or logarithmic where the greatest is more than ten times the least. */
export function costAxis(costs: readonly number[]): Axis & { readonly logarithmic: boolean } {
  const [least, greatest] = [Math.min(...costs), Math.max(...costs)];
  const logarithmic = least > 0 && greatest > 10 * least;
  const scale = (value: number): number => (logarithmic ? Math.log10(value) : value);
  const pad = logarithmic ? 0.1 : 0.08 * (greatest - least) || 0.1 * greatest || 1;
  const [low, high] = [scale(least) - pad, scale(greatest) + pad];
  return {
    at: (value) => cents(left + ((right - left) * (scale(value) - low)) / (high - low)),
    ticks: logarithmic ? decades(low, high) : niceTicks([Math.max(0, low), high]),
    logarithmic,
  };
}

/** 1, 2 and 5 times the powers of ten between two exponents; only the powers where those are many. */
function decades(low: number, high: number): readonly number[] {
  const powers = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => Math.floor(low) + i);
  const within = (factors: readonly number[]): readonly number[] =>
    powers
      .flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(1))))
      .filter((value) => Math.log10(value) >= low && Math.log10(value) <= high);
  const fine = within([1, 2, 5]);
  return fine.length <= 5 ? fine : within([1]);
}

function qualityAxis(dots: readonly Dot[], { unit }: MetricKind): Axis {
  const range = axisRange(
    dots.map(({ quality }) => quality),
    unit,
  );
  const [low, high] = range;
  return {
    at: (value) => cents(bottom - ((bottom - top) * (value - low)) / (high - low || 1)),
    ticks: niceTicks(range),
  };
}

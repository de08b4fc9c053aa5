// The headline figures as large tiles: smaller, faster, as good, as near to the teacher.
import {
  busyWords,
  figure,
  figureRange,
  metricsOf,
  metricTitle,
  metricWords,
  primaryOf,
  type RunRecord,
  units,
} from "../record/index.ts";
import { drawGauge } from "./chart.ts";
import { html, type Markup } from "./markup.ts";
import { bytes, comparison, count, isWorse, milliseconds, signedFigure, signedFigureRange } from "./words.ts";

interface Tile {
  readonly figure: string;
  readonly word: string;
  readonly note: string;
  readonly bad: boolean;
  readonly gauge?: Markup;
}

/** The result against the teacher at a glance. */
export function drawTiles(record: RunRecord): Markup {
  const tiles = [sizeTile(record), speedTile(record), qualityTile(record), nearnessTile(record)];
  return html`<ul class="tiles">
${tiles.map((tile) => tile && drawTile(tile))}</ul>`;
}

const drawTile = ({ figure, word, note, bad, gauge }: Tile): Markup =>
  html`<li class="tile${bad ? " bad" : ""}"><p class="figure">${figure}</p><p class="word">${word}</p>${gauge}
<p class="note">${note}</p></li>
`;

const finalOf = ({ stages, result }: RunRecord): RunRecord["stages"][number] | undefined =>
  stages.find(({ name }) => name === result.stage);

function sizeTile(record: RunRecord): Tile {
  const [teacher, final] = [record.stages[0]?.size.bytes ?? 0, finalOf(record)?.size.bytes ?? 0];
  const [figure, word] = comparison(record.result.smaller, "smaller", "larger");
  const { smallerGzip } = record.result;
  const compressed =
    smallerGzip === undefined ? "" : `; compressed ${comparison(smallerGzip, "smaller", "larger").join(" ")}`;
  return {
    figure,
    word,
    bad: record.result.smaller < 1,
    gauge: drawGauge("the file as a part of the teacher's", [0, Math.max(teacher, final)], [0, final]),
    note: `${bytes(teacher)} became ${bytes(final)}${compressed}`,
  };
}

function speedTile(record: RunRecord): Tile {
  const { faster, fasterBatch } = record.result;
  if (!faster) return { figure: "–", word: "speed", note: whyNoSpeed(record), bad: false };
  const [figure, word] = comparison(faster.value, "faster", "slower");
  const at = (stage: RunRecord["stages"][number] | undefined): string =>
    milliseconds(stage?.latency.find(({ batch }) => batch === fasterBatch)?.p50Ms ?? 0);
  const change = `${at(record.stages[0])} became ${at(finalOf(record))} at batch ${fasterBatch ?? 1}`;
  const interval = `${faster.low.toFixed(2)} to ${faster.high.toFixed(2)} times the speed`;
  return {
    figure,
    word,
    bad: faster.high < 1,
    gauge: drawGauge(
      `speed against the teacher: ${interval}`,
      [0, 1.1 * Math.max(1, faster.high)],
      [faster.low, faster.high],
      1,
    ),
    note: `${change}; ${interval}; the mark is the teacher`,
  };
}

function whyNoSpeed(record: RunRecord): string {
  const busy = finalOf(record)?.latency.find((row) => row.busy)?.busy;
  return busy ? `Withheld: ${busyWords(busy)}.` : "Latency was not measured.";
}

/** The task's metric next to the teacher's. */
function qualityTile(record: RunRecord): Tile {
  const pair = record.result.difference;
  const metric = primaryOf(finalOf(record));
  if (!pair || !metric) {
    return {
      figure: metric ? figure(metric.value, metric.unit) : "–",
      word: metric ? metricWords(metric.name) : "quality",
      note: "The difference to the teacher was not measured.",
      bad: false,
    };
  }
  const { name, unit } = metric;
  const { counted, scale } = units[unit];
  const reach = 1.15 * Math.max(0.5 / scale, Math.abs(pair.low), Math.abs(pair.high));
  const range = `${signedFigureRange(pair, unit)} at 95 % on ${count(metric.n)} items`;
  const alike = pair.low <= 0 && pair.high >= 0 ? "; the items cannot tell the two apart" : "";
  const said = metricWords(name);
  return {
    figure: signedFigure(pair.value, unit),
    word: `${counted} of ${said}`,
    bad: isWorse(pair),
    gauge: drawGauge(`difference of ${said}: ${range}`, [-reach, reach], [pair.low, pair.high], 0),
    note: `${metricTitle(name)} ${figure(metric.value, unit)}; ${range}; the mark is the teacher${alike}`,
  };
}

/** The share of answers that are the teacher's, where one is measured. */
function nearnessTile(record: RunRecord): Tile | undefined {
  const final = finalOf(record);
  const near = metricsOf(final ? [final] : []).find(
    ({ role, unit, better }) => role === "fidelity" && unit === "share" && better === "higher",
  );
  if (!near) return undefined;
  const said = metricWords(near.name);
  const range = `${figureRange(near, near.unit)} %`;
  return {
    figure: figure(near.value, near.unit, 1),
    word: `${said} with the teacher`,
    bad: false,
    gauge: drawGauge(`${said}: ${range}`, [0, 1], [near.low, near.high], 1),
    note: `${range} at 95 %`,
  };
}

// The headline figures as large tiles: smaller, faster, accuracy, agreement.
import { busyWords, type RunRecord } from "../record/index.ts";
import { drawGauge } from "./chart.ts";
import { html, type Markup } from "./markup.ts";
import {
  bytes,
  comparison,
  count,
  milliseconds,
  percent,
  percentRange,
  signed,
  signedRange,
} from "./words.ts";

interface Tile {
  readonly figure: string;
  readonly word: string;
  readonly note: string;
  readonly bad: boolean;
  readonly gauge?: Markup;
}

/** The result against the teacher at a glance. */
export function drawTiles(record: RunRecord): Markup {
  const tiles = [sizeTile(record), speedTile(record), accuracyTile(record), agreementTile(record)];
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

function accuracyTile(record: RunRecord): Tile {
  const points = record.result.accuracyPoints;
  const accuracy = finalOf(record)?.metrics.accuracy;
  if (!points || !accuracy) {
    return {
      figure: accuracy ? percent(accuracy.value) : "–",
      word: "accuracy",
      note: "The difference to the teacher was not measured.",
      bad: false,
    };
  }
  const reach = 1.15 * Math.max(0.5, Math.abs(points.low), Math.abs(points.high));
  const range = `${signedRange(points)} at 95 % on ${count(accuracy.n)} items`;
  const alike = points.low <= 0 && points.high >= 0 ? "; the items cannot tell the two apart" : "";
  return {
    figure: signed(points.value),
    word: "points of accuracy",
    bad: points.high < 0,
    gauge: drawGauge(`difference of accuracy: ${range}`, [-reach, reach], [points.low, points.high], 0),
    note: `${percent(accuracy.value)} of items right; ${range}; the mark is the teacher${alike}`,
  };
}

function agreementTile(record: RunRecord): Tile | undefined {
  const { agreement } = finalOf(record)?.metrics ?? {};
  if (!agreement) return undefined;
  return {
    figure: percent(agreement.value, 1),
    word: "the teacher's answers",
    bad: false,
    gauge: drawGauge(`agreement: ${percentRange(agreement)} %`, [0, 1], [agreement.low, agreement.high], 1),
    note: `${percentRange(agreement)} % at 95 %`,
  };
}

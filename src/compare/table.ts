// A comparison as a table and as sentences: every output has the same cells and words.
import {
  figureCell,
  figureHead,
  figureRange,
  type Metric,
  metricsOf,
  metricTitle,
  named,
} from "../record/index.ts";
import { bytes, duration, measuredOnly, milliseconds, none, type Table, times } from "../report/index.ts";
import type { Comparison, Row } from "./comparison.ts";

/** A row for each result and teacher, without columns in which nothing was measured. */
export function comparisonTable({ rows, batch, metric }: Comparison): Table {
  const metrics = metricsOf(rows).toSorted(
    (a, b) => Number(b.name === metric?.name) - Number(a.name === metric?.name),
  );
  return measuredOnly({
    title: "Results and teachers",
    head: [
      "Model",
      ...metrics.flatMap(({ name, unit }) => [
        figureHead(metricTitle(name), unit),
        ...(name === metric?.name ? ["95 % interval"] : []),
      ]),
      "File",
      "gzip",
      `p50, batch ${batch ?? 1}`,
      "Speed-up",
      "95 % interval",
      "Run took",
      "Pareto set",
    ],
    rows: rows.map((row) => [
      row.name,
      ...metrics.flatMap(({ name }) => metricCells(named(row.metrics, name), name === metric?.name)),
      ...cellsOf(row),
    ]),
    numbers: 1,
  });
}

const metricCells = (found: Metric | undefined, withRange: boolean): readonly string[] => [
  found ? figureCell(found.value, found.unit) : none,
  ...(withRange ? [found ? figureRange(found, found.unit) : none] : []),
];

function cellsOf(row: Row): string[] {
  const { gzipBytes, latency, seconds } = row;
  const speedup = latency?.speedup;
  return [
    bytes(row.bytes),
    gzipBytes === null ? none : bytes(gzipBytes),
    latency ? milliseconds(latency.p50Ms) : none,
    speedup ? times(speedup.value) : none,
    speedup ? `${speedup.low.toFixed(2)} to ${speedup.high.toFixed(2)}` : none,
    seconds === null ? none : duration(seconds),
    costs.filter((cost) => row.pareto[cost].verdict === "best").join(", ") || none,
  ];
}

const costs = ["bytes", "latency"] as const;

/** Why each row stands where it stands, for those with something to say: "by bytes: dominated by ...". */
export const standings = ({
  rows,
}: Comparison): readonly { readonly name: string; readonly words: string }[] =>
  rows.flatMap(({ name, pareto }) =>
    costs.flatMap((cost) =>
      pareto[cost].words === "" ? [] : [{ name, words: `by ${cost}: ${pareto[cost].words}` }],
    ),
  );

/** How the figures are to be read, a sentence or two each. */
export const howRead: readonly (readonly [what: string, how: string])[] = [
  [
    "Pareto set",
    "A model is in it unless another is at least as good in the task's metric and as cheap (in bytes, or in median time), " +
      "and better in one of the two. Estimates are compared as they are.",
  ],
  [
    "Tie",
    "Two figures of the task's metric whose 95 % intervals overlap: each is said to be within the interval of the other. A " +
      "dominated model whose metric is a tie with all that dominate it is called a tie. The paired " +
      "difference in a run's own report is sharper: it can tell a result from its teacher where the two " +
      "tie here.",
  ],
  [
    "Latency",
    "Medians of different runs were not measured in turns; differences of a few percent are noise. The " +
      "speed-up of each run over its own teacher was.",
  ],
];

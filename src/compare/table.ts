// A comparison as a table and as sentences: every output has the same cells and words.
import {
  bytes,
  duration,
  measuredOnly,
  milliseconds,
  none,
  percent,
  percentRange,
  type Table,
  times,
} from "../report/index.ts";
import type { Comparison, Row } from "./comparison.ts";

/** A row for each result and teacher, without columns in which nothing was measured. */
export const comparisonTable = ({ rows, batch }: Comparison): Table =>
  measuredOnly({
    title: "Results and teachers",
    head: [
      "Model",
      "Accuracy",
      "95 % interval",
      "Agreement",
      "File",
      "gzip",
      `p50, batch ${batch ?? 1}`,
      "Speed-up",
      "95 % interval",
      "Run took",
      "Pareto set",
    ],
    rows: rows.map(cellsOf),
    numbers: 1,
  });

function cellsOf(row: Row): string[] {
  const { name, accuracy, agreement, gzipBytes, latency, seconds } = row;
  const speedup = latency?.speedup;
  return [
    name,
    accuracy ? percent(accuracy.value) : none,
    accuracy ? percentRange(accuracy) : none,
    agreement ? percent(agreement.value) : none,
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
    "A model is in it unless another is at least as accurate and as cheap (in bytes, or in median time), " +
      "and better in one of the two. Estimates are compared as they are.",
  ],
  [
    "Tie",
    "Two accuracies whose 95 % intervals overlap: each is said to be within the interval of the other. A " +
      "dominated model whose accuracy is a tie with all that dominate it is called a tie. The paired " +
      "difference in a run's own report is sharper: it can tell a result from its teacher where the two " +
      "tie here.",
  ],
  [
    "Latency",
    "Medians of different runs were not measured in turns; differences of a few percent are noise. The " +
      "speed-up of each run over its own teacher was.",
  ],
];

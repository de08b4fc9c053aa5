// The tables of a report as data: Markdown and HTML write the same cells.
import {
  type Difference,
  differenceHead,
  figureCell,
  figureHead,
  figureRange,
  type Latency,
  metricsOf,
  metricTitle,
  type NamedMetric,
  named,
  type RunRecord,
  type Stage,
  units,
} from "../record/index.ts";
import {
  bytes,
  count,
  digits,
  duration,
  milliseconds,
  percent,
  signedFigure,
  signedFigureRange,
  times,
} from "./words.ts";

/** Plain text, not escaped; columns from `numbers` on are aligned to the right. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** First column that holds figures; none where undefined. */
  readonly numbers?: number;
}

/** What stands where nothing was measured. */
export const none = "–";

/** The table without columns in which nothing was measured. */
export function measuredOnly(table: Table): Table {
  const kept = table.head.map((_, i) => i === 0 || table.rows.some((row) => row[i] !== none));
  const pick = (cells: readonly string[]): string[] => cells.filter((_, i) => kept[i]);
  return { ...table, head: pick(table.head), rows: table.rows.map(pick) };
}

/** Metrics of the task, differences to the teacher, and nearness to it, by stage; undefined where nothing was evaluated. */
export function qualityTable({ stages }: RunRecord): Table | undefined {
  const columns = qualityColumns(stages);
  if (columns.length === 0 && !stages.some(({ parity }) => parity)) return undefined;
  return measuredOnly({
    title: "Quality by stage",
    head: ["Stage", ...columns.map(({ head }) => head), "Parity"],
    rows: stages.map((stage) => [
      stage.name,
      ...columns.map(({ cell }) => cell(stage) ?? none),
      stage.parity ? parityCell(stage.parity) : none,
    ]),
    numbers: 1,
  });
}

interface Column {
  readonly head: string;
  readonly cell: (stage: Stage) => string | undefined;
}

const qualityColumns = (stages: readonly Stage[]): readonly Column[] => {
  const metrics = metricsOf(stages);
  const near = metrics.filter(({ role }) => role === "fidelity");
  const own = metrics.filter((metric) => !near.includes(metric));
  const pairs = metrics.filter(({ name }) => stages.some(({ versusTeacher }) => named(versusTeacher, name)));
  return [
    ...own.flatMap((metric) => [valueColumn(metric), rangeColumn(metric)]),
    ...pairs.flatMap((metric) => pairColumns(metric, pairs.length > 1)),
    ...near.map(valueColumn),
  ];
};

const valueColumn = ({ name, unit }: NamedMetric): Column => ({
  head: figureHead(metricTitle(name), unit),
  cell: ({ metrics }) => {
    const found = named(metrics, name);
    return found && figureCell(found.value, unit);
  },
});

const rangeColumn = ({ name, unit }: NamedMetric): Column => ({
  head: "95 % interval",
  cell: ({ metrics }) => {
    const found = named(metrics, name);
    return found && figureRange(found, unit);
  },
});

/** The difference to the teacher: of one metric "Points to teacher", of several each with its name. */
function pairColumns({ name, unit }: NamedMetric, several: boolean): readonly Column[] {
  const { counted } = units[unit];
  const head = several
    ? `${differenceHead(metricTitle(name), unit)} to teacher`
    : `${counted.slice(0, 1).toUpperCase()}${counted.slice(1)} to teacher`;
  const pairOf = ({ versusTeacher }: Stage) => named(versusTeacher, name);
  const read =
    (say: (pair: Difference) => string | undefined): Column["cell"] =>
    (stage) => {
      const pair = pairOf(stage);
      return pair && say(pair);
    };
  return [
    { head, cell: read(({ value }) => signedFigure(value, unit)) },
    { head: "95 % interval", cell: read((pair) => signedFigureRange(pair, unit)) },
    { head: "Lost / gained", cell: read(lostAndGained) },
  ];
}

/** "94 / 24"; undefined where the metric does not count items. */
export const lostAndGained = ({ lost, gained }: Pick<Difference, "lost" | "gained">): string | undefined =>
  lost === undefined || gained === undefined ? undefined : `${count(lost)} / ${count(gained)}`;

const parityCell = ({ maxDifference, tolerance }: NonNullable<Stage["parity"]>): string =>
  `${maxDifference <= tolerance ? "holds" : "broken"}, ${digits(maxDifference)}`;

/** Bytes, parameters, memory and the time that the step took, by stage. */
export function costTable({ stages }: RunRecord): Table {
  return measuredOnly({
    title: "Size and cost by stage",
    head: ["Stage", "File", "Smaller", "gzip", "Parameters", "Not zero", "Peak memory", "Step took"],
    rows: stages.map(({ name, size, memory, seconds, cached }) => [
      name,
      bytes(size.bytes),
      times((stages[0]?.size.bytes ?? 0) / Math.max(1, size.bytes)),
      size.gzipBytes === undefined ? none : bytes(size.gzipBytes),
      count(size.parameters),
      size.parameters === 0 ? none : percent(size.nonzero / size.parameters, 1),
      memory ? bytes(memory.peakRssBytes) : none,
      `${duration(seconds)}${cached ? ", cached" : ""}`,
    ]),
    numbers: 1,
  });
}

/** Latency by batch size and stage; undefined where it was not measured. */
export function latencyTable({ stages }: RunRecord): Table | undefined {
  const rows = batchesOf(stages).flatMap((batch) =>
    stages.flatMap(({ name, latency }) =>
      latency.filter((row) => row.batch === batch).map((row) => latencyRow(name, row)),
    ),
  );
  if (rows.length === 0) return undefined;
  return measuredOnly({
    title: "Latency by stage",
    head: ["Stage", "Batch", "p50", "p90", "p95", "p99", "Items / s", "Speed-up", "95 % interval", "Runs"],
    rows,
    numbers: 1,
  });
}

/** What stands for times that were withheld. */
export const busyCell = "busy";

const latencyRow = (name: string, row: Latency): string[] => [
  name,
  count(row.batch),
  ...(row.busy ? [busyCell, busyCell, busyCell, none, busyCell] : timesOf(row)),
  row.speedup ? times(row.speedup.value) : none,
  row.speedup ? `${row.speedup.low.toFixed(2)} to ${row.speedup.high.toFixed(2)}` : none,
  count(row.runs),
];

const timesOf = (row: Latency): string[] => [
  milliseconds(row.p50Ms),
  milliseconds(row.p90Ms),
  milliseconds(row.p95Ms),
  row.p99Ms === undefined ? none : milliseconds(row.p99Ms),
  digits(row.throughput),
];

/** Batch sizes that were measured, ascending. */
export const batchesOf = (stages: readonly Stage[]): number[] =>
  [...new Set(stages.flatMap(({ latency }) => latency.map((row) => row.batch)))].sort((a, b) => a - b);

/** What was refused and why, of all stages. */
export const refusedTable = ({ stages }: RunRecord): Table => ({
  title: "What was refused, and why",
  head: ["Stage", "Target", "Why"],
  rows: stages.flatMap(({ name, refused }) => refused.map(({ target, why }) => [name, target, why])),
});

/** What one stage changed. */
export const changesTable = ({ name, changes }: Stage): Table => ({
  title: `Changes of ${name}`,
  head: ["Target", "Change"],
  rows: changes.map(({ target, what }) => [target, what]),
});

/** Machine, data and provenance. */
export function factsTable(record: RunRecord): Table {
  const { machine, data, teacher, seed } = record;
  const file = (of: typeof data.test): string =>
    of ? `${of.path}, ${count(of.items)} items, ${of.hash.slice(0, 12)}` : none;
  return {
    title: "Machine, data and origin",
    head: ["What", "Value"],
    rows: [
      ["CPU", `${machine.cpu}, ${machine.cores} cores`],
      ["Instruction sets", machine.instructions.join(", ") || "not known"],
      ["Memory", bytes(machine.memoryBytes)],
      ["Engine", `${machine.engine.name} ${machine.engine.version}, ${machine.threads} threads`],
      ["System", `${machine.os}, Node ${machine.node}`],
      ["Test data", file(data.test)],
      ["Training data", file(data.train)],
      ["Teacher", `${teacher.path}, ${teacher.hash.slice(0, 12)}`],
      ["Recipe", `${record.recipe.path}, ${record.recipe.hash.slice(0, 12)}`],
      ["Seed", String(seed)],
      ["Whole run", `${duration(record.seconds)}, at most ${bytes(record.peakRssBytes)} of memory`],
    ],
  };
}

/** How the figures that are there came about, a sentence or two each. */
export function howMeasured({
  stages,
  about = {},
}: RunRecord): readonly (readonly [what: string, how: string])[] {
  const has = (test: (stage: Stage) => unknown): boolean => stages.some((stage) => Boolean(test(stage)));
  return [
    ...metricsOf(stages).map(({ name, better }) => {
      const words = named(about, name);
      return words !== undefined && ([metricTitle(name), `${words} ${directions[better]}`] as const);
    }),
    has(({ latency }) => latency[0]) && (["Latency", `${ways.latency} ${lengthsOf(stages)}`] as const),
    has(({ sensitivity }) => sensitivity) && (["Parts alone", ways.sensitivity] as const),
    ["Size", ways.size] as const,
    has(({ memory }) => memory) && (["Memory", ways.memory] as const),
    has(({ parity }) => parity) && (["Parity", ways.parity] as const),
  ].filter((entry) => entry !== false);
}

const directions = { higher: "More is better.", lower: "Less is better." } as const;

const ways = {
  latency:
    "One session for each stage; stages take turns, A B B A, on the same items after a warm-up, without tokenization. Where " +
    "others had the processor, times do not count or are withheld. Speed-up is the ratio of medians; its interval " +
    "is that of blocks of turns, with what differs between occasions added.",
  sensitivity:
    "On test items evenly spread over the test data, in batches of 32, before and after alike: the " +
    "mean distance of the answers before from those after; differences are paired on the same items.",
  size:
    "Bytes of the model file with its external data, and those compressed by gzip. Parameters are elements " +
    "of weights; scales and zero points are not counted.",
  memory:
    "Peak resident memory of a fresh Node process that loads the file and runs the items, code included.",
  parity: "Largest difference between the outputs of the written file and of what it was made from.",
};

function lengthsOf(stages: readonly Stage[]): string {
  const sequence = stages.flatMap(({ latency }) => latency)[0]?.sequence;
  if (!sequence) return "";
  const [mean, p95, max] = [sequence.mean, sequence.p95, sequence.max].map(digits);
  return `Lengths: ${mean} tokens in the mean, p95 ${p95}, at most ${max}.`;
}

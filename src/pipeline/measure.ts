// Figures of a run: every stage scored on the same items and timed in turns with the teacher.
import { must, rng, spread } from "../base/index.ts";
import {
  calibrationError,
  costPerMillion,
  differenceOfMedians,
  type EnergyMeter,
  type LatencyResult,
  measureEnergy,
  measureLatency,
  measurePeakRss,
  openWatch,
  pairedDifference,
  proportion,
  skewedMean,
  type Variant,
  type Watch,
} from "../bench/index.ts";
import type { Engine, Session } from "../engine/index.ts";
import {
  type Differences,
  differencesFrom,
  type Energy,
  type Interval,
  judge,
  type Latency,
  type Measured,
  type MetricInfo,
  metricsFrom,
  type Paired,
  type Stage,
} from "../record/index.ts";
import {
  answersIn,
  classMetrics,
  type Dataset,
  differencesBetween,
  feedsFor,
  fixedSizes,
  type Scores,
  score,
  type Task,
} from "../tasks/index.ts";
import { type Made, sampleFeeds } from "./stages.ts";

export interface MeasureOptions {
  readonly engine: Engine;
  readonly threads: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly task: Task | undefined;
  readonly test: Dataset | undefined;
  readonly batch: number;
  readonly budgetSeconds: number;
  /** Undefined where the machine has none: then there are no figures of energy. */
  readonly meter: EnergyMeter | undefined;
  /** Default: of this machine. */
  readonly openWatch?: typeof openWatch;
  /** Price of the machine for an hour; undefined: there are no costs. */
  readonly perHour: number | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

/** What was timed of one stage: a row for each batch size, and the change of median at the smallest. */
interface Timed {
  readonly rows: readonly Latency[];
  readonly stepMs?: Interval;
}

/** The record's stages, the teacher first: scores, latency, memory, and what got worse. */
export async function measureStages(
  made: readonly Made[],
  options: MeasureOptions,
): Promise<readonly Stage[]> {
  const { latency, energy } = await speeds(made, options);
  const memory = await memories(made, options);
  const scores = made.map((one) => scoresOf(one, must(made[0], "teacher"), options));
  const stages: Stage[] = [];
  made.forEach((one, i) => {
    const figures = figuresOf(one, i, scores, must(latency[i], "latency"), memory[i], options.seed);
    const own = energy?.[i];
    const before = stages.at(-1);
    stages.push({ ...figures, ...(own && { energy: own }), warnings: before ? judge(figures, before) : [] });
  });
  return stages;
}

/** Where the last stage answers otherwise than the first; undefined without labelled test data or a step. */
export function differencesOf(
  made: readonly Pick<Made, "logits">[],
  test: Dataset | undefined,
): Differences | undefined {
  const [teacher, last] = [made[0]?.logits, made.at(-1)?.logits];
  if (made.length < 2 || !test || !teacher || !last) return undefined;
  const items = test.items.length;
  return differencesBetween(test, answersIn(teacher, items), answersIn(last, items));
}

function scoresOf(one: Made, teacher: Made, { test }: MeasureOptions): Scores | undefined {
  if (!one.logits || !test) return undefined;
  return score(
    one.logits,
    test.items.map(({ label }) => label),
    one === teacher ? undefined : teacher.logits,
  );
}

function figuresOf(
  one: Made,
  index: number,
  scores: readonly (Scores | undefined)[],
  { rows, stepMs }: Timed,
  peakRssBytes: number | undefined,
  seed: number,
): Omit<Stage, "warnings"> {
  const [own, before] = [scores[index], scores[index - 1]];
  const versusTeacher = index > 0 ? accuracyLess(own, scores[0]) : [];
  const versusBefore = index > 0 ? [...accuracyLess(own, before), ...klLess(own, before)] : [];
  return {
    name: one.name,
    method: one.method,
    params: one.params,
    ...(one.writes && { file: one.writes }),
    metrics: metricsFrom(estimatesOf(one, own, seed, index)),
    ...(versusTeacher.length > 0 && { versusTeacher: differencesFrom(versusTeacher) }),
    ...(versusBefore.length > 0 && { versusBefore: differencesFrom(versusBefore) }),
    ...(stepMs && { step: { ms: stepMs } }),
    size: one.size,
    latency: [...rows],
    ...(peakRssBytes === undefined ? {} : { memory: { peakRssBytes } }),
    ...(one.parity && { parity: one.parity }),
    seconds: one.seconds,
    ...(one.cached && { cached: true }),
    ...(one.sensitivity && { sensitivity: one.sensitivity }),
    changes: one.changes.map(({ target, what }) => ({ target, what })),
    refused: [...one.refused],
  };
}

interface Estimated {
  readonly info: MetricInfo;
  readonly estimate: Measured;
}

/** What was scored of a stage, metric by metric. */
function estimatesOf(one: Made, own: Scores | undefined, seed: number, index: number): readonly Estimated[] {
  const { accuracy, agreement, kl, ece } = classMetrics;
  const share = (right: readonly number[]): Measured =>
    proportion(
      right.reduce((total, value) => total + value, 0),
      right.length,
    );
  return [
    ...(own?.correct ? [{ info: accuracy, estimate: share(own.correct) }] : []),
    ...(own?.correct && one.logits
      ? [{ info: ece, estimate: calibrationOf(one.logits, own.correct, seed, index) }]
      : []),
    ...(own?.agreement ? [{ info: agreement, estimate: share(own.agreement) }] : []),
    ...(own?.kl ? [{ info: kl, estimate: skewedMean(own.kl) }] : []),
  ];
}

interface Compared {
  readonly info: MetricInfo;
  readonly paired: Paired;
}

const accuracyLess = (own: Scores | undefined, other: Scores | undefined): readonly Compared[] =>
  own?.correct && other?.correct
    ? [
        {
          info: classMetrics.accuracy,
          paired: pairedDifference(own.correct.map(Boolean), other.correct.map(Boolean)),
        },
      ]
    : [];

function klLess(own: Scores | undefined, before: Scores | undefined): readonly Compared[] {
  const change = changeOfKl(own, before);
  return change ? [{ info: classMetrics.kl, paired: change }] : [];
}

/** What each metric of the stages is, in words. */
export const aboutOf = (stages: readonly Stage[], task: Task | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (task?.measures ?? []).flatMap(({ name, about }) =>
      stages.some(({ metrics }) => metrics[name]) ? [[name, about]] : [],
    ),
  );

/** Mean change of the items' KL divergence, paired by item; that of the teacher from itself is 0. */
export function changeOfKl(
  own: Pick<Scores, "kl"> | undefined,
  before: Pick<Scores, "kl"> | undefined,
): Measured | undefined {
  if (!own?.kl || !before) return undefined;
  const changes = own.kl.map((value, item) => value - (before.kl?.[item] ?? 0));
  return skewedMean(changes);
}

function calibrationOf(
  logits: Float32Array,
  correct: readonly number[],
  seed: number,
  index: number,
): Measured {
  const confidence = answersIn(logits, correct.length).map(({ probability }) => probability);
  return calibrationError(confidence, correct.map(Boolean), rng(seed, "ece", index));
}

/** Most items that latency is measured on, where a batch is not larger. */
const LATENCY_ITEMS = 200;

interface Speeds {
  readonly latency: readonly Timed[];
  readonly energy: readonly Energy[] | undefined;
}

async function speeds(made: readonly Made[], options: MeasureOptions): Promise<Speeds> {
  const { task, test, engine, threads, meter, seed, signal } = options;
  if (!task || !test) return { latency: made.map(() => ({ rows: [] })), energy: undefined };
  const watch = await (options.openWatch ?? openWatch)(engine, threads);
  const sessions: Session[] = [];
  try {
    for (const { path } of made) sessions.push(await engine.open(must(path, "file"), { threads }));
    const fixed = Math.max(0, ...sessions.map(({ inputs }) => fixedSizes(task, inputs).rows ?? 0));
    const smallest = fixed || 1;
    const one = callsOf(made, sessions, options, smallest);
    const single = await timed(one, options, smallest, watch);
    // no more than there are, and than a model with a fixed size takes: throughput and cost count the items of a call
    const batch = fixed || Math.min(options.batch, test.items.length);
    const batched =
      batch > smallest
        ? await timed(callsOf(made, sessions, options, batch), options, batch, watch)
        : undefined;
    const items = one.lengths.length;
    return {
      latency: made.map((_, i): Timed => {
        const rows = [single, batched].flatMap((results) => withCost(results?.[i], options) ?? []);
        const [own, before] = [single[i], single[i - 1]];
        if (!own || !before || own.latency.busy) return { rows };
        return { rows, stepMs: differenceOfMedians(own, before) };
      }),
      energy: meter && (await measureEnergy(one.variants, { meter, items, seed, signal })),
    };
  } finally {
    for (const session of sessions) await session.dispose();
    await watch.dispose();
  }
}

function withCost(result: LatencyResult | undefined, { perHour }: MeasureOptions): Latency | undefined {
  const cost = result && perHour !== undefined ? costPerMillion(result.latency, perHour) : undefined;
  return result && { ...result.latency, ...(cost && { costPerMillion: cost }) };
}

/** Calls of `batch` items on each stage, with the lengths of each call's items. */
interface Calls {
  readonly variants: readonly Variant[];
  readonly lengths: readonly (readonly number[])[];
}

function callsOf(
  made: readonly Made[],
  sessions: readonly Session[],
  options: MeasureOptions,
  batch: number,
): Calls {
  const task = must(options.task, "task");
  const chosen = spread(must(options.test, "test").items, Math.max(LATENCY_ITEMS, batch));
  const groups = Array.from({ length: Math.max(1, Math.floor(chosen.length / batch)) }, (_, i) =>
    chosen.slice(i * batch, (i + 1) * batch),
  );
  const variants = made.map(({ name }, i) => {
    const session = must(sessions[i], "session");
    const own = groups.map((group) => {
      const length = Math.max(...group.map((item) => item.length));
      return feedsFor(task, group, { rows: group.length, length }, session.inputs);
    });
    return { name, run: async (index: number) => void (await session.run(must(own[index], "feeds"))) };
  });
  return { variants, lengths: groups.map((group) => group.map(({ length }) => length)) };
}

const timed = (
  { variants, lengths }: Calls,
  { budgetSeconds, signal }: MeasureOptions,
  batch: number,
  watch: Watch,
): Promise<readonly LatencyResult[]> =>
  measureLatency(variants, { batch, lengths, budgetMs: 1000 * budgetSeconds, watch, signal });

async function memories(
  made: readonly Made[],
  { task, test, threads, engine, signal, onProgress }: MeasureOptions,
): Promise<readonly (number | undefined)[]> {
  if (!task || !test) return [];
  const peaks: number[] = [];
  for (const one of made) {
    const path = must(one.path, "file");
    const session = await engine.open(path, { threads });
    const feeds = sampleFeeds(task, test, session, 32);
    await session.dispose();
    peaks.push(await measurePeakRss({ model: path, feeds, threads, signal }));
    onProgress(peaks.length, made.length);
  }
  return peaks;
}

// Latency of model variants side by side: interleaved, on the same real items, in blocks of a quiet machine.
import { AppError, defect } from "../base/index.ts";
import type { Busy, Interval, Latency } from "../record/index.ts";
import { quantileAt, ratioOfMedians, type Timed, timeOf } from "./blocks.ts";
import { mean, quantile } from "./statistics.ts";
import { judgeLooks, type Look, type Watch } from "./watch.ts";

/** One model to be timed; the caller opened a session for it alone and made the feeds beforehand. */
export interface Variant {
  readonly name: string;
  /** Runs item (or batch) number `index` and waits for the result. */
  run(index: number): Promise<void>;
}

/** What is measured, and for how long. */
export interface LatencyOptions {
  /** Items in one call. */
  readonly batch: number;
  /**
   * Real lengths in tokens of the items of call `index`: every variant gets these calls in this order,
   * again and again.
   */
  readonly lengths: readonly (readonly number[])[];
  /** Time for each variant, warm-up apart; whole turns are finished. */
  readonly budgetMs: number;
  /** Default: a quarter of `budgetMs`. */
  readonly warmupMs?: number;
  /** Most runs of a variant; default 5,000. */
  readonly maxRuns?: number;
  /** Looks at the machine between blocks of turns. */
  readonly watch: Watch;
  readonly signal?: AbortSignal;
  /** Milliseconds of a monotonic clock; default: the process's. */
  readonly now?: () => number;
}

/**
 * What was measured of one variant; `samplesMs[i]` and another variant's belong to the same item. Where the machine was
 * quiet for a part of the time they are those of that part, where it was too busy, all.
 */
export interface LatencyResult extends Timed {
  readonly name: string;
  readonly latency: Latency;
}

/**
 * Runs in one window of the warm-up; it has settled when the medians of two windows are within
 * `settledWithin`.
 */
const window = 10;
const settledWithin = 0.03;
/** Blocks that the time of measuring is cut into; one has a turn of each variant at least. */
const BLOCKS = 20;

/**
 * Times all variants in turns, A B C, C B A, A B C ...: a turn is up to 16 calls in a row, as in use,
 * opened by one call that is not counted (caches and threads still belong to the variant before). Blocks of turns in
 * which others had the processor do not count; where too few are left, the rows have `busy` and neither intervals nor
 * speed-ups. `speedup` is over the first variant.
 */
export async function measureLatency(
  variants: readonly Variant[],
  options: LatencyOptions,
): Promise<readonly LatencyResult[]> {
  if (options.lengths.length === 0 || variants.length === 0) throw defect("nothing to measure");
  const timer = timerOf(options);
  const warmups: Warmup[] = [];
  for (const variant of variants) warmups.push(await warmUp(variant, options, timer));
  const slowest = Math.max(...warmups.map((warmup) => warmup.medianMs));
  const { samples, starts, looks } = await takeTurns(variants, slowest, options, timer);
  const { quiet, busy } = judgeLooks(looks, options.watch);
  const kept = busy ? starts.map(() => true) : quiet;
  const timed = samples.map((samplesMs) => blocksOf({ samplesMs, starts }, kept));
  return variants.map(({ name }, index) => {
    const settled = warmups[index]?.settled ?? false;
    return { name, latency: { ...figures(timed, index, options, busy), settled }, ...timedAt(timed, index) };
  });
}

/** The blocks that are kept, as if there were no others. */
function blocksOf({ samplesMs, starts }: Timed, kept: readonly boolean[]): Timed {
  const blocks = starts.map((start, i) => samplesMs.slice(start, starts[i + 1])).filter((_, i) => kept[i]);
  let next = 0;
  const begin = blocks.map(({ length }) => {
    next += length;
    return next - length;
  });
  return { samplesMs: blocks.flat(), starts: begin };
}

type Timer = (variant: Variant, index: number) => Promise<number>;

function timerOf({ now = () => performance.now(), signal }: LatencyOptions): Timer {
  return async (variant, index) => {
    if (signal?.aborted) throw interrupted(signal);
    const start = now();
    await variant.run(index);
    return now() - start;
  };
}

/** What is thrown when measuring ends before its time. */
export const interrupted = (signal: AbortSignal): unknown =>
  signal.reason instanceof AppError
    ? signal.reason
    : new AppError("interrupted", "measuring was interrupted");

interface Warmup {
  readonly settled: boolean;
  readonly medianMs: number;
}

/**
 * Goes through the same items as the measurement until two windows in a row have the same median, or time
 * is up.
 */
async function warmUp(variant: Variant, options: LatencyOptions, timer: Timer): Promise<Warmup> {
  const limit = options.warmupMs ?? options.budgetMs / 4;
  let spent = 0;
  let last = Number.NaN;
  for (;;) {
    const times: number[] = [];
    while (times.length < window && (spent < limit || times.length === 0)) {
      const taken = await timer(variant, times.length % options.lengths.length);
      times.push(taken);
      spent += taken;
    }
    const medianMs = quantile(times, 0.5);
    const settled = times.length === window && Math.abs(medianMs - last) <= settledWithin * last;
    if (settled || spent >= limit) return { settled, medianMs };
    last = medianMs;
  }
}

/** Samples by variant, in the order of the calls; where blocks begin, and the looks around them. */
interface Turns {
  readonly samples: readonly (readonly number[])[];
  readonly starts: readonly number[];
  readonly looks: readonly Look[];
}

async function takeTurns(
  variants: readonly Variant[],
  slowestMs: number,
  options: LatencyOptions,
  timer: Timer,
): Promise<Turns> {
  const { maxRuns = 5000, watch } = options;
  const budgetMs = options.budgetMs * variants.length;
  const calls = Math.max(
    1,
    Math.min(16, maxRuns, Math.floor(options.budgetMs / (8 * Math.max(slowestMs, 1e-3)))),
  );
  const samples: number[][] = variants.map(() => []);
  const looks = [await watch.look()];
  const starts = [0];
  let [spent, done] = [0, 0];
  for (let turn = 0, blockEnds = 0; done < maxRuns && (spent < budgetMs || turn < 2); turn++) {
    if (turn > 0 && spent >= blockEnds) {
      looks.push(await watch.look());
      starts.push(done);
    }
    if (spent >= blockEnds) blockEnds = spent + budgetMs / BLOCKS;
    const order = [...variants.entries()];
    const own = Math.min(calls, maxRuns - done);
    for (const [index, variant] of turn % 2 === 1 ? order.reverse() : order) {
      const taken = await takeTurn(variant, done, own, options, timer);
      spent += taken.spent;
      samples[index]?.push(...taken.samples);
    }
    done += own;
  }
  looks.push(await watch.look());
  return { samples, starts, looks };
}

/** Calls in a row, after one that is not counted. */
async function takeTurn(
  variant: Variant,
  first: number,
  calls: number,
  { lengths }: LatencyOptions,
  timer: Timer,
): Promise<{ readonly samples: readonly number[]; readonly spent: number }> {
  const opening = await timer(variant, first % lengths.length);
  const samples: number[] = [];
  for (let call = 0; call < calls; call++)
    samples.push(await timer(variant, (first + call) % lengths.length));
  return { samples, spent: samples.reduce((sum, taken) => sum + taken, opening) };
}

const ENOUGH_FOR_P99 = 1000;

function figures(
  timed: readonly Timed[],
  index: number,
  { batch, lengths }: LatencyOptions,
  busy: Busy | undefined,
): Omit<Latency, "settled"> {
  const own = timedAt(timed, index);
  const runs = own.samplesMs.length;
  const at = (p: number): Interval => timeOf(own, quantileAt(p));
  const [p50Ms, p90Ms, p95Ms] = [at(0.5), at(0.9), at(0.95)];
  const p99Ms = runs >= ENOUGH_FOR_P99 ? at(0.99) : undefined;
  const meanMs = timeOf(own, mean);
  const perSecond = (ms: number): number => (1000 * batch) / ms;
  const intervals = {
    p50Ms: boundsOf(p50Ms),
    p90Ms: boundsOf(p90Ms),
    p95Ms: boundsOf(p95Ms),
    ...(p99Ms && { p99Ms: boundsOf(p99Ms) }),
    throughput: { low: perSecond(meanMs.high), high: perSecond(meanMs.low) },
  };
  return {
    batch,
    sequence: sequenceOf(lengths.slice(0, runs).flat()),
    runs,
    p50Ms: p50Ms.value,
    p90Ms: p90Ms.value,
    p95Ms: p95Ms.value,
    ...(p99Ms && { p99Ms: p99Ms.value }),
    throughput: perSecond(meanMs.value),
    ...(busy ? { busy } : { intervals, ...speedups(timed, index) }),
  };
}

const boundsOf = ({ low, high }: Interval): Pick<Interval, "low" | "high"> => ({ low, high });

function speedups(timed: readonly Timed[], index: number): Pick<Latency, "speedup" | "speedupOverBefore"> {
  if (index === 0) return {};
  const [own, first, before] = [index, 0, index - 1].map((at) => timedAt(timed, at));
  if (!own || !first || !before) throw defect("nothing to compare with");
  return { speedup: ratioOfMedians(first, own), speedupOverBefore: ratioOfMedians(before, own) };
}

function timedAt(timed: readonly Timed[], index: number): Timed {
  const found = timed[index];
  if (!found) throw defect(`no variant ${index}`);
  return found;
}

const sequenceOf = (lengths: readonly number[]): Latency["sequence"] => ({
  mean: mean(lengths),
  p50: quantile(lengths, 0.5),
  p95: quantile(lengths, 0.95),
  max: lengths.reduce((max, length) => Math.max(max, length), 0),
});

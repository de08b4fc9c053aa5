// Latency of model variants side by side: interleaved, on the same real items, paired, with intervals.
import { AppError, defect, type Rng, rng } from "../base/index.ts";
import type { Latency } from "../record/index.ts";
import { mean, quantile, quantileOfSorted, ratioOfMedians } from "./statistics.ts";

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
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Milliseconds of a monotonic clock; default: the process's. */
  readonly now?: () => number;
}

/** What was measured of one variant; `samplesMs[i]` and another variant's belong to the same item. */
export interface LatencyResult {
  readonly name: string;
  readonly latency: Latency;
  readonly samplesMs: readonly number[];
}

/**
 * Runs in one window of the warm-up; it has settled when the medians of two windows are within
 * `settledWithin`.
 */
const window = 10;
const settledWithin = 0.03;

/**
 * Times all variants in turns, A B C, C B A, A B C ...: a turn is up to 16 calls in a row, as in use,
 * opened by one call that is not counted (caches and threads still belong to the variant before). `speedup`
 * is over the first variant.
 */
export async function measureLatency(
  variants: readonly Variant[],
  options: LatencyOptions,
): Promise<readonly LatencyResult[]> {
  if (options.lengths.length === 0 || variants.length === 0) throw defect("nothing to measure");
  const timer = timerOf(options);
  const warmups: Warmup[] = [];
  for (const variant of variants) warmups.push(await warmUp(variant, options, timer));
  const samples = await takeTurns(
    variants,
    Math.max(...warmups.map((warmup) => warmup.medianMs)),
    options,
    timer,
  );
  return variants.map(({ name }, index) => {
    const samplesMs = samples[index] ?? [];
    const settled = warmups[index]?.settled ?? false;
    return { name, latency: { ...figures(samples, index, options), settled }, samplesMs };
  });
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

/** Samples by variant, in the order of the calls. */
async function takeTurns(
  variants: readonly Variant[],
  slowestMs: number,
  options: LatencyOptions,
  timer: Timer,
): Promise<readonly number[][]> {
  const { budgetMs, maxRuns = 5000, lengths } = options;
  const turn = Math.max(1, Math.min(16, maxRuns, Math.floor(budgetMs / (8 * Math.max(slowestMs, 1e-3)))));
  const samples: number[][] = variants.map(() => []);
  let spent = 0;
  for (
    let turns = 0, done = 0;
    done < maxRuns && (spent < budgetMs * variants.length || turns < 2);
    turns++
  ) {
    const calls = Math.min(turn, maxRuns - done);
    const backwards = turns % 2 === 1;
    for (let place = 0; place < variants.length; place++) {
      const index = backwards ? variants.length - 1 - place : place;
      const variant = variants[index];
      if (variant === undefined) continue;
      spent += await timer(variant, done % lengths.length);
      for (let call = 0; call < calls; call++) {
        const taken = await timer(variant, (done + call) % lengths.length);
        samples[index]?.push(taken);
        spent += taken;
      }
    }
    done += calls;
  }
  return samples;
}

function figures(
  samples: readonly number[][],
  index: number,
  options: LatencyOptions,
): Omit<Latency, "settled"> {
  const times = samples[index] ?? [];
  const sorted = Float64Array.from(times).sort();
  const runs = sorted.length;
  const draw = (purpose: string): Rng => rng(options.seed, "latency", purpose, index);
  const first = samples[0];
  const before = samples[index - 1];
  return {
    batch: options.batch,
    sequence: sequenceOf(options.lengths.slice(0, runs).flat()),
    runs,
    p50Ms: quantileOfSorted(sorted, 0.5),
    p90Ms: quantileOfSorted(sorted, 0.9),
    p95Ms: quantileOfSorted(sorted, 0.95),
    ...(runs >= 1000 && { p99Ms: quantileOfSorted(sorted, 0.99) }),
    throughput: (1000 * options.batch) / mean(sorted),
    ...(index > 0 && first && { speedup: ratioOfMedians(first, times, draw("first")) }),
    ...(index > 0 && before && { speedupOverBefore: ratioOfMedians(before, times, draw("before")) }),
  };
}

const sequenceOf = (lengths: readonly number[]): Latency["sequence"] => ({
  mean: mean(lengths),
  p50: quantile(lengths, 0.5),
  p95: quantile(lengths, 0.95),
  max: lengths.reduce((max, length) => Math.max(max, length), 0),
});

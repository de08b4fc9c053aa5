// The watch over the machine while something is timed: looks between blocks, and what they say about each block.
import type { Engine } from "../engine/index.ts";
import type { Busy } from "../record/index.ts";
import { type Ledger, openLedger, type Reading, TICK_MS } from "./ledger.ts";
import { openProbe, type Probe, type Probed } from "./probe.ts";
import { quantile } from "./statistics.ts";

/** One look at the machine: its counters, and how long the probe took. */
export interface Look {
  readonly reading: Reading;
  readonly probed: Probed;
}

/** Looks at the machine; its owner disposes it. */
export interface Watch {
  /** That this process may use. */
  readonly processors: number;
  /** That what is timed uses. */
  readonly threads: number;
  look(): Promise<Look>;
  dispose(): Promise<void>;
}

/** A watch over what is timed on the engine with so many threads. */
export async function openWatch(engine: Engine, threads: number): Promise<Watch> {
  return watchOf(openLedger(), await openProbe(engine, threads), threads);
}

const watchOf = (ledger: Ledger, probe: Probe, threads: number): Watch => ({
  processors: ledger.processors,
  threads,
  async look() {
    const probed = await probe.run();
    return { reading: ledger.read(), probed };
  },
  dispose: () => probe.dispose(),
});

/** Of a processor, what others may have had of it in a block, or in all, that counts as quiet. */
const TOLERATED = 0.1;
/** Counters move by ticks, and a process is charged for the whole of one. */
const TICKS = 2;
/** How much longer than the quick tenth of the probes the slow tenth may take. */
const PROBE_SPREAD = 2;
/** Blocks that figures rest on at least, unless all are quiet; and their share of the time. */
const LEAST_BLOCKS = 5;
const LEAST_SHARE = 0.25;

/** What happened between two looks, in milliseconds. */
interface Spent {
  readonly wall: number;
  readonly others: number;
  readonly stolen: number;
}

const spentBetween = ({ reading: from }: Look, { reading: to }: Look): Spent => ({
  wall: to.wall - from.wall,
  others: Math.max(0, to.all - from.all - (to.own - from.own)),
  stolen: Math.max(0, to.stolen - from.stolen),
});

/** Whether others had what the threads that are timed could have used; processors that these leave are free to all. */
function disturbs({ wall, others, stolen }: Spent, { processors, threads }: Watch): boolean {
  const spare = Math.max(0, processors - threads) * wall;
  return Math.max(0, others - spare) + stolen > TOLERATED * wall + TICKS * TICK_MS;
}

/** What the looks say: the blocks that figures may rest on, or why there are none. */
export interface Verdict {
  /** Whether block i, between look i and look i + 1, was quiet. */
  readonly quiet: readonly boolean[];
  /** Where too few were, or the probe took now short, now long. */
  readonly busy?: Busy;
}

/** Judges the blocks between looks, of which there are two at least. */
export function judgeLooks(looks: readonly Look[], watch: Watch): Verdict {
  const blocks = looks.slice(1).map((look, i) => spentBetween(looks[i] ?? look, look));
  const quiet = blocks.map((block) => !disturbs(block, watch));
  const kept = blocks.filter((_, i) => quiet[i]);
  const [whole, part] = [sumOf(blocks), sumOf(kept)];
  const enough =
    kept.length === blocks.length || (kept.length >= LEAST_BLOCKS && part.wall >= LEAST_SHARE * whole.wall);
  const probes = looks.filter((_, i) => quiet[i - 1] || quiet[i]).map(({ probed }) => probed);
  if (enough && !disturbs(part, watch) && probesAgree(probes)) return { quiet };
  const all = looks.map(({ probed }) => probed);
  const seconds = whole.wall / 1000;
  return {
    quiet,
    busy: {
      seconds,
      quiet: whole.wall === 0 ? 0 : part.wall / whole.wall,
      processors: watch.processors,
      others: whole.others / Math.max(whole.wall, 1e-9),
      stolen: whole.stolen / Math.max(whole.wall, 1e-9),
      oneThread: rangeOf(all.map(({ oneThread }) => oneThread)),
      allThreads: rangeOf(all.map(({ allThreads }) => allThreads)),
    },
  };
}

const sumOf = (blocks: readonly Spent[]): Spent =>
  blocks.reduce(
    (sum, one) => ({
      wall: sum.wall + one.wall,
      others: sum.others + one.others,
      stolen: sum.stolen + one.stolen,
    }),
    { wall: 0, others: 0, stolen: 0 },
  );

const probesAgree = (probes: readonly Probed[]): boolean =>
  (["oneThread", "allThreads"] as const).every((key) => {
    const times = probes.map((probed) => probed[key]);
    return times.length === 0 || quantile(times, 0.9) <= PROBE_SPREAD * quantile(times, 0.1);
  });

const rangeOf = (times: readonly number[]): Busy["oneThread"] => ({
  median: quantile(times, 0.5),
  fastest: Math.min(...times),
  slowest: Math.max(...times),
});

// Energy of model variants side by side, from the meters that Linux shows for processor packages.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defect, rng } from "../base/index.ts";
import type { Energy } from "../record/index.ts";
import { interrupted, type Variant } from "./latency.ts";
import { bootstrap } from "./statistics.ts";

/** Where Linux shows meters of power; AMD's have Intel's names too. */
const POWERCAP = "/sys/class/powercap";

/** Meters of all processor packages, which count what every process uses. */
export interface EnergyMeter {
  /** Names of the packages, as the system has them: "package-0". */
  readonly domains: readonly string[];
  /** Starts to count; the function that is returned gives the joules used since, and can be called once more. */
  start(): () => number;
}

interface Domain {
  readonly name: string;
  /** File of the counter, in microjoules. */
  readonly counter: string;
  /** The largest value of the counter, after which it begins at 0 again. */
  readonly range: number;
}

/**
 * The meter of this machine, from the folders of `root`; undefined where there is none, or none that may be read.
 * Only whole packages count: cores and memory lie inside them, and "psys" around them.
 */
export function energyMeter(root = POWERCAP): EnergyMeter | undefined {
  try {
    const domains = readdirSync(root)
      .filter((name) => /^intel-rapl:\d+$/.test(name))
      .sort()
      .flatMap((name) => packageIn(join(root, name)));
    if (domains.length === 0) return undefined;
    // a counter that may not be read is told here
    for (const { counter } of domains) numberIn(counter);
    return { domains: domains.map(({ name }) => name), start: () => counting(domains) };
  } catch {
    return undefined;
  }
}

function packageIn(folder: string): readonly Domain[] {
  const name = readFileSync(join(folder, "name"), "utf8").trim();
  if (!/^package-\d+(-die-\d+)?$/.test(name)) return [];
  const range = numberIn(join(folder, "max_energy_range_uj"));
  return [{ name, counter: join(folder, "energy_uj"), range }];
}

function numberIn(path: string): number {
  const text = readFileSync(path, "utf8").trim();
  if (!/^\d+$/.test(text)) throw defect(`${path} holds no number`);
  return Number(text);
}

function counting(domains: readonly Domain[]): () => number {
  const before = domains.map(({ counter }) => numberIn(counter));
  return () => {
    const used = domains.map(({ counter, range }, i) => {
      const difference = numberIn(counter) - (before[i] ?? 0);
      return difference < 0 ? difference + range : difference;
    });
    return used.reduce((sum, microjoules) => sum + microjoules, 0) / 1e6;
  };
}

/** What is measured, and for how long. */
export interface EnergyOptions {
  readonly meter: EnergyMeter;
  /** Items that there are; each call takes the next one. */
  readonly items: number;
  /** Time of one turn; a counter moves about once in a millisecond. */
  readonly turnMs?: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Milliseconds of a monotonic clock; default: the process's. */
  readonly now?: () => number;
}

/** Turns of each variant, and their time: one second together. */
const TURNS = 10;
const TURN_MS = 100;

/**
 * Joules of each variant for 1,000 calls of one item, in turns, A B C, C B A ... of 100 ms, each opened by one call that
 * is not counted. The interval is a percentile bootstrap over turns. Undefined for all where a meter stands still.
 */
export async function measureEnergy(
  variants: readonly Variant[],
  { meter, items, turnMs = TURN_MS, seed, signal, now = () => performance.now() }: EnergyOptions,
): Promise<readonly Energy[] | undefined> {
  if (items === 0 || variants.length === 0) throw defect("nothing to measure");
  const turns = variants.map((): { joules: number; calls: number }[] => []);
  const next = variants.map(() => 0);
  const turnOf = async (index: number, { run }: Variant): Promise<{ joules: number; calls: number }> => {
    const call = async (): Promise<void> => {
      if (signal?.aborted) throw interrupted(signal);
      const item = next[index] ?? 0;
      next[index] = item + 1;
      await run(item % items);
    };
    await call();
    const [used, begin, first] = [meter.start(), now(), next[index] ?? 0];
    do await call();
    while (now() - begin < turnMs);
    return { joules: used(), calls: (next[index] ?? 0) - first };
  };
  for (let turn = 0; turn < TURNS; turn++) {
    const order = [...variants.entries()];
    for (const [index, variant] of turn % 2 === 1 ? order.reverse() : order)
      turns[index]?.push(await turnOf(index, variant));
  }
  if (turns.some((own) => own.every(({ joules }) => joules === 0))) return undefined;
  return turns.map((own, index) => {
    const perThousand = (turn: (place: number) => number): number => {
      const drawn = own.map((_, place) => own[turn(place)] ?? { joules: 0, calls: 0 });
      const sum = (of: "joules" | "calls"): number => drawn.reduce((total, one) => total + one[of], 0);
      return (1000 * sum("joules")) / sum("calls");
    };
    const interval = bootstrap(own.length, perThousand, rng(seed, "energy", index));
    return {
      joulesPerThousand: { value: perThousand((place) => place), ...interval },
      domains: meter.domains,
    };
  });
}

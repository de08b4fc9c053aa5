// The ledger of the processors: what this process used, what others used, and what a host or a limit took away.
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

/** Counters since some moment, in milliseconds; what the system does not tell stands still at 0. */
export interface Reading {
  readonly wall: number;
  /** Processor time of all threads of this process. */
  readonly own: number;
  /** Processor time of all processes, on the processors that this one may use. */
  readonly all: number;
  /** What the host of a virtual machine gave to others, or a container's limit withheld. */
  readonly stolen: number;
}

/** Where to look; of the real system by default. */
export interface System {
  /** Text of a file, undefined where there is none. */
  readonly read: (path: string) => string | undefined;
  readonly now: () => number;
  /** Processor time of this process, in milliseconds. */
  readonly own: () => number;
  /** Processor time of all processes since the system started, in milliseconds, where no file tells it. */
  readonly all: () => number;
  /** Processors that this process may use. */
  readonly processors: () => number;
}

const system: System = {
  read(path) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  },
  now: () => performance.now(),
  own() {
    const { user, system: kernel } = process.cpuUsage();
    return (user + kernel) / 1000;
  },
  all: () => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0),
  processors: availableParallelism,
};

/** Reads the counters, again and again. */
export interface Ledger {
  readonly processors: number;
  read(): Reading;
}

/** Milliseconds of one tick of /proc/stat, which has a hundred in a second on every Linux that Node runs on. */
export const TICK_MS = 10;

/** The ledger of this machine; on Linux of the processors that this process may use, elsewhere of all. */
export function openLedger(of: System = system): Ledger {
  const allowed = allowedIn(of.read("/proc/self/status"));
  return {
    processors: of.processors(),
    read() {
      const lines = linesOf(of.read("/proc/stat"), allowed);
      const sum = (columns: readonly number[]): number =>
        lines.reduce((total, ticks) => total + columns.reduce((part, at) => part + (ticks[at] ?? 0), 0), 0);
      return {
        wall: of.now(),
        own: of.own(),
        all: lines.length > 0 ? TICK_MS * sum(USED) : of.all(),
        stolen: TICK_MS * sum(STOLEN) + throttled(of.read("/sys/fs/cgroup/cpu.stat")),
      };
    },
  };
}

/** Columns of a line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
const USED = [0, 1, 2, 5, 6];
const STOLEN = [7];

/** Ticks of each allowed processor. */
const linesOf = (stat: string | undefined, allowed: ReadonlySet<number> | undefined): readonly number[][] =>
  [...(stat ?? "").matchAll(/^cpu(\d+) (.*)$/gm)].flatMap(([, cpu, ticks = ""]) =>
    allowed === undefined || allowed.has(Number(cpu)) ? [ticks.trim().split(/\s+/).map(Number)] : [],
  );

/** Numbers of the processors in "Cpus_allowed_list: 0-1,4"; undefined where it does not say. */
function allowedIn(status: string | undefined): ReadonlySet<number> | undefined {
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(status ?? "")?.[1];
  if (list === undefined) return undefined;
  const ranges = list.split(",").map((range) => range.split("-").map(Number));
  return new Set(
    ranges.flatMap(([first = 0, last = first]) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    ),
  );
}

const throttled = (stat: string | undefined): number =>
  Number(/^throttled_usec (\d+)$/m.exec(stat ?? "")?.[1] ?? 0) / 1000;

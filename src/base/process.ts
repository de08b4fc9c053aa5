// Processes of this machine: whether one runs, and what names one for good.
import { readFileSync } from "node:fs";

/** Whether a process of this number runs; one of another user's does, although it takes no signal. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A process, told from a later one that was given the same number. */
export interface Holder {
  readonly pid: number;
  /** When that process began, in the system's ticks; absent where the system does not tell. */
  readonly started?: string | undefined;
}

/** This process, as it is written into a lock. */
export const ownHolder = (): string =>
  JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Holder);

/** The process that the text of a lock names; undefined for a text that names none. */
export function holderIn(text: string): Holder | undefined {
  try {
    const { pid, started } = JSON.parse(text) as Partial<Holder>;
    return Number.isSafeInteger(pid) && Number(pid) > 0 ? { pid: Number(pid), started } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether that very process runs: a number that was given away again since belongs to another, and one without a
 * beginning, where the system tells it, to none.
 */
export function isAlive({ pid, started }: Holder): boolean {
  const now = startOf(pid);
  return isRunning(pid) && (now === undefined || now === started);
}

/** When a process began (Linux: field 22 of /proc/PID/stat, proc(5)); undefined elsewhere. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

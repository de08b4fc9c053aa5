// Long reads leave room for signals: every so many rows the event loop has its turn.
import { setImmediate } from "node:timers/promises";

/** Rows that are read at a stretch. */
const STRETCH = 512;

/** Called for each row; throws the signal's reason when aborted. */
export async function pause(row: number, signal: AbortSignal | undefined): Promise<void> {
  if (row % STRETCH !== STRETCH - 1) return;
  await setImmediate();
  signal?.throwIfAborted();
}

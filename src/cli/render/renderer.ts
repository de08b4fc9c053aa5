// What a renderer is: it shows the events of a run on stderr, and puts the terminal back when it is closed.
import type { Emit } from "../../base/index.ts";

export interface Renderer {
  readonly emit: Emit;
  /** The first sign of life on a terminal, until the first event. */
  begin?(words: string): void;
  /** Shows what is still held back and restores the cursor; may be called twice. */
  close(): void;
}

/** Shows nothing. */
export const silent: Renderer = { emit: () => undefined, close: () => undefined };

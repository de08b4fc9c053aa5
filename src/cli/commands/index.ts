// The command table: one line each; this file and those it names import nothing heavy.
import type { Command } from "../define.ts";
import { bench } from "./bench.ts";
import { cache } from "./cache.ts";
import { compare } from "./compare.ts";
import { completion } from "./completion.ts";
import { compress } from "./compress.ts";
import { doctor } from "./doctor.ts";
import { evaluate } from "./eval.ts";
import { exportCommand } from "./export.ts";
import { gate } from "./gate.ts";
import { init } from "./init.ts";
import { inspect } from "./inspect.ts";
import { distill, prune, quantize } from "./step.ts";
import { verify } from "./verify.ts";
import { worker } from "./worker.ts";

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  init,
  compress,
  distill,
  prune,
  quantize,
  exportCommand,
  evaluate,
  bench,
  inspect,
  gate,
  compare,
  worker,
  verify,
  cache,
  doctor,
  completion,
];

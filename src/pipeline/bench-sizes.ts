// Sizes of the calls that bench makes: what was asked for, held against what each model takes before anything is measured.
import { AppError } from "../base/index.ts";
import { portsOf } from "../engine/index.ts";
import type { Bundle } from "../families/index.ts";
import { fixedText } from "../tasks/index.ts";
import type { BenchOptions } from "./api.ts";
import { lengthBound } from "./length.ts";

/** A model under the name that the user gave. */
interface Named {
  readonly name: string;
  readonly model: Bundle;
}

interface BenchSizes {
  readonly batches: readonly number[];
  readonly sequence: number;
}

/** What is measured when nothing else is asked for, as far as the models allow it. */
const usual: BenchSizes = { batches: [1, 16], sequence: 32 };

/** The sizes for all models; an AppError `usage` names the first model that does not take what was asked for. */
export function benchSizes(models: readonly Named[], { batches, sequence }: BenchOptions): BenchSizes {
  const limits = models.map(({ name, model }) => {
    const { rows, length } = fixedText(portsOf(model.model.graph).inputs);
    const most = model.family ? model.maxLength : lengthBound(model.model.graph, model.config);
    return { name, rows, length, most };
  });
  const rows = limits.find((one) => one.rows !== undefined)?.rows;
  const length = limits.find((one) => one.length !== undefined)?.length;
  const shortest = Math.min(usual.sequence, ...limits.map(({ most = Number.POSITIVE_INFINITY }) => most));
  const sizes = {
    batches: batches ?? (rows === undefined ? usual.batches : [rows]),
    sequence: sequence ?? length ?? shortest,
  };
  for (const one of limits) {
    const refuse = (flag: string, given: number, takes: string, instead: number): AppError =>
      new AppError("usage", `it takes ${takes}, not ${flag} ${given}`, {
        path: one.name,
        hint: `${flag} ${instead}`,
      });
    const other = sizes.batches.find((batch) => one.rows !== undefined && batch !== one.rows);
    if (one.rows !== undefined && other !== undefined)
      throw refuse("--batch", other, `${one.rows} at a time, fixed in its inputs`, one.rows);
    if (one.length !== undefined && sizes.sequence !== one.length)
      throw refuse("--sequence", sizes.sequence, `${one.length} tokens, fixed in its inputs`, one.length);
    if (one.most !== undefined && sizes.sequence > one.most)
      throw refuse("--sequence", sizes.sequence, `${one.most} tokens at most`, one.most);
  }
  return sizes;
}

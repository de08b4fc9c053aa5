// Compression methods: one line each.
import { AppError, suggestion } from "../base/index.ts";
import type { Method } from "./define.ts";
import { distill } from "./distill/distill.ts";
import { magnitude } from "./prune/magnitude.ts";
import { heads, neurons } from "./prune/structured.ts";
import { dynamic } from "./quantize/dynamic.ts";

/** All methods; the recipe's schema, the commands' flags and the docs are made from them. */
export const methods: readonly Method[] = [distill, magnitude, heads, neurons, dynamic];

/** The method of a name ("prune.heads"); AppError `usage` with a suggestion when there is none. */
export function methodNamed(name: string): Method {
  const found = methods.find((method) => method.name === name);
  if (found) return found;
  const names = methods.map((method) => method.name);
  const hint = suggestion(name, names);
  throw new AppError("usage", `"${name}" is not a method`, {
    facts: { known: names },
    ...(hint && { hint }),
  });
}

export {
  type Applied,
  defineMethod,
  type Method,
  type MethodContext,
  type MethodSpec,
  type Outline,
  type Pass,
  type Rewrite,
} from "./define.ts";
export { type Rehearsed, rehearseTraining } from "./rehearsal.ts";

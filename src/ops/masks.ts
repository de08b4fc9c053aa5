// What keeps a query of attention from looking at keys.
import type { Builder, Value } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";

/** The bias that lets a query look at keys up to its own place: [length, keys] of scores [batch, heads, length, keys]. */
export function causal(b: Builder, scores: Value): Value {
  const shape = b.op("Shape", [scores], { start: 2 });
  const full = Tensor.from(scores.type.dtype, [1], [Number.NEGATIVE_INFINITY]);
  return b.op("Trilu", [b.op("ConstantOfShape", [shape], { value: full }), b.constant(Tensor.ints(1))]);
}

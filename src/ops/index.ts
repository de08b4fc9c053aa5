// The op registry: every export of the group files is an op; adding one there is all it takes.
import { AppError } from "../base/index.ts";
import type { OpTable } from "../ir/index.ts";
import * as activations from "./activations.ts";
import * as attention from "./attention.ts";
import * as binary from "./binary.ts";
import * as channelNorm from "./channel-norm.ts";
import * as contrib from "./contrib.ts";
import * as conv from "./conv.ts";
import type { OpDef } from "./define.ts";
import * as einsum from "./einsum.ts";
import * as embed from "./embed.ts";
import * as gelu from "./gelu.ts";
import * as layout from "./layout.ts";
import * as linear from "./linear.ts";
import * as logic from "./logic.ts";
import * as lookup from "./lookup.ts";
import * as norm from "./norm.ts";
import * as order from "./order.ts";
import * as parts from "./parts.ts";
import * as pool from "./pool.ts";
import * as quantized from "./quantized.ts";
import * as reduce from "./reduce.ts";
import * as rotary from "./rotary.ts";
import * as tiles from "./tiles.ts";
import * as unary from "./unary.ts";

const groups: readonly Readonly<Record<string, OpDef>>[] = [
  unary,
  activations,
  gelu,
  binary,
  logic,
  linear,
  einsum,
  attention,
  rotary,
  conv,
  pool,
  layout,
  tiles,
  parts,
  lookup,
  order,
  reduce,
  norm,
  channelNorm,
  contrib,
  embed,
  quantized,
];

/** All ops, by ONNX type (with the domain in front where it is not ai.onnx). */
export const ops: ReadonlyMap<string, OpDef> = new Map(
  groups.flatMap((group) => Object.values(group).map((op) => [op.type, op] as const)),
);

/** The op of a type; an AppError `input` naming it when minnow does not know it. */
export function opDef(type: string): OpDef {
  const def = ops.get(type);
  if (!def)
    throw new AppError("input", `the op ${type} is not known`, {
      hint: "docs/adding.md shows how to add one",
    });
  return def;
}

/** What the IR needs of the registry. */
export const opTable: OpTable = {
  schema: (op) => ops.get(op),
  infer: (call) => opDef(call.op).infer(call),
  attributes: (op, attrs) => opDef(op).attributes(attrs),
};

export { type AxisPlace, type AxisSpelling, defineOp, type Link, type OpDef, type Place } from "./define.ts";
export { numbersOf } from "./shapes.ts";

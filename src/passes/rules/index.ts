// All rewrite rules; each has one line here.
import { opDef } from "../../ops/index.ts";
import { accumulate } from "./accumulate.ts";
import { columnSum } from "./column-sum.ts";
import { gelu } from "./gelu.ts";
import type { Rule } from "./rule.ts";
import { scaleIntoProduct, scaleOutOfProduct } from "./scale.ts";
import { transposedOperand } from "./transpose.ts";

/** Ops that have both a decomposition and a gradient rule in its terms: written out, so that forward and backward share parts. */
const writeOut: Rule = {
  name: "write out",
  because: "an op equals its decomposition",
  apply({ b, node, inputs }) {
    const def = opDef(node.op);
    return def.grad && def.decompose ? def.decompose(b, { inputs, attrs: node.attrs }) : undefined;
  },
};

/** Before differentiation: compound ops whose gradient is known in a better form than their parts'. */
export const recognise: readonly Rule[] = [gelu];
/** After differentiation, in this order: shared parts are written out, then passes over memory are saved. */
export const trainingRules: readonly (readonly Rule[])[] = [
  [writeOut],
  [scaleIntoProduct, columnSum, transposedOperand],
  [scaleOutOfProduct],
  [accumulate],
];

export { type Rule, rewrite } from "./rule.ts";

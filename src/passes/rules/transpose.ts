// Operands of batched products that were transposed to lie the other way: the product reads them as they lie, and one transposition serves both.
import type { Attrs, Builder, Value } from "../../ir/index.ts";
import type { Rule } from "./rule.ts";

const products: readonly string[] = ["MatMul", "com.microsoft.FusedMatMul"];

export const transposedOperand: Rule = {
  name: "transposed operand",
  because: "A B = A (B')', and B' keeps the rows of what B was transposed from whole",
  apply({ b, node, inputs }) {
    const [a, c] = inputs;
    if (!products.includes(node.op) || !a || !c) return undefined;
    if (node.attrs.transBatchA === 1 || node.attrs.transBatchB === 1) return undefined;
    const [left, right] = [lyingRight(b, a), lyingRight(b, c)];
    if (!left && !right) return undefined;
    const flip = (flag: Attrs[string] | undefined, turned: unknown): number =>
      turned ? 1 - Number(flag ?? 0) : Number(flag ?? 0);
    const attrs = {
      alpha: Number(node.attrs.alpha ?? 1),
      transA: flip(node.attrs.transA, left),
      transB: flip(node.attrs.transB, right),
    };
    return [b.op("com.microsoft.FusedMatMul", [left ?? a, right ?? c], attrs, node.name)];
  },
};

/** The last two axes swapped, where a transposition has moved the last axis to the place before the last. */
function lyingRight(b: Builder, value: Value): Value | undefined {
  const node = b.producer(value);
  const source = node?.inputs[0];
  const perm = node?.attrs.perm;
  if (node?.op !== "Transpose" || !source || !Array.isArray(perm) || perm.length < 3) return undefined;
  const order = perm.map(Number);
  const [before, last] = order.slice(-2);
  if (before !== order.length - 1 || last === undefined) return undefined;
  const straight = [...order.slice(0, -2), last, before];
  return straight.every((axis, i) => axis === i) ? source : b.transpose(source, straight);
}

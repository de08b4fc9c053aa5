// Recognises the exact GELU that exporters write out: x (1 + erf(x / sqrt 2)) / 2, its factors in any order.
import type { Builder, Value } from "../../ir/index.ts";
import { type Rule, scalarOf, scaled } from "./rule.ts";

export const gelu: Rule = {
  name: "gelu",
  because: "x Phi(x) = x (1 + erf(x / sqrt 2)) / 2",
  apply({ b, node, inputs }) {
    if (node.op !== "Mul") return undefined;
    const { factor, terms } = factorsOf(b, inputs);
    const [first, second] = terms;
    if (terms.length !== 2 || !first || !second || Math.abs(factor - 0.5) > 1e-6) return undefined;
    if (isOnePlusErf(b, second, first)) return [b.op("com.microsoft.Gelu", [first])];
    return isOnePlusErf(b, first, second) ? [b.op("com.microsoft.Gelu", [second])] : undefined;
  },
};

/** A product as a number and what is not a number, two levels deep. */
function factorsOf(
  b: Builder,
  inputs: readonly (Value | undefined)[],
): { readonly factor: number; readonly terms: readonly Value[] } {
  let factor = 1;
  const terms: Value[] = [];
  const add = (value: Value | undefined, depth: number): void => {
    if (!value) return;
    const number = scalarOf(b, value);
    const node = b.producer(value);
    const part = scaled(b, value);
    if (number !== undefined) factor *= number;
    else if (part && depth < 2) {
      factor *= part.factor;
      add(part.x, depth + 1);
    } else if (node?.op === "Mul" && depth === 0) for (const input of node.inputs) add(input, depth + 1);
    else terms.push(value);
  };
  for (const input of inputs) add(input, 0);
  return { factor, terms };
}

/** value = 1 + erf(x sqrt(1/2)) */
function isOnePlusErf(b: Builder, value: Value, x: Value): boolean {
  const add = b.producer(value);
  if (add?.op !== "Add") return false;
  const erf = add.inputs.find((input) => input && b.producer(input)?.op === "Erf");
  if (!erf || !add.inputs.some((input) => scalarOf(b, input) === 1)) return false;
  const inner = scaled(b, b.producer(erf)?.inputs[0]);
  return inner?.x === x && Math.abs(inner.factor - Math.SQRT1_2) < 1e-6;
}

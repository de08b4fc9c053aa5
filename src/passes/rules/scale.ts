// Numbers that multiply a matrix product's operands or result go into its alpha: a pass over memory less.
import { type Rule, scalarOf, scaled } from "./rule.ts";

const isGemm = (op: string): boolean => op === "Gemm";

export const scaleIntoProduct: Rule = {
  name: "scale into product",
  because: "Gemm(k x, W, c) = k alpha x W + beta c",
  apply({ b, node, inputs }) {
    if (!isGemm(node.op)) return undefined;
    const [left, right] = [scaled(b, inputs[0]), scaled(b, inputs[1])];
    if (!left && !right) return undefined;
    const alpha = Number(node.attrs.alpha) * (left?.factor ?? 1) * (right?.factor ?? 1);
    return [
      b.op(
        node.op,
        [left?.x ?? inputs[0], right?.x ?? inputs[1], inputs[2]],
        { ...node.attrs, alpha },
        node.name,
      ),
    ];
  },
};

export const scaleOutOfProduct: Rule = {
  name: "scale out of product",
  because: "k (alpha x W + beta c) = (k alpha) x W + (k beta) c",
  apply({ b, node, inputs, alone }) {
    if (node.op !== "Mul") return undefined;
    const at = inputs.findIndex((input) => scalarOf(b, input) !== undefined);
    const product = inputs[1 - at];
    const made = product && b.producer(product);
    if (at < 0 || !made || !isGemm(made.op) || !alone(1 - at)) return undefined;
    const factor = scalarOf(b, inputs[at]) ?? 1;
    const attrs = {
      ...made.attrs,
      alpha: Number(made.attrs.alpha) * factor,
      beta: Number(made.attrs.beta) * factor,
    };
    return [b.op(made.op, made.inputs, attrs, made.name)];
  },
};

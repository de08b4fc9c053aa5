// A sum with a matrix product becomes the product's own addend: gradients of one tensor through several products pile up in place.
import type { Rule } from "./rule.ts";

export const accumulate: Rule = {
  name: "accumulate",
  because: "Gemm(x, W) + c = Gemm(x, W, c)",
  apply({ b, node, inputs, alone }) {
    if (node.op !== "Add") return undefined;
    for (const at of [1, 0]) {
      const made = inputs[at] && b.producer(inputs[at]);
      const other = inputs[1 - at];
      if (made?.op !== "Gemm" || made.inputs[2] || !other || !alone(at)) continue;
      if (made.outputs[0]?.type.shape.join() !== other.type.shape.join()) continue;
      return [b.op("Gemm", [made.inputs[0], made.inputs[1], other], { ...made.attrs, beta: 1 }, made.name)];
    }
    return undefined;
  },
};

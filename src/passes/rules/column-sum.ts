// Sums over the rows of a matrix, the gradients of biases, as a product with ones: it runs at the speed of memory.

import { numbersOf } from "../../ops/index.ts";
import { Tensor } from "../../tensor/index.ts";
import type { Rule } from "./rule.ts";

export const columnSum: Rule = {
  name: "column sum",
  because: "sum_i Y_ij = (1 ... 1) Y",
  apply({ b, node, inputs }) {
    const [matrix, axes] = inputs;
    if (node.op !== "ReduceSum" || !matrix || node.attrs.keepdims !== 0 || matrix.type.dtype !== "f32")
      return undefined;
    const [rows, columns] = matrix.type.shape;
    const known = numbersOf(axes);
    if (
      matrix.type.shape.length !== 2 ||
      typeof rows !== "number" ||
      typeof columns !== "number" ||
      known?.join() !== "0"
    )
      return undefined;
    const ones = b.constant(Tensor.floats([1, rows], new Float32Array(rows).fill(1)));
    return [b.reshape(b.op("Gemm", [ones, matrix]), [columns])];
  },
};

// Quantization ops (standard ONNX). They have no gradient: a path through one is refused.
import type { Value } from "../ir/index.ts";
import { defineOp, int } from "./define.ts";
import { broadcast } from "./shapes.ts";

const bytes = (random: number): number => Math.floor(random * 20);

/** uint8 values, scale and zero point from the range of X (always containing 0). */
export const DynamicQuantizeLinear = defineOp({
  type: "DynamicQuantizeLinear",
  since: 11,
  inputs: ["X"],
  outputs: ["Y", "scale", "zeroPoint"],
  takes: { X: ["f32"] },
  infer: ({ X }) => ({
    Y: { dtype: "u8", shape: X.type.shape },
    scale: { dtype: X.type.dtype, shape: [] },
    zeroPoint: { dtype: "u8", shape: [] },
  }),
  examples: [{ inputs: [[2, 3]], outputs: 3 }],
});

/** (A - zeroA)(B - zeroB) in int32. */
export const MatMulInteger = defineOp({
  type: "MatMulInteger",
  since: 10,
  inputs: ["A", "B", "zeroA?", "zeroB?"],
  outputs: ["Y"],
  alike: [
    ["A", "zeroA"],
    ["B", "zeroB"],
  ],
  takes: { A: ["i8", "u8"], B: ["i8", "u8"] },
  infer({ A, B, fresh }) {
    const [a, c] = [A.type.shape, B.type.shape];
    const batch = broadcast([a.slice(0, -2), c.slice(0, -2)], fresh, "MatMulInteger");
    return { Y: { dtype: "i32", shape: [...batch, a.at(-2) ?? 1, c.at(-1) ?? 1] } };
  },
  cost: ({ A, Y }) =>
    2 * Y.type.shape.reduce<number>((all, dim) => all * Number(dim), 1) * Number(A.type.shape.at(-1)),
  examples: [
    {
      inputs: [
        [2, 3],
        [3, 4],
      ],
      dtypes: ["u8", "i8"],
      sample: bytes,
    },
    { inputs: [[2, 3], [3, 4], [], [4]], dtypes: ["u8", "i8", "u8", "i8"], sample: bytes },
  ],
});

/** (X - zeroPoint) scale, per tensor or along `axis`. */
export const DequantizeLinear = defineOp({
  type: "DequantizeLinear",
  since: 13,
  inputs: ["X", "scale", "zeroPoint?"],
  outputs: ["Y"],
  alike: [["X", "zeroPoint"]],
  takes: { X: ["i4", "u4", "i8", "u8", "i16", "u16", "i32"], scale: ["f32", "f16", "bf16"] },
  attrs: { axis: int(1) },
  infer: ({ X, scale }) => ({ Y: { dtype: scale.type.dtype, shape: X.type.shape } }),
  examples: [
    { inputs: [[2, 3], [], []], dtypes: ["i8", "f32", "i8"], sample: bytes },
    { inputs: [[2, 3], [2], [2]], dtypes: ["u8", "f32", "u8"], attrs: { axis: 0 }, sample: bytes },
    { inputs: [[2, 3], [], null], dtypes: ["i32", "f32"], sample: bytes },
  ],
});

/** saturate(round(X / scale) + zeroPoint). */
export const QuantizeLinear = defineOp({
  type: "QuantizeLinear",
  since: 13,
  inputs: ["X", "scale", "zeroPoint?"],
  outputs: ["Y"],
  takes: {
    X: ["f32", "f16", "bf16", "i32"],
    scale: ["f32", "f16", "bf16"],
    zeroPoint: ["i4", "u4", "i8", "u8", "i16", "u16"],
  },
  attrs: { axis: int(1) },
  infer: ({ X, zeroPoint }: { X: Value; zeroPoint: Value | undefined }) => ({
    Y: { dtype: zeroPoint?.type.dtype ?? "u8", shape: X.type.shape },
  }),
  examples: [
    {
      inputs: [[2, 3], [], []],
      dtypes: ["f32", "f32", "u8"],
      sample: (random, _i, input) => (input === 1 ? 0.1 + random : input ? bytes(random) : random),
    },
    { inputs: [[2, 3], [3], null], sample: (random) => 0.1 + random },
  ],
});

// The embeddings of ONNX Runtime's optimised BERT: three tables, their sum and its norm.
import { AppError } from "../base/index.ts";
import type { Builder, Value } from "../ir/index.ts";
import { type DType, Tensor } from "../tensor/index.ts";
import { defineOp, float, int, maybe } from "./define.ts";

const integers: readonly DType[] = ["i32"];

/** Rows of the table of positions: at the given ones, or 0, 1, 2 ... along the sequence. */
function positionsOf(b: Builder, ids: Value, table: Value, given: Value | undefined): Value {
  if (given) return b.gather(table, given);
  const length = b.op("Squeeze", [b.op("Shape", [ids], { start: 1 })]);
  return b.gather(table, b.op("Range", [b.scalar(0, "i64"), length, b.scalar(1, "i64")]));
}

/** The layer norm of the sum of word, position and segment embeddings, and how many tokens of each item are not masked. */
export const EmbedLayerNormalization = defineOp({
  type: "com.microsoft.EmbedLayerNormalization",
  since: 1,
  inputs: ["ids", "segments?", "words", "positions", "types?", "gamma", "beta", "mask?", "places?"],
  outputs: ["Y", "lengths", "total?"],
  alike: [["words", "positions", "types", "gamma", "beta"]],
  takes: { ids: integers, segments: integers, mask: integers, places: integers },
  attrs: { epsilon: float(1e-12), mask_index_type: maybe(int()) },
  infer({ ids, words }) {
    const [batch = 1, length = 1] = ids.type.shape;
    const [, width = 1] = words.type.shape;
    if (ids.type.shape.length !== 2 || words.type.shape.length !== 2)
      throw new AppError(
        "input",
        `EmbedLayerNormalization: ids [${ids.type.shape}] of words [${words.type.shape}]`,
      );
    const { dtype } = words.type;
    const sums = { dtype, shape: [batch, length, width] };
    return { Y: sums, lengths: { dtype: "i32", shape: [batch] }, total: sums };
  },
  decompose(b, { ids, segments, words, positions, types, gamma, beta, mask, places, attrs }) {
    const both = b.add(b.gather(words, ids), positionsOf(b, ids, positions, places));
    const total = segments && types ? b.add(both, b.gather(types, segments)) : both;
    const norm = { axis: -1, epsilon: attrs.epsilon };
    const [Y = total] = b.opN("LayerNormalization", [total, gamma, beta], norm, 3);
    const counted = mask ?? b.op("Mul", [ids, b.scalar(0, ids)]);
    return [Y, b.sum(counted, 1), total];
  },
  axes: ({ places }) => [
    [
      ["ids", 0],
      ["segments", 0],
      ["mask", 0],
      ...(places?.type.shape[0] === 1 ? [] : [["places", 0] as const]),
      ["Y", 0],
      ["lengths", 0],
      ["total", 0],
    ],
  ],
  examples: [
    {
      inputs: [
        Tensor.from("i32", [2, 3], [4, 0, 2, 1, 1, 3]),
        Tensor.from("i32", [2, 3], [0, 0, 1, 0, 1, 1]),
        [5, 4],
        [3, 4],
        [2, 4],
        [4],
        [4],
        Tensor.from("i32", [2, 3], [1, 1, 0, 1, 1, 1]),
        Tensor.from("i32", [2, 3], [0, 1, 2, 2, 1, 0]),
      ],
      outputs: 2,
    },
    {
      inputs: [Tensor.from("i32", [2, 3], [4, 0, 2, 1, 1, 3]), null, [5, 4], [3, 4], null, [4], [4]],
      attrs: { epsilon: 1e-3 },
      outputs: 2,
    },
  ],
});

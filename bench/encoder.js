// The encoder of the training-step benchmark, as bench/peers/train_step.py has it: no pooler, no token types, head on the first token.
import { Builder, opTable, Tensor } from "../dist/index.js";

export const shape = {
  layers: 4,
  hidden: 256,
  heads: 4,
  intermediate: 1024,
  vocabulary: 8000,
  positions: 64,
  classes: 150,
};

/** A seeded pseudo-random tensor, normal-ish with the given deviation. */
export function randomTensor(dims, deviation, seed) {
  let state = seed >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
  const size = dims.reduce((product, dim) => product * dim, 1);
  return Tensor.floats(
    dims,
    Float32Array.from({ length: size }, () => deviation * (next() + next() + next() - 1.5) * 2),
  );
}

/** The graph with inputs input_ids and attention_mask [batch, sequence] and output logits. */
export function encoder({ layers, hidden, heads, intermediate, vocabulary, positions, classes } = shape) {
  const b = new Builder(opTable);
  let seed = 1;
  const weight = (name, dims, deviation = 0.02) => b.weight(name, randomTensor(dims, deviation, seed++));
  const constant = (name, dims, value) =>
    b.weight(name, Tensor.floats(dims, new Float32Array(dims[0]).fill(value)));
  const dense = (name, x, from, to) =>
    b.op("Gemm", [x, weight(`${name}.weight`, [to, from]), constant(`${name}.bias`, [to], 0)], { transB: 1 });
  const norm = (name, x) =>
    b.op(
      "LayerNormalization",
      [x, constant(`${name}.weight`, [hidden], 1), constant(`${name}.bias`, [hidden], 0)],
      { epsilon: 1e-12 },
    );
  const ids = b.input("input_ids", "i64", ["batch", "sequence"]);
  const mask = b.input("attention_mask", "i64", ["batch", "sequence"]);
  const size = b.op("Shape", [ids]);
  const batch = b.slice(size, [0], [1], [0]);
  const sequence = b.slice(size, [1], [2], [0]);
  const headSize = hidden / heads;
  const split = b.concat([batch, sequence, b.ints([heads, headSize])], 0);
  const words = b.gather(weight("words", [vocabulary, hidden]), ids);
  const places = b.op("Slice", [
    b.constant(Tensor.ints([...Array(positions).keys()])),
    b.ints([0]),
    sequence,
    b.ints([0]),
  ]);
  const sum = b.add(words, b.gather(weight("positions", [positions, hidden]), places));
  let x = norm("norm", b.reshape(sum, [-1, hidden]));
  const bias = b.unsqueeze(b.scale(b.sub(b.scalar(1, "f32"), b.cast(mask, "f32")), -1e9), [1, 2]);
  for (let i = 0; i < layers; i++) {
    const [q, k, v] = ["query", "key", "value"].map((name, at) =>
      b.transpose(
        b.op("Reshape", [dense(`${i}.${name}`, x, hidden, hidden), split]),
        at === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3],
      ),
    );
    const scores = b.op("Softmax", [b.add(b.scale(b.matmul(q, k), 1 / Math.sqrt(headSize)), bias)]);
    const context = b.op("Reshape", [b.transpose(b.matmul(scores, v), [0, 2, 1, 3]), b.ints([-1, hidden])]);
    x = norm(`${i}.norm`, b.add(dense(`${i}.output`, context, hidden, hidden), x));
    const h = dense(`${i}.up`, x, hidden, intermediate);
    const gelu = b.mul(b.scale(h, 0.5), b.shift(b.op("Erf", [b.scale(h, Math.SQRT1_2)]), 1));
    x = norm(`${i}.norm2`, b.add(dense(`${i}.down`, gelu, intermediate, hidden), x));
  }
  const whole = b.op("Reshape", [x, b.concat([batch, sequence, b.ints([hidden])], 0)]);
  const first = b.gather(whole, b.constant(Tensor.ints(0)), 1);
  return b.finish({ logits: dense("classifier", first, hidden, classes) });
}

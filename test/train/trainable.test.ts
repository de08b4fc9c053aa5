// What training touches: parameters and tables, and nothing that the model was written with.
import { expect, test } from "vitest";
import { openEngine } from "../../src/engine/index.ts";
import { Builder } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { distillation, lossInputs, Stepper } from "../../src/train/index.ts";

const [WIDTH, CLASSES, ROWS, LENGTH] = [8, 3, 2, 4];
const filled = (shape: readonly number[]): Tensor => {
  const size = shape.reduce((all, dim) => all * dim, 1);
  return Tensor.floats(
    shape,
    Float32Array.from({ length: size }, (_, i) => 0.3 * Math.sin(7 * i + size)),
  );
};

/** Attention with a scale, a mask and positions as named initializers, as exporters write them. */
function attention() {
  const b = new Builder(opTable);
  const ids = b.input("input_ids", "i64", ["batch", "sequence"]);
  const words = b.weight("words", filled([9, WIDTH]));
  const x = b.add(b.gather(words, ids), b.weight("positions", filled([LENGTH, WIDTH])));
  const q = b.add(b.matmul(x, b.weight("query", filled([WIDTH, WIDTH]))), b.weight("bias", filled([WIDTH])));
  const scale = b.weight("attention.scale", Tensor.floats([1], [0.125]));
  const hidden = Float32Array.from({ length: LENGTH * LENGTH }, (_, i) =>
    i % LENGTH > i / LENGTH ? -1e4 : 0,
  );
  const scores = b.add(
    b.mul(b.matmul(q, b.transpose(x, [0, 2, 1])), scale),
    b.weight("mask", Tensor.floats([LENGTH, LENGTH], hidden)),
  );
  const mixed = b.matmul(b.op("Softmax", [scores], { axis: -1 }), x);
  const gain = b.weight("gain", Tensor.floats([WIDTH], new Float32Array(WIDTH).fill(1)));
  const shift = b.weight("shift", Tensor.floats([WIDTH], new Float32Array(WIDTH)));
  const normal = b.op("LayerNormalization", [mixed, gain, shift]);
  const logits = b.matmul(b.mean(normal, 1), b.weight("head", filled([WIDTH, CLASSES])));
  return b.finish({ logits });
}

test("a step moves matrices, biases, gains, positions and looked-up rows, and no scale and no mask", async () => {
  const graph = attention();
  const stepper = new Stepper({
    engine: await openEngine(),
    threads: 1,
    graph,
    loss: distillation({ temperature: 1, alpha: 0.5 }),
    seed: 7,
  });
  const target = Tensor.floats([ROWS, CLASSES], [1, 0, 0, 0, 0, 1]);
  try {
    await stepper.gradients(
      {
        dims: { batch: ROWS, sequence: LENGTH },
        feeds: {
          input_ids: Tensor.from("i64", [ROWS, LENGTH], [1, 2, 3, 4, 8, 7, 6, 5]),
          [lossInputs.teacher]: target,
          [lossInputs.target]: target,
          [lossInputs.rowWeight]: Tensor.floats([ROWS], [0.5, 0.5]),
        },
      },
      0,
    );
    const step = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
    stepper.parameters.step(step, 1);
    const after = stepper.parameters.snapshot();
    const moved = [...graph.weights].flatMap(([{ name = "" }, tensor]) =>
      after
        .get(name)
        ?.numbers()
        .some((value, i) => value !== tensor.numbers()[i])
        ? [name]
        : [],
    );
    expect(moved.sort()).toEqual(["bias", "gain", "head", "positions", "query", "shift", "words"]);
    expect([...after.keys()].sort()).toEqual(moved);
  } finally {
    await stepper.dispose();
  }
});

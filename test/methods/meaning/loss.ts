// The distillation loss of a model batch by batch, computed in plain numbers from its logits.
import { rng } from "../../../src/base/index.ts";
import type { Bundle } from "../../../src/families/index.ts";
import type { MethodContext } from "../../../src/methods/index.ts";
import { batchesOf, bucketOf } from "../../../src/tasks/index.ts";
import { answers, dataset } from "../world.ts";

const [TEMPERATURE, ALPHA, ROWS] = [4, 0.9, 32];

/** The losses of the batches that calibration sees, with the defaults of training. */
export async function withLossOf(context: MethodContext, calibration: number) {
  const data = context.train ?? dataset();
  const teacher = await context.teacherLogits();
  const classes = data.labels.length;
  const batches = batchesOf(data, ROWS, {
    rng: rng(context.seed, context.id, "calibration"),
    maxLength: 64,
    lengths: bucketOf,
  }).slice(0, calibration);
  return async (model: Bundle): Promise<readonly number[]> => {
    const logits = await answers(model, data);
    const row = (of: Float32Array, item: number) => [...of.subarray(item * classes, (item + 1) * classes)];
    return batches.map(({ indices }) => {
      const each = indices.map((item) =>
        itemLoss(row(logits, item), row(teacher, item), data.items[item]?.label ?? 0),
      );
      return each.reduce((sum, value) => sum + value, 0) / each.length;
    });
  };
}

/** alpha T^2 KL(teacher || student) at temperature T + (1 - alpha) cross entropy. */
function itemLoss(logits: readonly number[], teacher: readonly number[], label: number): number {
  const [p, q] = [probabilities(teacher, TEMPERATURE), probabilities(logits, TEMPERATURE)];
  const divergence = p.reduce((sum, value, i) => sum + value * Math.log(value / (q[i] ?? 0)), 0);
  const hard = -Math.log(probabilities(logits, 1)[label] ?? 0);
  return ALPHA * TEMPERATURE ** 2 * divergence + (1 - ALPHA) * hard;
}

function probabilities(logits: readonly number[], temperature: number): readonly number[] {
  const top = Math.max(...logits);
  const powers = logits.map((value) => Math.exp((value - top) / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

// What magnitude pruning means: no weight that went is larger than one that stayed, and those that stayed are as they were.
import { expect } from "vitest";
import type { Bundle } from "../../../src/families/index.ts";
import { namedWeights } from "../../../src/ir/index.ts";
import type { TrainingState } from "../../../src/train/index.ts";
import { apply, contextFor, tinyModel } from "../world.ts";

type Magnitude = typeof import("../../../src/methods/prune/magnitude.ts");

interface Cut {
  readonly cut: readonly number[];
  readonly kept: readonly number[];
}

/** Magnitudes before pruning of each matrix that lost something: of the weights that went, and of those that stayed. */
function cutsOf(before: Bundle, after: Bundle): readonly Cut[] {
  const then = namedWeights(before.model.graph);
  return [...namedWeights(after.model.graph)].flatMap(([name, { floats: now }]) => {
    const old = then.get(name)?.floats ?? new Float32Array(0);
    const cut = old.filter((value, i) => now[i] === 0 && value !== 0);
    if (cut.length === 0) return [];
    const kept = old.filter((_, i) => now[i] !== 0);
    expect([...now.filter((value) => value !== 0)]).toEqual([...kept]);
    return [{ cut: [...cut.map(Math.abs)], kept: [...kept.map(Math.abs)] }];
  });
}

const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
const smallest = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), 1e9);

/** Over all matrices together, or in each, as the scope says; and exactly the share that was asked for. */
export async function theSmallestGo(module: Magnitude): Promise<void> {
  const model = tinyModel();
  for (const sparsity of [0.2, 0.5]) {
    const layer = cutsOf(model, (await apply(module.magnitude, { sparsity, scope: "layer" }, model)).model);
    expect(layer.length).toBeGreaterThan(10);
    for (const { cut, kept } of layer) {
      expect(largest(cut)).toBeLessThanOrEqual(smallest(kept));
      expect(cut.length).toBe(Math.round(sparsity * (cut.length + kept.length)));
    }
    const global = cutsOf(model, (await apply(module.magnitude, { sparsity, scope: "global" }, model)).model);
    const [cut, kept] = [global.flatMap((one) => one.cut), global.flatMap((one) => one.kept)];
    expect(largest(cut)).toBeLessThanOrEqual(smallest(kept));
    expect(cut.length).toBe(Math.round(sparsity * (cut.length + kept.length)));
    const shares = global.map((one) => one.cut.length / (one.cut.length + one.kept.length));
    expect(new Set(shares).size).toBeGreaterThan(1);
  }
}

/** A sparsity of nothing changes nothing. */
export async function nothingIsNothing(module: Magnitude): Promise<void> {
  const model = tinyModel();
  const { model: same } = await apply(module.magnitude, { sparsity: 0 }, model);
  expect(cutsOf(model, same)).toEqual([]);
}

/** The cubic schedule: s (1 - (1 - t)^3) over the first half of training in 20 stages, then no more. */
export async function theScheduleIsCubic(module: Magnitude): Promise<void> {
  const [model, sparsity, epochs] = [tinyModel(), 0.6, 16];
  const name = "bert.encoder.layer.0.intermediate.dense.weight";
  const seen: number[] = [];
  const checkpoints = {
    everySeconds: 0,
    load: async () => undefined,
    async save({ parameters }: TrainingState) {
      const floats = parameters.tensors.get(`weight ${name}`)?.floats ?? new Float32Array(1);
      seen.push(floats.filter((value) => value === 0).length / floats.length);
    },
  };
  const context = { ...(await contextFor(model)), checkpoints };
  const finetune = { epochs, batch: 12, learningRate: 1e-9 };
  const raw = { sparsity, schedule: "cubic", scope: "layer", finetune };
  const { model: pruned } = await apply(module.magnitude, raw, model, context);
  const steps = epochs * 2;
  expect(seen.length).toBe(steps);
  seen.forEach((zeros, step) => {
    const stage = Math.min(20, Math.floor((step / steps) * 2 * 20));
    expect(zeros).toBeCloseTo(sparsity * (1 - (1 - stage / 20) ** 3), 2);
  });
  for (const { cut, kept } of cutsOf(model, await roundedOf(pruned, model)))
    expect(largest(cut)).toBeLessThanOrEqual(smallest(kept));
}

/** The pruned model with the weights that stayed as they were: what training moved does not count here. */
async function roundedOf(pruned: Bundle, model: Bundle): Promise<Bundle> {
  const { withWeights } = await import("../../../src/ir/index.ts");
  const { Tensor } = await import("../../../src/tensor/index.ts");
  const then = namedWeights(model.model.graph);
  const weights = [...namedWeights(pruned.model.graph)].map(([name, tensor]) => {
    const old = then.get(name)?.floats;
    const data = tensor.floats.map((value, i) => (value === 0 ? 0 : (old?.[i] ?? 0)));
    return [name, Tensor.floats(tensor.shape, data)] as const;
  });
  return { ...pruned, model: { ...pruned.model, graph: withWeights(pruned.model.graph, new Map(weights)) } };
}

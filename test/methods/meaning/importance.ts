// What importance means: the norm of what a unit sends on, or the loss that it saves.
import { expect } from "vitest";
import { namedWeights } from "../../../src/ir/index.ts";
import { headKind, neuronKind, unitsOf as unitGroupsOf } from "../../../src/methods/prune/units.ts";
import { trainingParams } from "../../../src/methods/training.ts";
import { contextFor } from "../world.ts";
import { withLossOf } from "./loss.ts";
import { plain, scaleUnits, unitsOf } from "./planted.ts";

type Importance = typeof import("../../../src/methods/prune/importance.ts");

/** The norm of a unit is that of its columns in the matrix [out, in] after it. */
export function normsAreThoseOfColumns(module: Importance): void {
  const model = plain();
  const weights = namedWeights(model.model.graph);
  for (const kind of [headKind, neuronKind]) {
    const { groups } = unitGroupsOf(model, kind);
    const name = kind === headKind ? "attention.output.dense.weight" : "output.dense.weight";
    module.normImportance(model, groups).forEach((norms, layer) => {
      const { shape, floats } = weights.get(`bert.encoder.layer.${layer}.${name}`) ?? {};
      const [width = 0, units] = [shape?.[1], norms.length];
      const squares = new Float64Array(units);
      floats?.forEach((value, i) => {
        const unit = Math.floor((i % width) / (width / units));
        squares[unit] = (squares[unit] ?? 0) + value ** 2;
      });
      norms.forEach((norm, unit) => {
        expect(norm).toBeCloseTo(Math.sqrt(squares[unit] ?? 0), 5);
      });
    });
  }
}

/** To the first order, the loss without a unit of little effect is the loss and its importance, batch by batch. */
export async function taylorIsWhatTheLossWouldBe(module: Importance): Promise<void> {
  const faint = new Map(Array.from({ length: unitsOf("heads") }, (_, i) => [i, 0.002 * (i + 1)]));
  const model = scaleUnits(scaleUnits(plain(), "heads", 0, faint), "heads", 1, faint);
  const context = await contextFor(plain());
  const [calibration, training] = [4, trainingParams({ epochs: 0, learningRate: 1 }).parse({})];
  const { groups } = unitGroupsOf(model, headKind);
  const scores = await module.taylorImportance(model, groups, { calibration, training }, context);
  const losses = await withLossOf(context, calibration);
  const base = await losses(model);
  const found: { readonly score: number; readonly effect: number }[] = [];
  for (const layer of [0, 1]) {
    for (let unit = 0; unit < unitsOf("heads"); unit++) {
      const without = await losses(scaleUnits(model, "heads", layer, new Map([[unit, 0]])));
      const effect = base.reduce((sum, loss, i) => sum + Math.abs((without[i] ?? 0) - loss), 0);
      found.push({ score: scores[layer]?.[unit] ?? Number.NaN, effect });
    }
  }
  const largest = Math.max(...found.map(({ effect }) => effect));
  for (const { score, effect } of found) expect(Math.abs(score - effect) / largest).toBeLessThan(0.06);
}

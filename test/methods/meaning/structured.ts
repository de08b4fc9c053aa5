// What structured pruning means: the units without effect go first, and the rest computes what it did.
import { expect } from "vitest";
import { rng } from "../../../src/base/index.ts";
import type { Bundle } from "../../../src/families/index.ts";
import { Builder } from "../../../src/ir/index.ts";
import { opTable } from "../../../src/ops/index.ts";
import { Tensor } from "../../../src/tensor/index.ts";
import { answers, apply, contextFor, dataset } from "../world.ts";
import { withLossOf } from "./loss.ts";
import { keptOf, plain, scaleUnits, type UnitKind, unitsOf } from "./planted.ts";

type Structured = typeof import("../../../src/methods/prune/structured.ts");

const kinds: readonly UnitKind[] = ["heads", "neurons"];
const importances = ["taylor", "norm"] as const;

/** As many units as are cut together at the least. */
const least = (kind: UnitKind): number => (kind === "neurons" ? 8 : 1);

/** `least` units, not the first ones, from `start` on in steps of three. */
const some = (kind: UnitKind, start: number): readonly number[] =>
  Array.from({ length: least(kind) }, (_, i) => start + 3 * i);

const factorsOf = (units: readonly number[], factor: number) => new Map(units.map((unit) => [unit, factor]));

const inBothLayers = (model: Bundle, kind: UnitKind, factors: ReadonlyMap<number, number>) =>
  scaleUnits(scaleUnits(model, kind, 0, factors), kind, 1, factors);

/** A unit without effect goes first; in a layer where all units have an effect, none goes for it. */
export async function deadUnitsGoFirst(module: Structured): Promise<void> {
  for (const kind of kinds) {
    for (const importance of importances) {
      const dead = some(kind, 2);
      const share = least(kind) / unitsOf(kind);
      const raw = { importance, calibration: 3 };
      const both = inBothLayers(plain(), kind, factorsOf(dead, 0));
      const { changes } = await apply(module[kind], { ...raw, ratio: share, scope: "layer" }, both);
      const alive = Array.from({ length: unitsOf(kind) }, (_, i) => i).filter((unit) => !dead.includes(unit));
      expect(keptOf(changes)).toEqual([alive, alive]);
      const one = scaleUnits(plain(), kind, 1, factorsOf(dead, 0));
      const global = await apply(module[kind], { ...raw, ratio: share / 2, scope: "global" }, one);
      const everything = Array.from({ length: unitsOf(kind) }, (_, i) => i);
      expect(keptOf(global.changes)).toEqual([everything, alive]);
    }
  }
}

/** Units with an effect stay to the last where the others have next to none. */
export async function strongUnitsStay(module: Structured): Promise<void> {
  for (const kind of kinds) {
    for (const importance of importances) {
      const strong = some(kind, 1);
      const even = new Map(
        Array.from({ length: unitsOf(kind) }, (_, i) => [i, strong.includes(i) ? 2 : 0.001]),
      );
      const model = inBothLayers(plain(), kind, even);
      const raw = { ratio: 1 - least(kind) / unitsOf(kind), scope: "layer", importance, calibration: 3 };
      const { changes } = await apply(module[kind], raw, model);
      expect(keptOf(changes)).toEqual([strong, strong]);
    }
  }
}

/** What is left answers as the whole did with those units silenced. */
export async function cutIsSilence(module: Structured): Promise<void> {
  for (const kind of kinds) {
    const raw = { ratio: 0.5, importance: "norm", scope: "global" };
    const { model, changes } = await apply(module[kind], raw, plain());
    const silenced = keptOf(changes).reduce((whole, kept, layer) => {
      const gone = Array.from({ length: unitsOf(kind) }, (_, i) => i).filter((unit) => !kept.includes(unit));
      return scaleUnits(whole, kind, layer, factorsOf(gone, 0));
    }, plain());
    const [cut, expected] = [await answers(model, dataset()), await answers(silenced, dataset())];
    expected.forEach((value, i) => {
      expect(cut[i]).toBeCloseTo(value, 4);
    });
  }
}

/** The share that leaves, of each layer or of all, in whole multiples. */
export async function theShareLeaves(module: Structured): Promise<void> {
  for (const kind of kinds) {
    for (const scope of ["layer", "global"]) {
      const { changes } = await apply(module[kind], { ratio: 0.5, importance: "norm", scope }, plain());
      const counts = keptOf(changes).map(({ length }) => length);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(unitsOf(kind));
      if (scope === "layer") expect(counts).toEqual([unitsOf(kind) / 2, unitsOf(kind) / 2]);
    }
  }
}

/**
 * First-order importance against a slow reference: the loss with and without each unit, mean of the batches'
 * differences. Effects are small, so that the first order is nearly all of them; of any number of units that stay,
 * they are the reference's.
 */
export async function taylorIsTheLossThatAUnitSaves(module: Structured): Promise<void> {
  const kind = "heads";
  const faint = new Map(Array.from({ length: unitsOf(kind) }, (_, i) => [i, 0.02 * (i + 1)]));
  const model = inBothLayers(plain(), kind, faint);
  const context = await contextFor(plain());
  const calibration = 4;
  const losses = await withLossOf(context, calibration);
  const base = await losses(model);
  const effects: { layer: number; unit: number; effect: number }[] = [];
  for (const layer of [0, 1]) {
    for (let unit = 0; unit < unitsOf(kind); unit++) {
      const without = await losses(scaleUnits(model, kind, layer, new Map([[unit, 0]])));
      const effect = base.reduce((sum, loss, i) => sum + Math.abs((without[i] ?? 0) - loss), 0);
      effects.push({ layer, unit, effect });
    }
  }
  const ranked = effects.toSorted((a, b) => b.effect - a.effect);
  for (let stay = 2; stay < ranked.length; stay++) {
    const top = ranked.slice(0, stay);
    const expected = [0, 1].map((layer) =>
      top.flatMap((one) => (one.layer === layer ? [one.unit] : [])).sort((a, b) => a - b),
    );
    // a layer keeps one unit at least, whatever its effect
    if (expected.some(({ length }) => length === 0)) continue;
    const raw = { ratio: 1 - stay / ranked.length, importance: "taylor", scope: "global", calibration };
    const { changes } = await apply(module[kind], raw, model, context);
    expect(keptOf(changes)).toEqual(expected);
  }
}

/** Weights that lie [in, out], as other exporters have them: a neuron is a row there. */
export async function rowsAreUnitsToo(module: Structured): Promise<void> {
  const [inputs, hidden, classes] = [5, 24, 3];
  const dead = [1, 4, 6, 9, 13, 17, 20, 23];
  const random = rng(4, "rows");
  const matrix = (rows: number, columns: number, gone: readonly number[] = []): Tensor =>
    Tensor.floats(
      [rows, columns],
      Array.from({ length: rows * columns }, (_, i) =>
        gone.includes(Math.floor(i / columns)) ? 0 : random.normal(),
      ),
    );
  const b = new Builder(opTable);
  const inner = b.op("Relu", [
    b.matmul(b.input("x", "f32", ["batch", inputs]), b.weight("first", matrix(inputs, hidden))),
  ]);
  const graph = b.finish({ logits: b.matmul(inner, b.weight("second", matrix(hidden, classes, dead))) });
  const model: Bundle = { ...plain(), family: undefined, config: {}, model: { graph, metadata: {} } };
  const raw = { ratio: dead.length / hidden, importance: "norm", scope: "layer" };
  const { changes } = await apply(module.neurons, raw, model);
  const alive = Array.from({ length: hidden }, (_, i) => i).filter((unit) => !dead.includes(unit));
  expect(keptOf(changes)).toEqual([alive]);
}

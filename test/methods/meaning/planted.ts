// Models with planted units: heads and neurons whose effect on the output is taken away, or made larger.
import type { Bundle } from "../../../src/families/index.ts";
import { namedWeights, withWeights } from "../../../src/ir/index.ts";
import { Tensor } from "../../../src/tensor/index.ts";
import { tinyModel } from "../world.ts";

/** Weights that carry the units' output in layer `layer`, [out, in], and how many of its columns a unit has. */
const carrier = {
  heads: { name: "attention.output.dense.weight", block: 8, units: 4 },
  neurons: { name: "output.dense.weight", block: 1, units: 32 },
} as const;
export type UnitKind = keyof typeof carrier;

export const unitsOf = (kind: UnitKind): number => carrier[kind].units;

/** Two layers of four heads and 32 neurons, each of which is as likely as the next to matter. */
export const plain = (): Bundle => tinyModel({ intermediate_size: 32 });

const nameOf = (kind: UnitKind, layer: number): string => `bert.encoder.layer.${layer}.${carrier[kind].name}`;

/** The model with the effect of some units of a layer multiplied. */
export function scaleUnits(
  model: Bundle,
  kind: UnitKind,
  layer: number,
  factors: ReadonlyMap<number, number>,
): Bundle {
  const name = nameOf(kind, layer);
  const tensor = namedWeights(model.model.graph).get(name);
  if (!tensor) throw new Error(`${name} is missing`);
  const { block } = carrier[kind];
  const width = tensor.shape[1] ?? 0;
  const data = tensor.floats.map((value, i) => value * (factors.get(Math.floor((i % width) / block)) ?? 1));
  const weights = new Map([[name, Tensor.floats(tensor.shape, data)]]);
  return { ...model, model: { ...model.model, graph: withWeights(model.model.graph, weights) } };
}

/** Units of each layer that a step has kept. */
export const keptOf = (
  changes: readonly { readonly target: string; readonly kept?: readonly number[] }[],
): readonly (readonly number[])[] => changes.map(({ kept = [] }) => kept);

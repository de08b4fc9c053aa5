// Masked units: the model at its full size in which some units do nothing; what a cut model must answer like.
import { must } from "../../base/index.ts";
import { type Graph, namedWeights, withWeights } from "../../ir/index.ts";
import type { AxisGroup } from "../../passes/index.ts";
import { sizeOf, Tensor } from "../../tensor/index.ts";

/** The graph at its full size, in which the units that are not kept pass nothing on. */
export function masked(
  graph: Graph,
  groups: readonly AxisGroup[],
  keep: readonly (readonly number[])[],
): Graph {
  const weights = namedWeights(graph);
  const zeroed = new Map<string, Tensor>();
  groups.forEach(({ members }, g) => {
    const stays = new Set(keep[g]);
    for (const { weight, axis, block } of members.filter(({ contracted }) => contracted)) {
      const tensor = zeroed.get(weight) ?? must(weights.get(weight), weight);
      const floats = Float32Array.from(tensor.floats);
      const inner = sizeOf(tensor.shape.slice(axis + 1));
      for (let i = 0; i < floats.length; i++) {
        const unit = Math.floor((Math.floor(i / inner) % (tensor.shape[axis] ?? 1)) / block);
        if (!stays.has(unit)) floats[i] = 0;
      }
      zeroed.set(weight, Tensor.from(tensor.dtype, tensor.shape, floats));
    }
  });
  return withWeights(graph, zeroed);
}

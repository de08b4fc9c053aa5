// Masked units: the model at its full size in which some units do nothing; what a cut model must answer like.
import { must } from "../../base/index.ts";
import type { Graph } from "../../ir/index.ts";
import type { AxisGroup } from "../../passes/index.ts";
import { sizeOf, Tensor } from "../../tensor/index.ts";

/** The graph at its full size, in which the units that are not kept pass nothing on. */
export function masked(
  graph: Graph,
  groups: readonly AxisGroup[],
  keep: readonly (readonly number[])[],
): Graph {
  const weights = new Map(graph.weights);
  groups.forEach(({ members }, g) => {
    const stays = new Set([-1, ...must(keep[g], "kept units")]);
    for (const { weight, axis, units } of members.filter(({ contracted }) => contracted)) {
      const tensor = must(weights.get(weight), weight.name ?? "a constant");
      const floats = Float32Array.from(tensor.floats);
      const inner = sizeOf(tensor.shape.slice(axis + 1));
      for (let i = 0; i < floats.length; i++)
        if (!stays.has(units[Math.floor(i / inner) % units.length] ?? -1)) floats[i] = 0;
      weights.set(weight, Tensor.from(tensor.dtype, tensor.shape, floats));
    }
  });
  return { ...graph, weights };
}

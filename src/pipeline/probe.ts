// Probes: inputs for a model when there is no data, so that a file can still be compared with its graph.
import { rng } from "../base/index.ts";
import type { LoadedModel } from "../families/index.ts";
import { dtypes, Tensor } from "../tensor/index.ts";

/** A few seeded inputs of the graph's types: small integers for ids, ones for masks, uniform floats otherwise. */
export function probes(
  model: LoadedModel,
  lengths: readonly number[] = [4, 9],
  batch = 2,
): readonly Readonly<Record<string, Tensor>>[] {
  const vocabulary = model.family?.dims(model.config).vocabulary ?? 2;
  return lengths.map((length, turn) => {
    const random = rng(7, "probe", turn);
    return Object.fromEntries(
      model.model.graph.inputs.map(({ name = "", type }) => {
        const shape = type.shape.map((dim, axis) =>
          typeof dim === "number" ? dim : axis === 0 ? batch : length,
        );
        const size = shape.reduce((product, dim) => product * dim, 1);
        const top = /mask/.test(name) ? 0 : /type/.test(name) ? 1 : vocabulary;
        const value = (): number =>
          dtypes[type.dtype].kind === "float" ? random.next() : top === 0 ? 1 : random.below(top);
        return [name, Tensor.from(type.dtype, shape, Array.from({ length: size }, value))];
      }),
    );
  });
}

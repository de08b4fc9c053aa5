// Probes: inputs for a model when there is no data, so that a file can still be compared with its graph.
import { rng } from "../base/index.ts";
import { type Port, portsOf } from "../engine/index.ts";
import type { LoadedModel } from "../families/index.ts";
import { bound } from "../ir/index.ts";
import { dtypes, sizeOf, Tensor } from "../tensor/index.ts";

/** A few seeded inputs of the graph's types: small integers for ids, ones for masks, uniform floats otherwise. */
export function probes(
  model: LoadedModel,
  lengths: readonly number[] = [4, 9],
  batch = 2,
): readonly Readonly<Record<string, Tensor>>[] {
  const vocabulary = model.family?.dims(model.config).vocabulary ?? 2;
  const { inputs } = portsOf(model.model.graph);
  return lengths.map((wanted, turn) => {
    const random = rng(7, "probe", turn);
    const sizes = sizesOf(inputs, batch, Math.min(wanted, model.maxLength));
    return Object.fromEntries(
      inputs.map(({ name, dtype, shape }) => {
        const fixed = shape.map((dim) => Number(bound(dim, sizes)));
        const value = (): number => {
          if (/mask/i.test(name)) return 1;
          if (dtypes[dtype].kind === "float") return random.next();
          return random.below(/type|segment/i.test(name) ? 1 : vocabulary);
        };
        return [name, Tensor.from(dtype, fixed, Array.from({ length: sizeOf(fixed) }, value))];
      }),
    );
  });
}

/** A size for each name: that of a first axis is the batch, every other the length. */
function sizesOf(inputs: readonly Port[], batch: number, length: number): Readonly<Record<string, number>> {
  const sizes = new Map<string, number>();
  for (const axis of [0, 1])
    for (const { shape } of inputs)
      for (const dim of axis === 0 ? shape.slice(0, 1) : shape.slice(1))
        for (const [name] of String(dim).matchAll(/[A-Za-z_?][\w?.:]*/g))
          if (!sizes.has(name)) sizes.set(name, axis === 0 ? batch : length);
  return Object.fromEntries(sizes);
}

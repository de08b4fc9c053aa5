// Probes: inputs for a model when there is no data, so that a file can still be compared with its graph.
import { rng } from "../base/index.ts";
import { type Port, portsOf } from "../engine/index.ts";
import type { Bundle } from "../families/index.ts";
import { bound, type Graph } from "../ir/index.ts";
import { opDef } from "../ops/index.ts";
import { dtypes, sizeOf, Tensor } from "../tensor/index.ts";

/**
 * A few seeded inputs of the graph's types: ids of any row of the table that they are looked up in, ones for masks, uniform
 * floats otherwise, of both signs in every other feed.
 */
export function probes(
  model: Bundle,
  lengths: readonly number[] = [4, 9],
  batch = 2,
): readonly Readonly<Record<string, Tensor>>[] {
  const vocabulary = model.family?.sizes(model.config).vocabulary ?? 2;
  const { inputs } = portsOf(model.model.graph);
  const rows = rowsOf(model.model.graph);
  return lengths.map((wanted, turn) => {
    const random = rng(7, "probe", turn);
    const sizes = sizesOf(inputs, batch, Math.min(wanted, model.maxLength));
    return Object.fromEntries(
      inputs.map(({ name, dtype, shape }) => {
        const fixed = shape.map((dim) => Number(bound(dim, sizes)));
        const value = (): number => {
          if (/mask/i.test(name)) return 1;
          if (dtypes[dtype].kind === "float") return turn % 2 === 0 ? random.next() : 2 * random.next() - 1;
          return random.below(/type|segment/i.test(name) ? 1 : (rows.get(name) ?? vocabulary));
        };
        return [name, Tensor.from(dtype, fixed, Array.from({ length: sizeOf(fixed) }, value))];
      }),
    );
  });
}

/** How many rows the smallest table has that an input indexes, by the input's name. */
function rowsOf({ inputs, nodes }: Graph): ReadonlyMap<string, number> {
  const source = new Map(inputs.map((input) => [input, input.name ?? ""]));
  const rows = new Map<string, number>();
  for (const { op, inputs: read, outputs, attrs } of nodes) {
    const { lookup, moves } = opDef(op);
    const [first, output] = [read[0], outputs[0]];
    const from = first && source.get(first);
    if (moves && from !== undefined && output) source.set(output, from);
    const [table, indices] = lookup ? [read[lookup.table], read[lookup.indices]] : [];
    const name = indices && source.get(indices);
    const count = table?.type.shape.at(Number(attrs.axis ?? 0));
    if (name !== undefined && typeof count === "number")
      rows.set(name, Math.min(count, rows.get(name) ?? count));
  }
  return rows;
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

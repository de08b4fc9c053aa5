// References from outside: inputs and the outputs that they give, as JSON, and how far a graph is from them.
import { openEngine } from "../../src/engine/index.ts";
import type { Graph } from "../../src/ir/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

interface Stored {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface Reference {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

type Tensors = Readonly<Record<string, Stored>>;

const tensorOf = ({ dtype, shape, data }: Stored): Tensor =>
  Tensor.from(dtype === "int64" ? "i64" : "f32", shape, data);

/** The tensors of a reference. */
export function readReference({ inputs, outputs }: { inputs: Tensors; outputs: Tensors }): Reference {
  const read = (tensors: Tensors): Reference["inputs"] =>
    Object.fromEntries(Object.entries(tensors).map(([name, stored]) => [name, tensorOf(stored)]));
  return { inputs: read(inputs), outputs: read(outputs) };
}

/**
 * The largest difference of a graph's outputs from the reference's, of which each must be there in the same shape. What stands
 * at padding is nobody's, and is left out.
 */
export async function largestDifference(graph: Graph, { inputs, outputs }: Reference): Promise<number> {
  const session = await (await openEngine()).compile(graph, { threads: 1 });
  const names = graph.inputs.map(({ name = "" }) => name);
  const feeds = Object.fromEntries(
    names.map((name) => {
      const tensor = inputs[name];
      if (!tensor) throw new Error(`the reference has no ${name}`);
      return [name, tensor];
    }),
  );
  const found = await session.run(feeds);
  await session.dispose();
  const differences = Object.entries(outputs).flatMap(([name, { shape, floats }]) => {
    const own = found[name];
    if (!own || own.shape.join() !== shape.join())
      throw new Error(`${name} is [${own?.shape}], the reference has [${shape}]`);
    const [batch = 1, length = 1] = shape;
    const { attention_mask: mask } = inputs;
    const perToken = mask?.shape.join() === [batch, length].join();
    const width = floats.length / (batch * length);
    return Array.from(floats, (value, i) =>
      perToken && mask?.numbers()[Math.floor(i / width)] === 0
        ? 0
        : Math.abs(value - (own.floats[i] ?? Number.NaN)),
    );
  });
  return differences.reduce((most, value) => (value > most || Number.isNaN(value) ? value : most), 0);
}

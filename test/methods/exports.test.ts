// Heads and neurons of graphs that others exported: found, cut, and the same as the graph in which they pass nothing on.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openEngine } from "../../src/engine/index.ts";
import type { Bundle } from "../../src/families/index.ts";
import type { Graph } from "../../src/ir/index.ts";
import { masked } from "../../src/methods/prune/masked.ts";
import { headKind, type Kind, neuronKind, unitsOf } from "../../src/methods/prune/units.ts";
import { readModelBytes } from "../../src/onnx/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { canonical, cutUnits } from "../../src/passes/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { tinyModel } from "./world.ts";

const folder = "../shared/data/hf_tiny";
type Feeds = Readonly<Record<string, Tensor>>;

const dtypes = { int64: "i64", float32: "f32" } as const;

interface Opened {
  readonly graph: Graph;
  readonly feeds: Feeds;
}

/** The export and the feeds of its reference. */
function opened(name: string): Opened {
  const path = `${folder}/${name}/onnx/model.onnx`;
  const { inputs } = JSON.parse(readFileSync(`${folder}/${name}/reference.json`, "utf8")) as {
    readonly inputs: Readonly<
      Record<
        string,
        { readonly dtype: keyof typeof dtypes; readonly shape: number[]; readonly data: number[] }
      >
    >;
  };
  const feeds = Object.entries(inputs).map(
    ([input, { dtype, shape, data }]) => [input, Tensor.from(dtypes[dtype], shape, data)] as const,
  );
  const positions = Tensor.from("i64", [2, 7], [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6]);
  const { graph } = readModelBytes(readFileSync(path), path, opTable);
  const given = { position_ids: positions, ...Object.fromEntries(feeds) };
  const asked = graph.inputs.map(
    ({ name: input = "" }) => [input, given[input as keyof typeof given]] as const,
  );
  return { graph: canonical(graph), feeds: Object.fromEntries(asked) };
}

/** All outputs, one after the other. */
async function run(graph: Graph, feeds: Feeds): Promise<readonly number[]> {
  const session = await (await openEngine()).compile(graph, { threads: 1 });
  try {
    return Object.values(await session.run(feeds)).flatMap((output) => [...output.floats]);
  } finally {
    await session.dispose();
  }
}

const furthest = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);

const bundleOf = (graph: Graph): Bundle => ({
  ...tinyModel(),
  family: undefined,
  model: { graph, metadata: {} },
});

const elements = ({ weights }: Graph): number =>
  [...weights.values()].reduce((sum, { size }) => sum + size, 0);

/**
 * Units of each group, in the order in which products sum over them: layers, then the width of a head that has one (a
 * pooler). Grouped key-value heads are cut with the queries that read them.
 */
const encoder = { heads: [4, 4], neurons: [64, 64] };
const pooled = { heads: [4, 4], neurons: [64, 64, 32] };
const exports: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  albert: { heads: [4], neurons: [64, 32] },
  bart: { heads: [4, 4, 4, 4, 4, 4], neurons: [64, 64, 64, 64] },
  bert: pooled,
  "bert-embedding": encoder,
  "bert-token": encoder,
  clip: { heads: [4, 4, 4, 4], neurons: [64, 64, 64, 64] },
  deit: encoder,
  distilbert: pooled,
  electra: pooled,
  "gpt-neox": encoder,
  gpt2: { heads: [4, 4], neurons: [128, 128] },
  llama: { heads: [2, 2], neurons: [64, 64] },
  modernbert: encoder,
  opt: encoder,
  qwen2: { heads: [2, 2], neurons: [64, 64] },
  roberta: pooled,
  t5: { heads: [4, 4, 4], neurons: [64, 64, 64, 64] },
  vit: encoder,
  wav2vec2: { heads: [4, 4], neurons: [16, 64, 64] },
};

const kinds: readonly Kind[] = [headKind, neuronKind];

describe.skipIf(!existsSync(folder))("exports of hf_tiny (needs ../shared/data)", () => {
  const cases = Object.entries(exports).flatMap(([name, units]) =>
    kinds.map((kind) => ({ name, kind, units: units[kind.kind] ?? [], unit: kind.kind })),
  );
  test.for(cases)("$name: $unit are cut as if they passed nothing on", async ({ name, kind, units }) => {
    const { graph, feeds } = opened(name);
    const { groups, refused } = unitsOf(bundleOf(graph), kind);
    expect(refused).toEqual([]);
    expect(groups.map((group) => group.units)).toEqual(units);
    // every third unit goes, in each group another one first
    const keep = groups.map((group, g) =>
      [...Array(group.units).keys()].filter((unit) => (unit + g) % 3 !== 1 || group.units === 1),
    );
    const cut = cutUnits(graph, groups, keep);
    expect(elements(cut)).toBeLessThan(elements(graph));
    const [made, expected] = [await run(cut, feeds), await run(masked(graph, groups, keep), feeds)];
    expect(furthest(made, expected)).toBeLessThan(5e-6);
    expect(furthest(made, await run(graph, feeds))).toBeGreaterThan(1e-4);
  });

  test("deberta-v2 has a branch, which is not read", () => {
    expect(() => opened("deberta-v2")).toThrow(/not known: If/);
  });
});

// The sizes of a body: read from a config, with the layers that pruning made uneven, and written back from a graph.
import { asObject } from "../base/index.ts";
import { type Graph, namedWeights } from "../ir/index.ts";
import { type Config, keyError, positive } from "./keys.ts";
import type { Knobs } from "./knobs.ts";

const MOST_POSITIONS = 2 ** 20;

/** Physical size of one encoder layer; a pruned model has layers of different sizes. */
export interface LayerSizes {
  readonly heads: number;
  readonly intermediate: number;
}

/** The sizes that compression works with. */
export interface Sizes {
  readonly hidden: number;
  /** Width of one attention head; heads x headSize may differ from hidden after pruning. */
  readonly headSize: number;
  readonly layers: readonly LayerSizes[];
  readonly vocabulary: number;
  /** Longest sequence in tokens. */
  readonly positions: number;
}

/** Rows of a table of positions. */
export const positionRows = (config: Config): number =>
  positive(config, "max_position_embeddings", MOST_POSITIONS);

/** The sizes of a config; an AppError `input` names the key that is wrong. */
export function sizesOf(
  config: Config,
  knobs: Knobs,
  positions: (config: Config) => number = positionRows,
): Sizes {
  const hidden = knobs.hidden.read(config);
  const heads = knobs.heads.read(config);
  const own = config.minnow === undefined ? undefined : asObject(config.minnow);
  if (config.minnow !== undefined && !own) throw keyError("minnow", config.minnow, "an object");
  if (hidden % heads !== 0 && own?.headSize === undefined) {
    throw keyError(knobs.hidden.key, hidden, `a multiple of ${knobs.heads.key} (${heads})`);
  }
  return {
    hidden,
    headSize: own?.headSize === undefined ? hidden / heads : positive(own, "headSize", undefined, "minnow."),
    layers: layersOf(config, knobs, own, heads),
    vocabulary: positive(config, "vocab_size"),
    positions: positions(config),
  };
}

/** All layers alike, or each as the key minnow.layers has it. */
function layersOf(
  config: Config,
  knobs: Knobs,
  own: Config | undefined,
  heads: number,
): readonly LayerSizes[] {
  const count = knobs.layers.read(config);
  const listed = own?.layers;
  if (listed === undefined) {
    const layer = { heads, intermediate: knobs.intermediate.read(config) };
    return Array.from({ length: count }, () => layer);
  }
  if (!Array.isArray(listed) || listed.length !== count) {
    throw keyError("minnow.layers", listed, `an array of ${knobs.layers.key} (${count}) objects`);
  }
  return listed.map((item, i) => {
    const layer = asObject(item) ?? {};
    const size = (key: string): number => positive(layer, key, undefined, `minnow.layers[${i}].`);
    return { heads: size("heads"), intermediate: size("intermediate") };
  });
}

/** What is needed to read sizes off a graph. */
export interface Measured {
  readonly config: Config;
  readonly knobs: Knobs;
  readonly sizes: Sizes;
  readonly widths: { readonly heads: string; readonly intermediate: string };
  readonly layer: (index: number) => string;
}

/**
 * The layers of a graph, read off its weights; a weight that has been replaced leaves what the config says.
 */
function layersIn(graph: Graph, { sizes, widths, layer }: Measured): readonly LayerSizes[] {
  const weights = namedWeights(graph);
  return sizes.layers.map(({ heads, intermediate }, i) => {
    const rows = (part: string): number | undefined => weights.get(`${layer(i)}.${part}.weight`)?.shape[0];
    const width = rows(widths.heads);
    return {
      heads: width === undefined ? heads : width / sizes.headSize,
      intermediate: rows(widths.intermediate) ?? intermediate,
    };
  });
}

/** The config of a graph: per-layer sizes under `minnow` where they are uneven. */
export function describeGraph(graph: Graph, measured: Measured): Config {
  const { config, knobs, sizes } = measured;
  const layers = layersIn(graph, measured);
  const { minnow: _, ...plain } = config;
  const width = layers[0]?.intermediate ?? 0;
  const even = layers.every(({ intermediate }) => intermediate === width);
  // A width that all layers share is an ordinary config; heads are not, since hidden / heads is the head size there.
  const described = even ? knobs.intermediate.write(plain, width) : plain;
  const whole = layers.every(
    ({ heads }) => heads === knobs.heads.read(config) && heads * sizes.headSize === sizes.hidden,
  );
  if (even && whole) return described;
  return {
    ...described,
    minnow: { headSize: sizes.headSize, layers: layers.map((layer) => ({ ...layer })) },
  };
}

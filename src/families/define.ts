// defineFamily: a model family says how its config becomes dimensions and a graph; nothing else asks for a
// model_type.
import type { Json } from "../base/index.ts";
import type { Tokenizer } from "../hub/index.ts";
import type { Builder, Graph, Model, Value } from "../ir/index.ts";
import type { Tensor } from "../tensor/index.ts";

export type Config = Readonly<Record<string, Json>>;

/** Physical size of one encoder layer; a pruned model has layers of different sizes. */
export interface LayerDims {
  readonly heads: number;
  readonly intermediate: number;
}

/** The dimensions that compression works with. */
export interface Dims {
  readonly hidden: number;
  /** Width of one attention head; heads x headSize may differ from hidden after pruning. */
  readonly headSize: number;
  readonly layers: readonly LayerDims[];
  readonly vocabulary: number;
  readonly positions: number;
  readonly labels: number;
}

export interface StudentShape {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly intermediate: number;
}

/** Gives the weight of a name: family code asks for weights in its own names and shapes. */
export type WeightSource = (name: string, shape: readonly number[]) => Tensor;

export interface BuildOptions {
  /** Adds Dropout nodes where the family has them, for training; default: none. */
  readonly dropout?: boolean;
}

export interface Family {
  readonly name: string;
  /** The class of the transformers library that it equals, as `architectures` in config.json names it. */
  readonly architecture: string;
  /** `model_type` values of config.json. */
  readonly modelTypes: readonly string[];
  /** Dimensions from a config (with its `minnow` key, if any); throws AppError `input` naming the key. */
  dims(config: Config): Dims;
  /** Adds inputs and nodes; weights come from `weight`. Returns the graph's outputs by name ("logits"). */
  build(
    b: Builder,
    dims: Dims,
    config: Config,
    weight: WeightSource,
    options?: BuildOptions,
  ): Readonly<Record<string, Value>>;
  /**
   * Other names that a file may have for this weight: an older spelling, an export without the head's
   * prefix.
   */
  aliases(name: string): readonly string[];
  /** True for a stored tensor that is no weight and follows from the config (position_ids). */
  isBuffer(name: string): boolean;
  /** A config for a smaller student of this family: sizes replaced, everything else kept. */
  shrink(config: Config, shape: StudentShape): Config;
  /**
   * The config of a graph whose layers were pruned: writes per-layer heads and widths under `minnow`
   * where they are uneven.
   */
  describe(config: Config, graph: Graph): Config;
  /**
   * Name of layer `index`'s weights: the teacher's layer 5 becomes the student's layer 2 by renaming.
   * Undefined for weights outside layers.
   */
  layerOf(name: string): { readonly index: number; rename(index: number): string } | undefined;
  /** Standard deviation rule for a fresh weight, by name and shape: "zeros", "ones" or a normal deviation. */
  initial(name: string, config: Config): "zeros" | "ones" | number;
  /**
   * Tables whose rows are summed into the first hidden state, the word embeddings first: they are
   * projected together.
   */
  readonly embeddings: readonly string[];
  /** The weight of the last layer, [classes, width]; its rows tell the number of classes. */
  readonly head: string;
  /** Config of the smallest sensible model, for tests. */
  readonly tiny: Config;
}

export const defineFamily = (family: Family): Family => Object.freeze(family);

/** A model in memory with all that belongs to it; each compression step turns one into the next. */
export interface Bundle {
  /** Where it came from, for messages. */
  readonly path: string;
  readonly model: Model;
  /** Undefined for a graph that carries no config. */
  readonly family: Family | undefined;
  readonly config: Config;
  /** Longest sequence it takes, in tokens. */
  readonly maxLength: number;
  /** Class names by index; empty when the config has none. */
  readonly labels: readonly string[];
  readonly tokenizer: Tokenizer | undefined;
  /** What its user is to know of it, a sentence each: a tensor that is not used, a setting that is not followed. */
  readonly warnings?: readonly string[];
}

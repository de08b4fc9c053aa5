// defineFamily: a model family says how its config becomes sizes and a body, and how its files name the weights;
// nothing else asks for a model_type.
import type { Graph } from "../ir/index.ts";
import type { Hidden, Ports, Reads, Scope } from "./blocks.ts";
import type { HeadLayers, HeadName } from "./heads/layers.ts";
import type { Config } from "./keys.ts";
import { type KnobKeys, type Knobs, knobsOf, type StudentShape, shrink } from "./knobs.ts";
import type { WeightRule } from "./rules.ts";
import { describeGraph, type Sizes, sizesOf } from "./sizes.ts";

/** What a body is built from. */
export interface BodyContext<Settings> {
  readonly sizes: Sizes;
  readonly settings: Settings;
  readonly ports: Ports;
  /** The positions whose hidden states the head reads; the last layer computes no others. */
  readonly reads: Reads;
}

interface Common {
  readonly name: string;
  /** Name of its classes in the transformers library, before the head's: "Bert" of BertForMaskedLM. */
  readonly className: string;
  /** `model_type` values of config.json. */
  readonly modelTypes: readonly string[];
  /** What stands before the names of the body's weights in models with a head: "bert.". */
  readonly prefix: string;
  /** Other spellings of weights in files, and what files hold in one piece. */
  readonly rules: readonly WeightRule[];
  /** The layers between the body and the answer, for each head that the family has. */
  readonly heads: Readonly<Partial<Record<HeadName, (config: Config) => HeadLayers>>>;
  /** A pooler that some checkpoints carry and some heads do not read: "bert.pooler.". */
  readonly pooler?: string;
  /**
   * Tables whose rows are summed into the first hidden state, the word embeddings first: they are projected together.
   */
  readonly embeddings: readonly string[];
  /** Config of the smallest sensible model, for tests. */
  readonly tiny: Config;
}

/** What a family says of itself. */
export interface FamilySpec<Settings> extends Common {
  /** The keys of config.json that hold the sizes a student may have of its own. */
  readonly knobs: KnobKeys;
  /** Everything else that the graph is built from, read and checked at once; AppErrors name the key. */
  settings(config: Config): Settings;
  /** Longest sequence in tokens; default: max_position_embeddings. */
  positions?(config: Config): number;
  /** Whether the graph takes token_type_ids. */
  takesTypes(settings: Settings): boolean;
  /** Name of layer `index`'s weights, without the last point: "bert.encoder.layer.3". */
  layer(index: number, config: Config): string;
  /** What a layer calls the matrices whose rows are its heads and its neurons: "attention.self.query". */
  readonly widths: { readonly heads: string; readonly intermediate: string };
  /** The layer that a weight belongs to, where it is not the number in its name. */
  layerOf?: Family["layerOf"];
  /** Adds the nodes of the body; weights come from the scope. */
  body(scope: Scope, context: BodyContext<Settings>): Hidden;
}

export interface Family extends Common {
  readonly knobs: Knobs;
  /** Sizes from a config (with its `minnow` key, if any); throws AppError `input` naming the key. */
  sizes(config: Config): Sizes;
  takesTypes(config: Config): boolean;
  body(scope: Scope, config: Config, ports: Ports, reads: Reads): Hidden;
  /** A config for a smaller student of this family: sizes replaced, everything else kept. */
  shrink(config: Config, shape: StudentShape): Config;
  /**
   * The config of a graph whose layers were pruned: writes per-layer heads and widths under `minnow` where they are uneven.
   */
  describe(config: Config, graph: Graph): Config;
  /**
   * Name of layer `index`'s weights: the teacher's layer 5 becomes the student's layer 2 by renaming.
   * Undefined for weights outside layers.
   */
  layerOf(name: string): { readonly index: number; rename(index: number): string } | undefined;
}

/** The family of a specification: what is the same for all families is added here. */
export function defineFamily<Settings>(spec: FamilySpec<Settings>): Family {
  const { name, className, modelTypes, prefix, rules, heads, pooler, embeddings, tiny } = spec;
  const knobs = knobsOf(spec.knobs);
  const sizes = (config: Config): Sizes => {
    spec.settings(config);
    return sizesOf(config, knobs, spec.positions);
  };
  return Object.freeze({
    ...{ name, className, modelTypes, prefix, rules, heads, embeddings, tiny, knobs, sizes },
    ...(pooler !== undefined && { pooler }),
    takesTypes: (config: Config) => spec.takesTypes(spec.settings(config)),
    body: (scope: Scope, config: Config, ports: Ports, reads: Reads) =>
      spec.body(scope, { sizes: sizes(config), settings: spec.settings(config), ports, reads }),
    shrink: (config: Config, shape: StudentShape) => shrink(knobs, config, shape),
    describe: (config: Config, graph: Graph) =>
      describeGraph(graph, {
        config,
        knobs,
        sizes: sizes(config),
        widths: spec.widths,
        layer: (index) => spec.layer(index, config),
      }),
    layerOf: spec.layerOf ?? ((weight: string) => numbered(spec.layer(0, tiny), weight)),
  });
}

/** The layer of a weight by the number in its name; `first` is the name of layer 0. */
function numbered(first: string, weight: string): ReturnType<Family["layerOf"]> {
  const before = first.replace(/0$/, "");
  const [, index, after = ""] = weight.startsWith(before)
    ? (/^(\d+)(\..*)$/.exec(weight.slice(before.length)) ?? [])
    : [];
  if (index === undefined) return undefined;
  return { index: Number(index), rename: (other) => `${before}${other}${after}` };
}

// DeBERTa V2 and V3 (He et al., arXiv:2006.03654, arXiv:2111.09543), as transformers' DebertaV2Model: words and distances are
// attended to apart.
import { must } from "../base/index.ts";
import type { Value } from "../ir/index.ts";
import { activationNames } from "./activation.ts";
import { hiddenDropout, oldNorms, tablesOf, tokenHeads, wordHead } from "./bert.ts";
import * as block from "./blocks.ts";
import { type BodyContext, defineFamily } from "./define.ts";
import { bertNames, encoded, type LayerNames } from "./encoder.ts";
import { linear } from "./heads/layers.ts";
import { type Config, flag, keyError, numberIn, oneOf, onlyIf, positive } from "./keys.ts";
import { usualKeys } from "./knobs.ts";
import { positionRows } from "./sizes.ts";

const TABLES = "deberta.embeddings.";
const layer = (index: number): string => `deberta.encoder.layer.${index}`;

interface Settings {
  readonly activation: string;
  readonly epsilon: number;
  readonly dropout: { readonly hidden: number; readonly attention: number };
  /** Width of the tables, and rows of those of token types and positions; 0 where there is none. */
  readonly width: number;
  readonly types: number;
  readonly positions: number;
  /** From contents to distances, and back. */
  readonly parts: readonly string[];
  readonly relative: Relative | undefined;
}

/** Distances. */
interface Relative {
  /** Half of the rows of their table. */
  readonly span: number;
  readonly bucket: (distance: number) => number;
  readonly normalised: boolean;
  /** Whether they go through the matrices of contents. */
  readonly shared: boolean;
}

const chance = (config: Config, key: string, fallback: number): number =>
  numberIn(config, key, fallback, 0, 1);
const epsilonOf = (config: Config): number => numberIn(config, "layer_norm_eps", 1e-7, 0, 1);
const activationOf = (config: Config): string => oneOf(config, "hidden_act", "gelu", activationNames);
const widthOf = (config: Config): number =>
  positive({ embedding_size: config.hidden_size ?? null, ...config }, "embedding_size");

/** A count that may be 0 or less for none. */
function countOf(config: Config, key: string, fallback: number): number {
  const value = config[key] ?? fallback;
  if (typeof value === "number" && Number.isInteger(value) && value < 2 ** 20) return value;
  throw keyError(key, value, "an integer");
}

/** The words of a key: a list, or one text with bars. */
function wordsOf(config: Config, key: string, known: readonly string[]): readonly string[] {
  const value = config[key] ?? [];
  const words = typeof value === "string" ? value.toLowerCase().split("|") : value;
  const found = Array.isArray(words) ? words.map((one) => (typeof one === "string" ? one.trim() : "")) : [""];
  if (found.every((one) => known.includes(one))) return found;
  throw keyError(key, value, `of ${known.join(", ")}`);
}

/**
 * The bucket of a distance: itself up to the middle of `buckets`, then wider and wider ones up to `most`. In single precision, as
 * the library computes it.
 */
export function bucketOf(distance: number, buckets: number, most: number): number {
  const middle = Math.floor(buckets / 2);
  const size = Math.abs(distance);
  if (size <= middle) return distance;
  const log = (x: number): number => Math.fround(Math.log(Math.fround(x)));
  const share = Math.fround(log(size / middle) / log((most - 1) / middle));
  return Math.sign(distance) * (Math.ceil(Math.fround(share * (middle - 1))) + middle);
}

function relativeOf(config: Config): Relative | undefined {
  if (!flag(config, "relative_attention", false)) return undefined;
  const given = countOf(config, "max_relative_positions", -1);
  const most = given < 1 ? positionRows(config) : given;
  const buckets = countOf(config, "position_buckets", -1);
  if (buckets === 1) throw keyError("position_buckets", 1, "at least 2, or none");
  return {
    span: buckets > 0 ? buckets : most,
    bucket: (distance) => (buckets > 0 ? bucketOf(distance, buckets, most) : distance),
    normalised: wordsOf(config, "norm_rel_ebd", ["none", "layer_norm"]).includes("layer_norm"),
    shared: flag(config, "share_att_key", false),
  };
}

function settings(config: Config): Settings {
  const hidden = positive(config, "hidden_size");
  onlyIf(config, "conv_kernel_size", [0]);
  onlyIf(config, "attention_head_size", [hidden / positive(config, "num_attention_heads")]);
  onlyIf(config, "pooler_hidden_size", [hidden]);
  return {
    activation: activationOf(config),
    epsilon: epsilonOf(config),
    dropout: {
      hidden: hiddenDropout(config),
      attention: chance(config, "attention_probs_dropout_prob", 0.1),
    },
    width: widthOf(config),
    types: Math.max(0, countOf(config, "type_vocab_size", 0)),
    positions: flag(config, "position_biased_input", true) ? positionRows(config) : 0,
    parts: wordsOf(config, "pos_att_type", ["c2p", "p2c", "p2p", "none", ""]),
    relative: relativeOf(config),
  };
}

const names = (name: string): LayerNames => ({
  ...bertNames(name),
  query: `${name}.attention.self.query_proj`,
  key: `${name}.attention.self.key_proj`,
  value: `${name}.attention.self.value_proj`,
});

/** Rows of words, and where the config has them of positions and token types, brought to the model's width and normalised. */
function embed(scope: block.Scope, { sizes, settings: own, ports }: BodyContext<Settings>): Value {
  const { b } = scope;
  const { width } = own;
  const table = (name: string, rows: number, at: Value): Value =>
    block.embedding(scope, at, `${TABLES}${name}_embeddings.weight`, rows, width);
  const words = table("word", sizes.vocabulary, ports.ids);
  const places = () => block.positionIds(scope, ports.ids, own.positions);
  const placed = own.positions > 0 ? b.add(words, table("position", own.positions, places())) : words;
  const typed = ports.types ? b.add(placed, table("token_type", own.types, ports.types)) : placed;
  const flat = b.op("Reshape", [typed, b.ints([-1, width])]);
  const wide =
    width === sizes.hidden
      ? flat
      : block.dense(scope, flat, `${TABLES}embed_proj`, width, sizes.hidden, false);
  const normal = block.layerNorm(scope, wide, `${TABLES}LayerNorm`, sizes.hidden, own.epsilon);
  return block.dropout(scope, normal, own.dropout.hidden);
}

/** Rows of the table of distances for each query and key: [sequence or 1, sequence]. */
function rowsOf(scope: block.Scope, ids: Value, most: number, relative: Relative, first: boolean): Value {
  const { b } = scope;
  const { span, bucket } = relative;
  const row = (distance: number): number => Math.min(2 * span - 1, Math.max(0, bucket(distance) + span));
  const all = b.ints(Array.from({ length: 2 * most - 1 }, (_, i) => row(i - (most - 1))));
  const range = block.range(scope, ids);
  const keys = b.unsqueeze(range, [0]);
  const distances = first ? b.neg(keys) : b.sub(b.unsqueeze(range, [1]), keys);
  return b.gather(all, b.shift(distances, most - 1));
}

/**
 * Adds to the products Q K' what contents give distances, Q P', and distances contents, R K', each taken at the row of the
 * distance of query and key; P and R are the table through a layer's matrices.
 */
function disentangled(
  scope: block.Scope,
  context: BodyContext<Settings>,
  table: Value,
  index: number,
  at: Value,
): NonNullable<block.Attention["relative"]> {
  const { b } = scope;
  const { sizes, settings: own } = context;
  const relative = must(own.relative, "distances");
  const width = must(sizes.layers[index], "layer").heads * sizes.headSize;
  const kept = block.dropout(scope, table, own.dropout.hidden);
  const distances = (part: string): Value => {
    const name = `${layer(index)}.attention.self.${relative.shared ? "" : "pos_"}${part}_proj`;
    const rows = block.dense(scope, kept, name, sizes.hidden, width);
    return b.transpose(b.op("Reshape", [rows, b.ints([2 * relative.span, -1, sizes.headSize])]), [1, 2, 0]);
  };
  const taken = (products: Value, rows: Value, shape: Value): Value =>
    b.op("GatherElements", [products, b.op("Expand", [rows, shape])], { axis: 3 });
  return (products, queries, keys) => {
    const shape = b.op("Shape", [products]);
    const swapped = b.gather(shape, b.ints([0, 1, 3, 2]));
    const forward = own.parts.includes("c2p")
      ? b.add(products, taken(b.matmul(queries, distances("key")), at, shape))
      : products;
    if (!own.parts.includes("p2c")) return forward;
    const back = taken(b.matmul(keys, distances("query")), b.transpose(at, [1, 0]), swapped);
    return b.add(forward, b.transpose(back, [0, 1, 3, 2]));
  };
}

function body(scope: block.Scope, context: BodyContext<Settings>): block.Hidden {
  const { sizes, settings: own, ports } = context;
  const { relative } = own;
  const rows = (first: boolean): Value =>
    rowsOf(scope, ports.ids, sizes.positions, must(relative, "distances"), first);
  const root = Math.sqrt(sizes.headSize * (1 + own.parts.filter((part) => /^(c2p|p2c)$/.test(part)).length));
  const add = () => {
    const table = relative && tableOf(scope, context, relative);
    const at = relative && rows(false);
    const attention = (index: number, first: boolean) =>
      table && at
        ? { root, relative: disentangled(scope, context, table, index, first ? rows(true) : at) }
        : { root };
    return { attention };
  };
  return encoded(scope, context, embed(scope, context), (index) => names(layer(index)), add);
}

/** The table of distances, normalised where the config says so. */
function tableOf(
  scope: block.Scope,
  { sizes, settings: own }: BodyContext<Settings>,
  relative: Relative,
): Value {
  const { hidden } = sizes;
  const table = scope.weight("deberta.encoder.rel_embeddings.weight", [2 * relative.span, hidden]);
  if (!relative.normalised) return table;
  return block.layerNorm(scope, table, "deberta.encoder.LayerNorm", hidden, own.epsilon);
}

export const debertaV2 = defineFamily({
  name: "deberta-v2",
  className: "DebertaV2",
  modelTypes: ["deberta-v2"],
  prefix: "deberta.",
  knobs: usualKeys,
  embeddings: tablesOf(TABLES),
  rules: oldNorms,
  settings,
  takesTypes: ({ types }) => types > 0,
  layer,
  widths: { heads: "attention.self.query_proj", intermediate: "intermediate.dense" },
  body,
  heads: {
    "sequence-classification": (config) => ({
      stages: [
        {
          dense: "pooler.dense",
          activation: oneOf(config, "pooler_hidden_act", "gelu", activationNames),
          dropout: chance(config, "pooler_dropout", 0),
        },
      ],
      dropout: chance(config, "cls_dropout", hiddenDropout(config)),
      output: linear("classifier"),
    }),
    ...tokenHeads,
    "token-classification": (config) => ({
      dropout: hiddenDropout(config),
      output: linear("classifier"),
    }),
    "masked-lm": (config) => {
      // the library's other head cannot be run by it
      onlyIf(config, "legacy", [true]);
      const name = "cls.predictions.transform";
      const norm = { name: `${name}.LayerNorm`, epsilon: epsilonOf(config) };
      return {
        stages: [{ dense: `${name}.dense`, width: widthOf(config), activation: activationOf(config), norm }],
        ...wordHead(config, `${TABLES}word_embeddings.weight`, {
          weight: "cls.predictions.decoder.weight",
          bias: "cls.predictions.bias",
          storedBias: "cls.predictions.decoder.bias",
        }),
      };
    },
  },
  tiny: {
    model_type: "deberta-v2",
    architectures: ["DebertaV2ForSequenceClassification"],
    hidden_act: "gelu",
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 64,
    max_position_embeddings: 64,
    type_vocab_size: 0,
    relative_attention: true,
    position_buckets: 8,
    max_relative_positions: -1,
    pos_att_type: ["p2c", "c2p"],
    share_att_key: true,
    norm_rel_ebd: "layer_norm",
    vocab_size: 99,
    id2label: { "0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2" },
  },
});

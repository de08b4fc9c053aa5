// MPNet (Song et al., arXiv:2004.09297), as transformers' MPNetModel: positions also by what lies between two tokens.
import type { Value } from "../ir/index.ts";
import { bertSettings, embed, hiddenDropout, oldNorms, tablesOf, tokenHeads } from "./bert.ts";
import * as block from "./blocks.ts";
import { defineFamily } from "./define.ts";
import { bertNames, encoded, type LayerNames } from "./encoder.ts";
import { linear } from "./heads/layers.ts";
import { type Config, keyError, positive } from "./keys.ts";
import { usualKeys } from "./knobs.ts";
import { countedPositions, languageModel } from "./roberta.ts";
import { positionRows } from "./sizes.ts";

/** The library's own numbers, for which it has no key: the padding id, and how distances fall into buckets. */
const PADDING = 1;
const BUCKETS = 32;
const FARTHEST = 128;

const TABLES = "mpnet.embeddings.";
const [WORDS = "", POSITIONS = ""] = tablesOf(TABLES);

/** Rows of the table of distances; the library uses the first 32. */
function bucketRows(config: Config): number {
  const rows = config.relative_attention_num_buckets;
  if (rows === undefined) return BUCKETS;
  const count = positive(config, "relative_attention_num_buckets");
  if (count >= BUCKETS) return count;
  throw keyError("relative_attention_num_buckets", count, `at least ${BUCKETS}: so many are used`);
}

/** The bucket of a distance from a query to a key: one for each small one, wider and wider for larger ones. */
export function bucketOf(distance: number): number {
  const half = BUCKETS / 2;
  const exact = half / 2;
  const size = Math.abs(distance);
  const share = Math.fround(Math.log(size / exact)) / Math.log(FARTHEST / exact);
  const large = Math.min(half - 1, exact + Math.trunc(share * (half - exact)));
  return (distance > 0 ? half : 0) + (size < exact ? size : large);
}

/**
 * What is added to scores: [1, heads, sequence or 1, sequence], rows of the table by distance. Distances from -(n - 1) to n - 1
 * have their buckets in a constant, of which each query takes the n that are its own.
 */
function distanceBias(scope: block.Scope, table: Value, ids: Value, most: number, first: boolean): Value {
  const { b } = scope;
  const buckets = b.ints(Array.from({ length: 2 * most - 1 }, (_, i) => bucketOf(i - (most - 1))));
  const range = block.range(scope, ids);
  const keys = b.unsqueeze(range, [0]);
  const distances = first ? keys : b.sub(keys, b.unsqueeze(range, [1]));
  const rows = b.gather(table, b.gather(buckets, b.shift(distances, most - 1)));
  return b.unsqueeze(b.transpose(rows, [2, 0, 1]), [0]);
}

const layer = (index: number): string => `mpnet.encoder.layer.${index}`;

const names = (name: string): LayerNames => ({
  ...bertNames(name),
  query: `${name}.attention.attn.q`,
  key: `${name}.attention.attn.k`,
  value: `${name}.attention.attn.v`,
  attended: `${name}.attention.attn.o`,
  attentionNorm: `${name}.attention.LayerNorm`,
});

export const mpnet = defineFamily({
  name: "mpnet",
  className: "MPNet",
  modelTypes: ["mpnet"],
  prefix: "mpnet.",
  pooler: "mpnet.pooler.",
  knobs: usualKeys,
  embeddings: [WORDS, POSITIONS],
  rules: oldNorms,
  settings(config) {
    const { tokenTypes: _, ...settings } = bertSettings(config);
    return { ...settings, buckets: bucketRows(config) };
  },
  positions: (config) => positionRows(config) - PADDING - 1,
  takesTypes: () => false,
  layer,
  widths: { heads: "attention.attn.q", intermediate: "intermediate.dense" },
  body(scope, context) {
    const { sizes, settings, ports } = context;
    const embedded = embed(scope, context, {
      prefix: TABLES,
      width: sizes.hidden,
      places: (_, ids) => countedPositions(scope, ids, PADDING),
    });
    const heads = sizes.layers[0]?.heads ?? 1;
    const add = () => {
      const table = scope.weight("mpnet.encoder.relative_attention_bias.weight", [settings.buckets, heads]);
      return { bias: block.once((first) => distanceBias(scope, table, ports.ids, sizes.positions, first)) };
    };
    return encoded(scope, context, embedded, (index) => names(layer(index)), add);
  },
  heads: {
    "sequence-classification": (config) => ({
      stages: [{ dense: "classifier.dense", activation: "tanh", dropout: hiddenDropout(config) }],
      dropout: hiddenDropout(config),
      output: linear("classifier.out_proj"),
    }),
    ...tokenHeads,
    "masked-lm": languageModel(WORDS),
  },
  tiny: {
    model_type: "mpnet",
    architectures: ["MPNetForSequenceClassification"],
    hidden_act: "gelu",
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 64,
    max_position_embeddings: 66,
    relative_attention_num_buckets: 32,
    vocab_size: 99,
    id2label: { "0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2" },
  },
});

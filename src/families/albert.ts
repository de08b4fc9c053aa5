// ALBERT (Lan et al., arXiv:1909.11942), as transformers' AlbertModel: the weights of one layer, used by many.
import { activationNames } from "./activation.ts";
import { bertSettings, embed, epsilonOf, oldNorms, tablesOf, tokenHeads, wordHead } from "./bert.ts";
import * as block from "./blocks.ts";
import { defineFamily } from "./define.ts";
import { embeddingSize } from "./electra.ts";
import { encoded, type LayerNames } from "./encoder.ts";
import { linear } from "./heads/layers.ts";
import { type Config, keyError, numberIn, oneOf, onlyIf, positive } from "./keys.ts";
import { usualKeys } from "./knobs.ts";

const GROUPS = "albert.encoder.albert_layer_groups.";

/** Groups of layers that share their weights. */
function groupsOf(config: Config): number {
  const groups = config.num_hidden_groups === undefined ? 1 : positive(config, "num_hidden_groups");
  const layers = positive(config, "num_hidden_layers");
  if (groups <= layers) return groups;
  throw keyError("num_hidden_groups", groups, `at most num_hidden_layers (${layers})`);
}

/** The weights of layer `index`: those of its group, of which the layers divide into equal runs. */
const layer = (index: number, config: Config): string =>
  `${GROUPS}${Math.floor((index * groupsOf(config)) / positive(config, "num_hidden_layers"))}.albert_layers.0`;

const names = (name: string): LayerNames => ({
  query: `${name}.attention.query`,
  key: `${name}.attention.key`,
  value: `${name}.attention.value`,
  attended: `${name}.attention.dense`,
  attentionNorm: `${name}.attention.LayerNorm`,
  wide: `${name}.ffn`,
  narrow: `${name}.ffn_output`,
  norm: `${name}.full_layer_layer_norm`,
});

/** ALBERT has GELU by its approximation, and no dropout, where a config is silent. */
const withDefaults = (config: Config): Config => ({
  hidden_act: "gelu_new",
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
  ...config,
});

const classifierDropout = (config: Config): number => numberIn(config, "classifier_dropout_prob", 0.1, 0, 1);

export const albert = defineFamily({
  name: "albert",
  className: "Albert",
  modelTypes: ["albert"],
  prefix: "albert.",
  pooler: "albert.pooler.",
  knobs: usualKeys,
  embeddings: tablesOf("albert.embeddings."),
  rules: oldNorms,
  settings(config) {
    onlyIf(config, "inner_group_num", [1]);
    const layers = Array.from({ length: positive(config, "num_hidden_layers", 1024) }, (_, i) =>
      layer(i, config),
    );
    return { ...bertSettings(withDefaults(config)), width: embeddingSize(config), layers };
  },
  takesTypes: () => true,
  layer,
  widths: { heads: "attention.query", intermediate: "ffn" },
  layerOf(name) {
    const [, index] = /^albert\.encoder\.albert_layer_groups\.(\d+)\./.exec(name) ?? [];
    // a student's layers share what the teacher's share
    return index === undefined ? undefined : { index: Number(index), rename: () => name };
  },
  body(scope, context) {
    const { sizes, settings } = context;
    const { width, layers } = settings;
    const narrow = embed(scope, context, { prefix: "albert.embeddings.", width, places: block.positionIds });
    const mapping = "albert.encoder.embedding_hidden_mapping_in";
    const embedded = block.dense(scope, narrow, mapping, width, sizes.hidden);
    return encoded(scope, context, embedded, (index) => names(layers[index] ?? ""));
  },
  heads: {
    "sequence-classification": (config) => ({
      stages: [{ dense: "albert.pooler", activation: "tanh" }],
      dropout: classifierDropout(config),
      output: linear("classifier"),
    }),
    ...tokenHeads,
    "token-classification": (config) => ({
      dropout: classifierDropout(config),
      output: linear("classifier"),
    }),
    "masked-lm": (config) => ({
      stages: [
        {
          dense: "predictions.dense",
          width: embeddingSize(config),
          activation: oneOf(config, "hidden_act", "gelu_new", activationNames),
          norm: { name: "predictions.LayerNorm", epsilon: epsilonOf(config) },
        },
      ],
      ...wordHead(config, "albert.embeddings.word_embeddings.weight", {
        weight: "predictions.decoder.weight",
        bias: "predictions.bias",
        storedBias: "predictions.decoder.bias",
      }),
    }),
  },
  tiny: {
    model_type: "albert",
    architectures: ["AlbertForSequenceClassification"],
    embedding_size: 16,
    hidden_act: "gelu_new",
    hidden_size: 32,
    num_hidden_layers: 2,
    num_hidden_groups: 1,
    num_attention_heads: 4,
    intermediate_size: 64,
    max_position_embeddings: 64,
    type_vocab_size: 2,
    vocab_size: 99,
    id2label: { "0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2" },
  },
});

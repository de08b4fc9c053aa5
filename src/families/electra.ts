// ELECTRA (Clark et al., arXiv:2003.10555), as transformers' ElectraModel: BERT with tables of a width of their own.
import type { Value } from "../ir/index.ts";
import { bertSettings, embed, epsilonOf, oldNorms, tablesOf, tokenHeads, wordHead } from "./bert.ts";
import * as block from "./blocks.ts";
import { defineFamily } from "./define.ts";
import { bertNames, bertWidths, encoded } from "./encoder.ts";
import type { HeadLayers } from "./heads/layers.ts";
import { type Config, positive } from "./keys.ts";
import { usualKeys } from "./knobs.ts";
import { twoLayers } from "./roberta.ts";

/** Width of the tables. */
export const embeddingSize = (config: Config): number =>
  config.embedding_size === undefined ? 128 : positive(config, "embedding_size");

const layer = (index: number): string => `electra.encoder.layer.${index}`;

/** The classifier of whole texts has a GELU where BERT has a hyperbolic tangent. */
const classifier = (config: Config): HeadLayers => {
  const { stages = [], ...layers } = twoLayers(config);
  return { ...layers, stages: stages.map((stage) => ({ ...stage, activation: "gelu" })) };
};

export const electra = defineFamily({
  name: "electra",
  className: "Electra",
  modelTypes: ["electra"],
  prefix: "electra.",
  knobs: usualKeys,
  embeddings: tablesOf("electra.embeddings."),
  rules: oldNorms,
  settings: (config) => ({ ...bertSettings(config), width: embeddingSize(config) }),
  takesTypes: () => true,
  layer,
  widths: bertWidths,
  body(scope, context) {
    const { sizes, settings } = context;
    const { width } = settings;
    const narrow = embed(scope, context, { prefix: "electra.embeddings.", width, places: block.positionIds });
    const embedded: Value =
      width === sizes.hidden
        ? narrow
        : block.dense(scope, narrow, "electra.embeddings_project", width, sizes.hidden);
    return encoded(scope, context, embedded, (index) => bertNames(layer(index)));
  },
  heads: {
    "sequence-classification": classifier,
    ...tokenHeads,
    "masked-lm": (config) => ({
      stages: [
        {
          dense: "generator_predictions.dense",
          width: embeddingSize(config),
          activation: "gelu",
          norm: { name: "generator_predictions.LayerNorm", epsilon: epsilonOf(config) },
        },
      ],
      ...wordHead(config, "electra.embeddings.word_embeddings.weight", {
        weight: "generator_lm_head.weight",
        bias: "generator_lm_head.bias",
      }),
    }),
  },
  tiny: {
    model_type: "electra",
    architectures: ["ElectraForSequenceClassification"],
    embedding_size: 16,
    hidden_act: "gelu",
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 64,
    max_position_embeddings: 64,
    type_vocab_size: 2,
    vocab_size: 99,
    id2label: { "0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2" },
  },
});

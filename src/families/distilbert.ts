// DistilBERT (Sanh et al., arXiv:1910.01108), as transformers' DistilBertModel: BERT without token types and pooler.
import { activationNames } from "./activation.ts";
import { embed, tablesOf, wordHead } from "./bert.ts";
import * as block from "./blocks.ts";
import { defineFamily } from "./define.ts";
import { encoded, type LayerNames } from "./encoder.ts";
import { linear } from "./heads/layers.ts";
import { type Config, numberIn, oneOf } from "./keys.ts";
import { positionRows } from "./sizes.ts";

/** The library has no key for it. */
const EPSILON = 1e-12;

const activationOf = (config: Config): string => oneOf(config, "activation", "gelu", activationNames);

const names = (layer: string): LayerNames => ({
  query: `${layer}.attention.q_lin`,
  key: `${layer}.attention.k_lin`,
  value: `${layer}.attention.v_lin`,
  attended: `${layer}.attention.out_lin`,
  attentionNorm: `${layer}.sa_layer_norm`,
  wide: `${layer}.ffn.lin1`,
  narrow: `${layer}.ffn.lin2`,
  norm: `${layer}.output_layer_norm`,
});

const layer = (index: number): string => `distilbert.transformer.layer.${index}`;
const TABLES = "distilbert.embeddings.";
const [WORDS = "", POSITIONS = ""] = tablesOf(TABLES);

export const distilbert = defineFamily({
  name: "distilbert",
  className: "DistilBert",
  modelTypes: ["distilbert"],
  prefix: "distilbert.",
  knobs: { layers: "n_layers", hidden: "dim", heads: "n_heads", intermediate: "hidden_dim" },
  embeddings: [WORDS, POSITIONS],
  rules: [],
  settings: (config) => ({
    activation: activationOf(config),
    epsilon: EPSILON,
    dropout: {
      hidden: numberIn(config, "dropout", 0.1, 0, 1),
      attention: numberIn(config, "attention_dropout", 0.1, 0, 1),
    },
    positions: positionRows(config),
  }),
  takesTypes: () => false,
  layer,
  widths: { heads: "attention.q_lin", intermediate: "ffn.lin1" },
  body(scope, context) {
    const { hidden: width } = context.sizes;
    const embedded = embed(scope, context, { prefix: TABLES, width, places: block.positionIds });
    return encoded(scope, context, embedded, (index) => names(layer(index)));
  },
  heads: {
    "sequence-classification": (config) => ({
      stages: [{ dense: "pre_classifier", activation: "relu" }],
      dropout: numberIn(config, "seq_classif_dropout", 0.2, 0, 1),
      output: linear("classifier"),
    }),
    "token-classification": (config) => ({
      dropout: numberIn(config, "dropout", 0.1, 0, 1),
      output: linear("classifier"),
    }),
    "question-answering": (config) => ({
      dropout: numberIn(config, "qa_dropout", 0.1, 0, 1),
      output: linear("qa_outputs"),
    }),
    "masked-lm": (config) => ({
      stages: [
        {
          dense: "vocab_transform",
          activation: activationOf(config),
          norm: { name: "vocab_layer_norm", epsilon: EPSILON },
        },
      ],
      ...wordHead(config, WORDS, { weight: "vocab_projector.weight", bias: "vocab_projector.bias" }),
    }),
  },
  tiny: {
    model_type: "distilbert",
    architectures: ["DistilBertForSequenceClassification"],
    activation: "gelu",
    dim: 32,
    n_layers: 2,
    n_heads: 4,
    hidden_dim: 64,
    max_position_embeddings: 64,
    vocab_size: 99,
    dropout: 0.1,
    attention_dropout: 0.1,
    id2label: { "0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2" },
  },
});

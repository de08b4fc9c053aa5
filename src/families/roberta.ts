// RoBERTa (Liu et al., arXiv:1907.11692) and its relatives of the same shape: BERT with positions that count tokens only.
import type { Value } from "../ir/index.ts";
import {
  bertSettings,
  classifierDropout,
  embed,
  epsilonOf,
  oldNorms,
  tablesOf,
  tokenHeads,
  wordHead,
} from "./bert.ts";
import * as block from "./blocks.ts";
import { defineFamily, type Family } from "./define.ts";
import { bertNames, bertWidths, encoded } from "./encoder.ts";
import { type HeadLayers, linear } from "./heads/layers.ts";
import { type Config, keyError } from "./keys.ts";
import { usualKeys } from "./knobs.ts";
import { positionRows } from "./sizes.ts";

/** The row of the first position lies behind that of the padding token. */
export function paddingId(config: Config): number {
  const id = config.pad_token_id ?? 1;
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < positionRows(config) - 1) return id;
  throw keyError(
    "pad_token_id",
    id,
    "an id below max_position_embeddings - 1: positions are counted from it",
  );
}

/**
 * Positions of tokens, counted from the padding id + 1; the padding token anywhere has the padding id itself, and is not
 * counted: (1 + how many tokens stand before it) * (is no padding) + padding id.
 */
export function countedPositions(scope: block.Scope, ids: Value, padding: number): Value {
  const { b } = scope;
  const isToken = b.cast(b.op("Not", [b.op("Equal", [ids, b.scalar(padding, "i64")])]), "f32");
  const range = block.range(scope, ids);
  const upTo = b.op("LessOrEqual", [b.unsqueeze(range, [1]), b.unsqueeze(range, [0])]);
  const count = b.matmul(isToken, b.cast(upTo, "f32"));
  return b.shift(b.cast(b.mul(count, isToken), "i64"), padding);
}

/** The classifier of whole texts: two dense layers of its own. */
export const twoLayers = (config: Config): HeadLayers => ({
  stages: [{ dense: "classifier.dense", activation: "tanh", dropout: classifierDropout(config) }],
  dropout: classifierDropout(config),
  output: linear("classifier.out_proj"),
});

/** The masked language model of RoBERTa. */
export const languageModel =
  (table: string) =>
  (config: Config): HeadLayers => ({
    stages: [
      {
        dense: "lm_head.dense",
        activation: "gelu",
        norm: { name: "lm_head.layer_norm", epsilon: epsilonOf(config) },
      },
    ],
    ...wordHead(config, table, {
      weight: "lm_head.decoder.weight",
      bias: "lm_head.bias",
      storedBias: "lm_head.decoder.bias",
    }),
  });

interface Relative {
  readonly name: string;
  readonly className: string;
  readonly modelType: string;
}

const layer = (index: number): string => `roberta.encoder.layer.${index}`;

/** A family of RoBERTa's shape under another name. */
const relative = ({ name, className, modelType }: Relative): Family =>
  defineFamily({
    name,
    className,
    modelTypes: [modelType],
    prefix: "roberta.",
    pooler: "roberta.pooler.",
    knobs: usualKeys,
    embeddings: tablesOf("roberta.embeddings."),
    rules: oldNorms,
    settings: (config) => ({ ...bertSettings(config), padding: paddingId(config) }),
    positions: (config) => positionRows(config) - paddingId(config) - 1,
    takesTypes: () => false,
    layer,
    widths: bertWidths,
    body(scope, context) {
      const { sizes, settings } = context;
      const embedded = embed(scope, context, {
        prefix: "roberta.embeddings.",
        width: sizes.hidden,
        places: (_, ids) => countedPositions(scope, ids, settings.padding),
      });
      return encoded(scope, context, embedded, (index) => bertNames(layer(index)));
    },
    heads: {
      "sequence-classification": twoLayers,
      ...tokenHeads,
      "masked-lm": languageModel("roberta.embeddings.word_embeddings.weight"),
    },
    tiny: {
      model_type: modelType,
      architectures: [`${className}ForSequenceClassification`],
      hidden_act: "gelu",
      hidden_size: 32,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      intermediate_size: 64,
      max_position_embeddings: 66,
      pad_token_id: 1,
      type_vocab_size: 1,
      vocab_size: 99,
      layer_norm_eps: 1e-5,
      hidden_dropout_prob: 0.1,
      attention_probs_dropout_prob: 0.1,
      id2label: { "0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2" },
    },
  });

export const roberta = relative({ name: "roberta", className: "Roberta", modelType: "roberta" });
/** XLM-RoBERTa (Conneau et al., arXiv:1911.02116). */
export const xlmRoberta = relative({
  name: "xlm-roberta",
  className: "XLMRoberta",
  modelType: "xlm-roberta",
});
/** CamemBERT (Martin et al., arXiv:1911.03894). */
export const camembert = relative({ name: "camembert", className: "Camembert", modelType: "camembert" });

// BERT (Devlin et al., arXiv:1810.04805), as transformers' BertModel.
import type { Value } from "../ir/index.ts";
import { activationNames } from "./activation.ts";
import * as block from "./blocks.ts";
import { type BodyContext, defineFamily } from "./define.ts";
import { bertNames, bertWidths, encoded } from "./encoder.ts";
import { type HeadLayers, linear } from "./heads/layers.ts";
import { type Config, keyError, numberIn, oneOf, positive } from "./keys.ts";
import { usualKeys } from "./knobs.ts";
import { spelling } from "./rules.ts";
import { positionRows } from "./sizes.ts";

/** What BERT and its nearest relatives read from a config beside the sizes. */
export interface BertSettings {
  readonly activation: string;
  readonly epsilon: number;
  /** Rows of the table of token types. */
  readonly tokenTypes: number;
  /** Rows of the table of positions. */
  readonly positions: number;
  readonly dropout: { readonly hidden: number; readonly attention: number };
}

export const epsilonOf = (config: Config): number => numberIn(config, "layer_norm_eps", 1e-12, 0, 1);
export const hiddenDropout = (config: Config): number => numberIn(config, "hidden_dropout_prob", 0.1, 0, 1);

/** The settings that rows of tables are summed by. */
type EmbeddingSettings = Pick<BertSettings, "epsilon" | "positions" | "dropout"> &
  Partial<Pick<BertSettings, "tokenTypes">>;

/** The settings of BERT's keys; keys that are not followed are refused. */
export function bertSettings(config: Config): BertSettings {
  oneOf(config, "position_embedding_type", "absolute", ["absolute"]);
  if (config.is_decoder === true) throw keyError("is_decoder", true, "false: only the encoder is known");
  return {
    activation: oneOf(config, "hidden_act", "gelu", activationNames),
    epsilon: epsilonOf(config),
    tokenTypes: config.type_vocab_size === undefined ? 2 : positive(config, "type_vocab_size"),
    positions: positionRows(config),
    dropout: {
      hidden: hiddenDropout(config),
      attention: numberIn(config, "attention_probs_dropout_prob", 0.1, 0, 1),
    },
  };
}

/** Chance of dropout in a classifier. */
export const classifierDropout = (config: Config): number =>
  numberIn(config, "classifier_dropout", hiddenDropout(config), 0, 1);

/** The classifier of each token, and the ends of an answer, which most families have alike. */
export const tokenHeads = {
  "token-classification": (config: Config): HeadLayers => ({
    dropout: classifierDropout(config),
    output: linear("classifier"),
  }),
  "question-answering": (): HeadLayers => ({ output: linear("qa_outputs") }),
};

/** The last product of a masked language model: the table of words itself, or one of its own where it is not tied. */
export const wordHead = (
  config: Config,
  table: string,
  own: { readonly weight: string; readonly bias: string; readonly storedBias?: string },
): Pick<HeadLayers, "output" | "rules"> => {
  const tied = config.tie_word_embeddings !== false;
  return {
    output: { weight: tied ? table : own.weight, bias: own.bias },
    rules: [
      ...(tied ? [spelling(own.weight, table)] : []),
      ...(own.storedBias === undefined ? [] : [spelling(own.storedBias, own.bias)]),
    ],
  };
};

/** Layer normalisation as the original TensorFlow release named its weights, which old files still do. */
export const oldNorms = [
  spelling("*.LayerNorm.gamma", "*.LayerNorm.weight"),
  spelling("*.LayerNorm.beta", "*.LayerNorm.bias"),
];

interface Embedding {
  readonly prefix: string;
  readonly width: number;
  readonly places: typeof block.positionIds;
}

/** The sum of word, position and, where the settings have them, token type rows, normalised: [batch * sequence, width]. */
export function embed(
  scope: block.Scope,
  { sizes, settings, ports }: BodyContext<EmbeddingSettings>,
  { prefix, width, places }: Embedding,
): Value {
  const { b } = scope;
  const table = (name: string, rows: number, at: Value): Value =>
    block.embedding(scope, at, `${prefix}${name}_embeddings.weight`, rows, width);
  const words = table("word", sizes.vocabulary, ports.ids);
  const { tokenTypes } = settings;
  const types = (rows: number): Value => table("token_type", rows, ports.types ?? b.scalar(0, "i64"));
  const typed = tokenTypes === undefined ? words : b.add(words, types(tokenTypes));
  const placed = b.add(
    typed,
    table("position", settings.positions, places(scope, ports.ids, settings.positions)),
  );
  const flat = b.op("Reshape", [placed, b.ints([-1, width])]);
  const normal = block.layerNorm(scope, flat, `${prefix}LayerNorm`, width, settings.epsilon);
  return block.dropout(scope, normal, settings.dropout.hidden);
}

/** The names of BERT's tables under a prefix, the words first. */
export const tablesOf = (prefix: string): readonly string[] =>
  ["word", "position", "token_type"].map((name) => `${prefix}${name}_embeddings.weight`);

const layer = (index: number): string => `bert.encoder.layer.${index}`;

/** BERT encoders: flat Gemms throughout; prunable by heads and neurons. */
export const bert = defineFamily({
  name: "bert",
  className: "Bert",
  modelTypes: ["bert"],
  prefix: "bert.",
  pooler: "bert.pooler.",
  knobs: usualKeys,
  embeddings: tablesOf("bert.embeddings."),
  rules: oldNorms,
  settings: bertSettings,
  takesTypes: () => true,
  layer,
  widths: bertWidths,
  body(scope, context) {
    const { hidden: width } = context.sizes;
    const embedded = embed(scope, context, { prefix: "bert.embeddings.", width, places: block.positionIds });
    return encoded(scope, context, embedded, (index) => bertNames(layer(index)));
  },
  heads: {
    "sequence-classification": (config) => ({
      stages: [{ dense: "bert.pooler.dense", activation: "tanh" }],
      dropout: classifierDropout(config),
      output: linear("classifier"),
    }),
    ...tokenHeads,
    "masked-lm": (config) => ({
      stages: [
        {
          dense: "cls.predictions.transform.dense",
          activation: oneOf(config, "hidden_act", "gelu", activationNames),
          norm: { name: "cls.predictions.transform.LayerNorm", epsilon: epsilonOf(config) },
        },
      ],
      ...wordHead(config, "bert.embeddings.word_embeddings.weight", {
        weight: "cls.predictions.decoder.weight",
        bias: "cls.predictions.bias",
        storedBias: "cls.predictions.decoder.bias",
      }),
    }),
  },
  tiny: {
    model_type: "bert",
    architectures: ["BertForSequenceClassification"],
    hidden_act: "gelu",
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 64,
    max_position_embeddings: 64,
    type_vocab_size: 2,
    vocab_size: 99,
    layer_norm_eps: 1e-12,
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    id2label: { "0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2" },
  },
});

// ModernBERT (Warner et al., arXiv:2412.13663), as transformers' ModernBertModel: normalisation before each part, rotary
// positions, gated feed-forward, and most layers with a window of attention.
import { must } from "../base/index.ts";
import type { Value } from "../ir/index.ts";
import { activate, activationNames } from "./activation.ts";
import { wordHead } from "./bert.ts";
import * as block from "./blocks.ts";
import { type BodyContext, defineFamily } from "./define.ts";
import { type HeadLayers, linear, type Stage } from "./heads/layers.ts";
import { type Config, flag, keyError, numberIn, oneOf, onlyIf, positive } from "./keys.ts";
import { usualKeys } from "./knobs.ts";
import { fused } from "./rules.ts";

const WORDS = "model.embeddings.tok_embeddings.weight";
const layer = (index: number): string => `model.layers.${index}`;

interface Settings {
  readonly activation: string;
  readonly epsilon: number;
  readonly biases: { readonly norm: boolean; readonly attention: boolean; readonly mlp: boolean };
  readonly dropout: { readonly embedding: number; readonly attention: number; readonly mlp: number };
  /** One layer of so many sees all tokens, the first among them. */
  readonly every: number;
  /** How far a token of the other layers sees to each side. */
  readonly window: number;
  readonly theta: { readonly global: number; readonly local: number };
}

const epsilonOf = (config: Config): number => numberIn(config, "norm_eps", 1e-5, 0, 1);
const chance = (config: Config, key: string): number => numberIn(config, key, 0, 0, 1);

function settings(config: Config): Settings {
  for (const key of ["rope_scaling", "rope_parameters", "layer_types"]) onlyIf(config, key, []);
  const heads = positive(config, "num_attention_heads");
  if ((positive(config, "hidden_size") / heads) % 2 !== 0)
    throw keyError(
      "hidden_size",
      config.hidden_size,
      "an even number for each head: positions turn its halves",
    );
  const speed = (key: string, fallback: number): number => numberIn(config, key, fallback, 1, 1e12);
  const global = speed("global_rope_theta", 160_000);
  const local = config.local_rope_theta === null ? global : speed("local_rope_theta", 10_000);
  return {
    activation: oneOf(config, "hidden_activation", "gelu", activationNames),
    epsilon: epsilonOf(config),
    biases: {
      norm: flag(config, "norm_bias", false),
      attention: flag(config, "attention_bias", false),
      mlp: flag(config, "mlp_bias", false),
    },
    dropout: {
      embedding: chance(config, "embedding_dropout"),
      attention: chance(config, "attention_dropout"),
      mlp: chance(config, "mlp_dropout"),
    },
    every: positive({ global_attn_every_n_layers: 3, ...config }, "global_attn_every_n_layers"),
    window: Math.floor(positive({ local_attention: 128, ...config }, "local_attention") / 2),
    theta: { global, local },
  };
}

/** What a layer's attention has by its kind: how it turns, and what it sees. */
interface Sight {
  readonly turn: (x: Value) => Value;
  readonly mask: (first: boolean) => Value;
}

interface Encoder {
  readonly scope: block.Scope;
  readonly context: BodyContext<Settings>;
  readonly shapes: block.SequenceShapes;
  readonly global: Sight;
  readonly local: Sight;
}

/** -10000 where a token is out of sight, by distance: [1, 1, sequence or 1, sequence], each no lower than the padding's. */
function windowed(scope: block.Scope, mask: Value, ids: Value, window: number, first: boolean): Value {
  const { b } = scope;
  const range = block.range(scope, ids);
  const keys = b.unsqueeze(range, [0]);
  const distances = b.op("Abs", [first ? keys : b.sub(keys, b.unsqueeze(range, [1]))]);
  const far = b.cast(b.op("Greater", [distances, b.scalar(window, "i64")]), "f32");
  return b.op("Min", [mask, b.unsqueeze(b.scale(far, -10000), [0, 1])]);
}

function encoderLayer(encoder: Encoder, x: Value, index: number, first: boolean): Value {
  const { scope, context, shapes } = encoder;
  const { sizes, settings: own } = context;
  const { hidden, headSize } = sizes;
  const { heads, intermediate } = must(sizes.layers[index], "layer");
  const name = layer(index);
  const normal = (rows: Value, part: string): Value =>
    block.layerNorm(scope, rows, `${name}.${part}`, hidden, own.epsilon, own.biases.norm);
  const sight = index % own.every === 0 ? encoder.global : encoder.local;
  const seen = index === 0 ? x : normal(x, "attn_norm");
  const rows = first ? block.firstTokens(scope, x, shapes) : x;
  const asking = first ? block.firstTokens(scope, seen, shapes) : seen;
  const width = heads * headSize;
  const project = (from: Value, part: string): Value =>
    block.dense(scope, from, `${name}.attn.${part}`, hidden, width, own.biases.attention);
  const mixed = block.attend(scope, {
    query: project(asking, "query"),
    key: project(seen, "key"),
    value: project(seen, "value"),
    ...{ first, shapes, headSize, turn: sight.turn, mask: sight.mask(first), chance: own.dropout.attention },
  });
  const out = block.dense(scope, mixed, `${name}.attn.Wo`, width, hidden, own.biases.attention);
  const attended = scope.b.add(rows, block.dropout(scope, out, own.dropout.attention));
  return scope.b.add(attended, feedForward(encoder, normal(attended, "mlp_norm"), name, intermediate));
}

/** W (activation(x I) * (x G)). */
function feedForward({ scope, context }: Encoder, x: Value, name: string, width: number): Value {
  const { sizes, settings: own } = context;
  const wide = (part: string): Value =>
    block.dense(scope, x, `${name}.mlp.${part}`, sizes.hidden, width, own.biases.mlp);
  const gated = scope.b.mul(activate(scope.b, own.activation, wide("input")), wide("gate"));
  const kept = block.dropout(scope, gated, own.dropout.mlp);
  return block.dense(scope, kept, `${name}.mlp.Wo`, width, sizes.hidden, own.biases.mlp);
}

function body(scope: block.Scope, context: BodyContext<Settings>): block.Hidden {
  const { b } = scope;
  const { sizes, settings: own, ports, reads } = context;
  const { hidden, headSize } = sizes;
  const normal = (rows: Value, name: string): Value =>
    block.layerNorm(scope, rows, name, hidden, own.epsilon, own.biases.norm);
  const words = block.embedding(scope, ports.ids, WORDS, sizes.vocabulary, hidden);
  const flat = normal(b.op("Reshape", [words, b.ints([-1, hidden])]), "model.embeddings.norm");
  const embedded = block.dropout(scope, flat, own.dropout.embedding);
  const mask = block.additiveMask(scope, ports.mask);
  const shapes = block.sequenceShapes(scope, ports.ids, embedded, headSize);
  const turn = (theta: number) => block.rotary(scope, ports.ids, headSize, theta);
  const global = { turn: turn(own.theta.global), mask: () => mask };
  const near = block.once((first) => windowed(scope, mask, ports.ids, own.window, first));
  const encoder = { scope, context, shapes, global, local: { turn: turn(own.theta.local), mask: near } };
  const rows = sizes.layers.reduce((x, _, index) => {
    const last = index === sizes.layers.length - 1;
    return encoderLayer(encoder, x, index, last && reads === "first");
  }, embedded);
  return { rows: normal(rows, "model.final_norm"), shapes };
}

/** The dense layer that every head has first. */
const prediction = (config: Config): Stage => ({
  dense: "head.dense",
  bias: flag(config, "classifier_bias", false),
  activation: oneOf(config, "classifier_activation", "gelu", activationNames),
  norm: { name: "head.norm", epsilon: epsilonOf(config), bias: flag(config, "norm_bias", false) },
});

const classifier = (config: Config): HeadLayers => ({
  stages: [prediction(config)],
  dropout: chance(config, "classifier_dropout"),
  output: linear("classifier"),
});

export const modernbert = defineFamily({
  name: "modernbert",
  className: "ModernBert",
  modelTypes: ["modernbert"],
  prefix: "model.",
  knobs: usualKeys,
  embeddings: [WORDS],
  rules: ["weight", "bias"].flatMap((kind) => [
    fused(`*.attn.Wqkv.${kind}`, [`*.attn.query.${kind}`, `*.attn.key.${kind}`, `*.attn.value.${kind}`]),
    fused(`*.mlp.Wi.${kind}`, [`*.mlp.input.${kind}`, `*.mlp.gate.${kind}`]),
  ]),
  settings,
  takesTypes: () => false,
  layer,
  widths: { heads: "attn.query", intermediate: "mlp.input" },
  body,
  heads: {
    "sequence-classification": (config) => ({
      ...classifier(config),
      pooling: oneOf(config, "classifier_pooling", "cls", ["cls", "mean"]) === "mean" ? "mean" : "first",
    }),
    "token-classification": classifier,
    "question-answering": classifier,
    "masked-lm": (config) => {
      const { output, rules = [] } = wordHead(config, WORDS, {
        weight: "decoder.weight",
        bias: "decoder.bias",
      });
      const bias = flag(config, "decoder_bias", true);
      return {
        stages: [prediction(config)],
        output: bias ? output : { weight: output.weight },
        rules,
      };
    },
  },
  tiny: {
    model_type: "modernbert",
    architectures: ["ModernBertForSequenceClassification"],
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 64,
    max_position_embeddings: 64,
    local_attention: 8,
    vocab_size: 99,
    id2label: { "0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2" },
  },
});

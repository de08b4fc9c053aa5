// BERT with a sequence-classification head, as transformers' BertForSequenceClassification (Devlin et al.,
// arXiv:1810.04805).
import { AppError, asObject, must } from "../base/index.ts";
import { labelsOf } from "../hub/index.ts";
import { type Graph, namedWeights, type Value } from "../ir/index.ts";
import { activate, activationNames } from "./activation.ts";
import * as block from "./blocks.ts";
import { type Config, type Dims, defineFamily, type LayerDims } from "./define.ts";
import { CONFIG, keyError, numberIn, oneOf, positive } from "./keys.ts";

/** Bounds on what costs work or memory before the first weight is compared. */
const MOST_LAYERS = 1024;
const MOST_POSITIONS = 2 ** 20;

/** Everything that the graph is built from, read and checked at once. */
interface Settings {
  readonly activation: string;
  readonly epsilon: number;
  readonly tokenTypes: number;
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  readonly classifierDropout: number;
}

function settingsOf(config: Config): Settings {
  oneOf(config, "position_embedding_type", "absolute", ["absolute"]);
  if (config.is_decoder === true) throw keyError("is_decoder", true, "false: only the encoder is known");
  const hiddenDropout = numberIn(config, "hidden_dropout_prob", 0.1, 0, 1);
  return {
    activation: oneOf(config, "hidden_act", "gelu", activationNames),
    epsilon: numberIn(config, "layer_norm_eps", 1e-12, 0, 1),
    tokenTypes: config.type_vocab_size === undefined ? 2 : positive(config, "type_vocab_size"),
    hiddenDropout,
    attentionDropout: numberIn(config, "attention_probs_dropout_prob", 0.1, 0, 1),
    classifierDropout: numberIn(config, "classifier_dropout", hiddenDropout, 0, 1),
  };
}

/** transformers before 5 cut heads out of the weights and listed them here; nothing else tells the layers' sizes. */
function refusePrunedHeads(config: Config): void {
  const pruned = asObject(config.pruned_heads ?? {});
  if (pruned && Object.values(pruned).every((heads) => Array.isArray(heads) && heads.length === 0)) return;
  throw new AppError("input", "pruned_heads lists heads that are cut out of the weights", {
    path: CONFIG,
    facts: { key: "pruned_heads" },
    hint: "take the model from before its heads were pruned, or name its ONNX export, made with transformers before 5",
  });
}

function dims(config: Config): Dims {
  settingsOf(config);
  const hidden = positive(config, "hidden_size");
  const heads = positive(config, "num_attention_heads");
  const own = config.minnow === undefined ? undefined : asObject(config.minnow);
  if (config.minnow !== undefined && !own) throw keyError("minnow", config.minnow, "an object");
  if (hidden % heads !== 0 && own?.headSize === undefined) {
    throw keyError("hidden_size", hidden, `a multiple of num_attention_heads (${heads})`);
  }
  return {
    hidden,
    headSize: own?.headSize === undefined ? hidden / heads : positive(own, "headSize", undefined, "minnow."),
    layers: layersOf(config, own, heads),
    vocabulary: positive(config, "vocab_size"),
    positions: positive(config, "max_position_embeddings", MOST_POSITIONS),
    labels: classesOf(config),
  };
}

/** All layers alike, or each as the key minnow.layers has it. */
function layersOf(config: Config, own: Config | undefined, heads: number): readonly LayerDims[] {
  const count = positive(config, "num_hidden_layers", MOST_LAYERS);
  const listed = own?.layers;
  if (listed === undefined) {
    const layer = { heads, intermediate: positive(config, "intermediate_size") };
    return Array.from({ length: count }, () => layer);
  }
  if (!Array.isArray(listed) || listed.length !== count) {
    throw keyError("minnow.layers", listed, `an array of num_hidden_layers (${count}) objects`);
  }
  return listed.map((item, i) => {
    const layer = asObject(item) ?? {};
    const size = (key: string): number => positive(layer, key, undefined, `minnow.layers[${i}].`);
    return { heads: size("heads"), intermediate: size("intermediate") };
  });
}

/** Number of classes; transformers leaves both keys out where there are two without names. */
function classesOf(config: Config): number {
  const named = labelsOf(config, CONFIG).length;
  if (named > 0) return named;
  return config.num_labels === undefined ? 2 : positive(config, "num_labels");
}

interface Encoder {
  readonly scope: block.Scope;
  readonly sizes: Dims;
  readonly settings: Settings;
  readonly shapes: block.SequenceShapes;
  readonly mask: Value;
}

/** The sum of word, position and token type rows, normalised: [batch * sequence, hidden]. */
function embed(scope: block.Scope, ids: Value, types: Value, sizes: Dims, settings: Settings): Value {
  const { b } = scope;
  const { hidden, vocabulary, positions } = sizes;
  const table = (name: string, rows: number, at: Value): Value =>
    block.embedding(scope, at, name, rows, hidden);
  const [wordTable = "", positionTable = "", typeTable = ""] = embeddings;
  const words = table(wordTable, vocabulary, ids);
  const typed = b.add(words, table(typeTable, settings.tokenTypes, types));
  const placed = b.add(typed, table(positionTable, positions, block.positionIds(scope, ids, positions)));
  const flat = b.op("Reshape", [placed, b.ints([-1, hidden])]);
  const normal = block.layerNorm(scope, flat, "bert.embeddings.LayerNorm", hidden, settings.epsilon);
  return block.dropout(scope, normal, settings.hiddenDropout);
}

/**
 * One layer: attention and feed-forward, each with its residual and a normalisation after it. The last
 * layer gives the first tokens only: nothing reads the others, and five sixths of its products are theirs.
 */
function encoderLayer(encoder: Encoder, x: Value, index: number): Value {
  const { scope, sizes, settings, shapes, mask } = encoder;
  const { hidden, headSize, layers } = sizes;
  const { heads, intermediate } = must(layers[index], "layer");
  const name = `bert.encoder.layer.${index}`;
  const first = index === layers.length - 1;
  const rows = first ? block.firstTokens(scope, x, shapes) : x;
  const width = heads * headSize;
  const project = (from: Value, role: string): Value =>
    block.dense(scope, from, `${name}.attention.self.${role}`, hidden, width);
  const [query, key, value] = [project(rows, "query"), project(x, "key"), project(x, "value")];
  const chance = settings.attentionDropout;
  const context = block.attend(scope, { query, key, value, first, shapes, headSize, mask, chance });
  const attended = addAndNormalise(encoder, rows, context, width, `${name}.attention.output`);
  const wide = block.dense(scope, attended, `${name}.intermediate.dense`, hidden, intermediate);
  const active = activate(scope.b, settings.activation, wide);
  return addAndNormalise(encoder, attended, active, intermediate, `${name}.output`);
}

/** Back to the hidden width, dropout, residual, normalisation. */
function addAndNormalise(encoder: Encoder, residual: Value, x: Value, width: number, name: string): Value {
  const { scope, sizes, settings } = encoder;
  const dense = block.dense(scope, x, `${name}.dense`, width, sizes.hidden);
  const sum = scope.b.add(block.dropout(scope, dense, settings.hiddenDropout), residual);
  return block.layerNorm(scope, sum, `${name}.LayerNorm`, sizes.hidden, settings.epsilon);
}

/** Logits from the hidden states of the first tokens: dense, tanh, dense. */
function classify({ scope, sizes, settings }: Encoder, first: Value): Value {
  const pooler = block.dense(scope, first, "bert.pooler.dense", sizes.hidden, sizes.hidden);
  const pooled = block.dropout(scope, scope.b.op("Tanh", [pooler]), settings.classifierDropout);
  return block.dense(scope, pooled, "classifier", sizes.hidden, sizes.labels);
}

const layerName = /^(bert\.encoder\.layer\.)(\d+)\./;

/**
 * The layers of a graph, read off its weights; a weight that has been replaced leaves what the config
 * says.
 */
function layersIn(graph: Graph, { layers, headSize }: Dims): readonly LayerDims[] {
  const weights = namedWeights(graph);
  const rows = (i: number, part: string): number | undefined =>
    weights.get(`bert.encoder.layer.${i}.${part}.weight`)?.shape[0];
  return layers.map(({ heads, intermediate }, i) => {
    const width = rows(i, "attention.self.query");
    return {
      heads: width === undefined ? heads : width / headSize,
      intermediate: rows(i, "intermediate.dense") ?? intermediate,
    };
  });
}

function describe(config: Config, graph: Graph): Config {
  const sizes = dims(config);
  const layers = layersIn(graph, sizes);
  const { minnow: _, ...plain } = config;
  const width = layers[0]?.intermediate ?? 0;
  const even = layers.every(({ intermediate }) => intermediate === width);
  // A width that all layers share is an ordinary config; heads are not, since hidden_size / heads is the
  // head size there.
  const described = even ? { ...plain, intermediate_size: width } : plain;
  const whole = layers.every(
    ({ heads }) => heads === config.num_attention_heads && heads * sizes.headSize === sizes.hidden,
  );
  if (even && whole) return described;
  return {
    ...described,
    minnow: { headSize: sizes.headSize, layers: layers.map((layer) => ({ ...layer })) },
  };
}

const embeddings = [
  "bert.embeddings.word_embeddings.weight",
  "bert.embeddings.position_embeddings.weight",
  "bert.embeddings.token_type_embeddings.weight",
];

/**
 * BERT classifiers: flat Gemms throughout, the last layer for first tokens only; prunable by heads and
 * neurons.
 */
export const bert = defineFamily({
  name: "bert",
  architecture: "BertForSequenceClassification",
  modelTypes: ["bert"],
  dims,
  embeddings,
  head: "classifier.weight",
  build(b, sizes, config, weight, options = {}) {
    const scope = { b, weight, dropout: options.dropout ?? false };
    const settings = settingsOf(config);
    refusePrunedHeads(config);
    const input = (name: string): Value => b.input(name, "i64", ["batch", "sequence"]);
    const [ids, attention, types] = [input("input_ids"), input("attention_mask"), input("token_type_ids")];
    const embedded = embed(scope, ids, types, sizes, settings);
    const mask = block.additiveMask(scope, attention);
    const shapes = block.sequenceShapes(scope, ids, embedded, sizes.headSize);
    const encoder = { scope, sizes, settings, shapes, mask };
    const encoded = sizes.layers.reduce((x, _, index) => encoderLayer(encoder, x, index), embedded);
    return { logits: classify(encoder, encoded) };
  },
  aliases(name) {
    const headless = name.startsWith("bert.") ? [name.slice("bert.".length)] : [];
    // Layer normalisation as the original TensorFlow release named its weights, which old files still do.
    const spell = (one: string): string =>
      one.replace(/LayerNorm\.weight$/, "LayerNorm.gamma").replace(/LayerNorm\.bias$/, "LayerNorm.beta");
    const old = [name, ...headless].map(spell);
    return [...headless, ...old].filter((one) => one !== name);
  },
  isBuffer: (name) => /(^|\.)embeddings\.(position_ids|token_type_ids)$/.test(name),
  shrink(config, { layers, hidden, heads, intermediate }) {
    const { minnow: _, ...plain } = config;
    return {
      ...plain,
      num_hidden_layers: layers,
      hidden_size: hidden,
      num_attention_heads: heads,
      intermediate_size: intermediate,
    };
  },
  describe,
  layerOf(name) {
    const [, prefix = "", index] = layerName.exec(name) ?? [];
    if (index === undefined) return undefined;
    return { index: Number(index), rename: (other) => name.replace(layerName, `${prefix}${other}.`) };
  },
  initial(name, config) {
    if (name.endsWith(".bias")) return "zeros";
    return name.endsWith("LayerNorm.weight") ? "ones" : numberIn(config, "initializer_range", 0.02, 0, 100);
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

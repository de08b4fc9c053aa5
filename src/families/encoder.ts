// The encoder that BERT and its relatives share: attention and feed-forward, each with its residual and a
// normalisation after it. A family gives the names of its weights.
import { must } from "../base/index.ts";
import type { Value } from "../ir/index.ts";
import { activate } from "./activation.ts";
import * as block from "./blocks.ts";
import type { BodyContext } from "./define.ts";
import type { Sizes } from "./sizes.ts";

/** Names of a layer's weights, each without ".weight". */
export interface LayerNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  /** From the context back to the hidden width, and the normalisation after it. */
  readonly attended: string;
  readonly attentionNorm: string;
  /** To the feed-forward width and back, and the normalisation after it. */
  readonly wide: string;
  readonly narrow: string;
  readonly norm: string;
}

/** The names that BERT's layers have, after the layer's own name. */
export const bertNames = (layer: string): LayerNames => ({
  query: `${layer}.attention.self.query`,
  key: `${layer}.attention.self.key`,
  value: `${layer}.attention.self.value`,
  attended: `${layer}.attention.output.dense`,
  attentionNorm: `${layer}.attention.output.LayerNorm`,
  wide: `${layer}.intermediate.dense`,
  narrow: `${layer}.output.dense`,
  norm: `${layer}.output.LayerNorm`,
});

/** What BERT's layers call the matrices whose rows are heads and neurons. */
export const bertWidths = { heads: "attention.self.query", intermediate: "intermediate.dense" };

interface Encoder {
  readonly scope: block.Scope;
  readonly sizes: Sizes;
  readonly shapes: block.SequenceShapes;
  /** Added to attention scores: [batch, 1, 1, sequence]. */
  readonly mask: Value;
  readonly activation: string;
  readonly epsilon: number;
  readonly dropout: { readonly hidden: number; readonly attention: number };
  readonly names: (index: number) => LayerNames;
  /** What is added to the scores by position: [1, heads, sequence or 1, sequence]. */
  readonly bias?: (first: boolean) => Value;
  /** What else a layer's attention has. */
  readonly attention?: (index: number, first: boolean) => Pick<block.Attention, "relative" | "root">;
}

/** What a family adds to the encoder, made when the mask and the shapes are. */
type Added = Pick<Encoder, "bias" | "attention">;

/** The hidden states of a body of these layers. */
export function encoded<S extends Pick<Encoder, "activation" | "epsilon" | "dropout">>(
  scope: block.Scope,
  { sizes, settings, ports, reads }: BodyContext<S>,
  embedded: Value,
  names: Encoder["names"],
  add: () => Added = () => ({}),
): block.Hidden {
  const mask = block.additiveMask(scope, ports.mask);
  const shapes = block.sequenceShapes(scope, ports.ids, embedded, sizes.headSize);
  const { activation, epsilon, dropout } = settings;
  const encoder = { scope, sizes, activation, epsilon, dropout, shapes, mask, names, ...add() };
  return { rows: encode(encoder, embedded, reads), shapes };
}

/**
 * All layers. Where the head reads first tokens, the last layer gives these only: nothing reads the others, and five sixths of
 * its products are theirs.
 */
const encode = (encoder: Encoder, embedded: Value, reads: block.Reads): Value =>
  encoder.sizes.layers.reduce((x, _, index) => {
    const last = index === encoder.sizes.layers.length - 1;
    return encoderLayer(encoder, x, index, last && reads === "first");
  }, embedded);

function encoderLayer(encoder: Encoder, x: Value, index: number, first: boolean): Value {
  const { scope, sizes, shapes, mask, dropout, bias } = encoder;
  const { hidden, headSize, layers } = sizes;
  const { heads, intermediate } = must(layers[index], "layer");
  const names = encoder.names(index);
  const rows = first ? block.firstTokens(scope, x, shapes) : x;
  const width = heads * headSize;
  const project = (from: Value, name: string): Value => block.dense(scope, from, name, hidden, width);
  const [query, key, value] = [project(rows, names.query), project(x, names.key), project(x, names.value)];
  const added = bias ? scope.b.add(mask, bias(first)) : mask;
  const chance = dropout.attention;
  const context = block.attend(scope, {
    query,
    key,
    value,
    first,
    shapes,
    headSize,
    mask: added,
    chance,
    ...encoder.attention?.(index, first),
  });
  const attended = addAndNormalise(encoder, rows, context, width, names.attended, names.attentionNorm);
  const wide = block.dense(scope, attended, names.wide, hidden, intermediate);
  const active = activate(scope.b, encoder.activation, wide);
  return addAndNormalise(encoder, attended, active, intermediate, names.narrow, names.norm);
}

/** Back to the hidden width, dropout, residual, normalisation. */
function addAndNormalise(
  { scope, sizes, dropout, epsilon }: Encoder,
  residual: Value,
  x: Value,
  width: number,
  dense: string,
  norm: string,
): Value {
  const narrow = block.dense(scope, x, dense, width, sizes.hidden);
  const sum = scope.b.add(block.dropout(scope, narrow, dropout.hidden), residual);
  return block.layerNorm(scope, sum, norm, sizes.hidden, epsilon);
}

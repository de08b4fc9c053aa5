// What stands between hidden states and an answer: dense layers with their activation, then one product.
import { must } from "../../base/index.ts";
import type { Value } from "../../ir/index.ts";
import { activate } from "../activation.ts";
import { dense, dropout, type Hidden, layerNorm, type Scope, tokens } from "../blocks.ts";
import type { WeightRule } from "../rules.ts";

export type HeadName =
  | "sequence-classification"
  | "token-classification"
  | "question-answering"
  | "masked-lm"
  | "embeddings";

/** A dense layer of a head. */
export interface Stage {
  /** Name of its weights: "bert.pooler.dense". */
  readonly dense: string;
  /** Width of what it gives; default: that of what it gets. */
  readonly width?: number;
  /** Whether it has a bias; default true. */
  readonly bias?: boolean;
  readonly activation: string;
  /** A normalisation after the activation. */
  readonly norm?: { readonly name: string; readonly epsilon: number; readonly bias?: boolean };
  /** Chance of dropout before it. */
  readonly dropout?: number;
}

/** The layers of a head, with a family's names for them. */
export interface HeadLayers {
  readonly stages?: readonly Stage[];
  /** Chance of dropout before the last product. */
  readonly dropout?: number;
  /** The last product's weight, [answers, width], and its bias. */
  readonly output: { readonly weight: string; readonly bias?: string };
  /** What a classifier of whole texts makes one row of; default: the first token. */
  readonly pooling?: "first" | "mean";
  /** Spellings that only this head has. */
  readonly rules?: readonly WeightRule[];
}

/** The last product of a layer with PyTorch's two names. */
export const linear = (name: string, bias = true): HeadLayers["output"] => ({
  weight: `${name}.weight`,
  ...(bias && { bias: `${name}.bias` }),
});

/** Rows through the stages and the last product: [rows, answers] of [rows, width]. */
export function answer(
  scope: Scope,
  rows: Value,
  layers: HeadLayers,
  { width, answers }: { readonly width: number; readonly answers: number },
): Value {
  const staged = (layers.stages ?? []).reduce((at, stage) => through(scope, at, stage), { rows, width });
  const kept = dropout(scope, staged.rows, layers.dropout ?? 0);
  const { weight, bias } = layers.output;
  const table = scope.weight(weight, [answers, staged.width]);
  const inputs = bias === undefined ? [kept, table] : [kept, table, scope.weight(bias, [answers])];
  return scope.b.op("Gemm", inputs, { transB: 1 });
}

/** A row of answers for each token: [batch, sequence, answers]. */
export const answerEach = (
  scope: Scope,
  { rows, shapes }: Hidden,
  layers: HeadLayers | undefined,
  sizes: { readonly width: number; readonly answers: number },
): Value => tokens(scope, answer(scope, rows, must(layers, "layers of the head"), sizes), shapes);

interface At {
  readonly rows: Value;
  readonly width: number;
}

function through(scope: Scope, { rows, width }: At, stage: Stage): At {
  const to = stage.width ?? width;
  const kept = dropout(scope, rows, stage.dropout ?? 0);
  const active = activate(scope.b, stage.activation, dense(scope, kept, stage.dense, width, to, stage.bias));
  const { norm } = stage;
  const normal = norm ? layerNorm(scope, active, norm.name, to, norm.epsilon, norm.bias) : active;
  return { rows: normal, width: to };
}

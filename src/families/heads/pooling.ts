// From hidden states of tokens to the vector of a text, as the modules.json of a sentence-transformers folder says.
import { AppError } from "../../base/index.ts";
import { type Assets, assetJson, MODULES, modulesOf } from "../../hub/index.ts";
import type { Value } from "../../ir/index.ts";
import { firstOf, type Hidden, type Ports, range, type Scope, tokens } from "../blocks.ts";

/** Each mode's key in 1_Pooling/config.json, in the order in which their vectors stand. */
const modes = {
  pooling_mode_cls_token: "first",
  pooling_mode_max_tokens: "max",
  pooling_mode_mean_tokens: "mean",
  pooling_mode_mean_sqrt_len_tokens: "mean by root",
  pooling_mode_weightedmean_tokens: "weighted mean",
  pooling_mode_lasttoken: "last",
} as const;

type Mode = (typeof modes)[keyof typeof modes];

export interface Pooling {
  /** Their vectors stand one after the other. */
  readonly modes: readonly Mode[];
  /** Whether the vector is brought to length 1. */
  readonly normalised: boolean;
}

const refused = (why: string): AppError => new AppError("input", why, { path: MODULES });

/**
 * How the vector of a text is made; undefined where the assets do not say. AppErrors `input` name a module or mode that is not
 * followed.
 */
export function poolingOf(assets: Assets, hidden: number): Pooling | undefined {
  const modules = modulesOf(assets);
  if (!modules) return undefined;
  const [first, second, ...rest] = modules;
  if (first?.type !== "Transformer") throw refused(`its first module is ${first?.type}, not Transformer`);
  const [third, more] = second?.type === "Pooling" ? rest : [second, ...rest];
  const other = [third, more].find((one) => one !== undefined && one.type !== "Normalize");
  if (other)
    throw new AppError("input", `the module ${other.type} is not known`, {
      path: MODULES,
      facts: { known: ["Transformer", "Pooling", "Normalize"] },
      hint: "an ONNX export of the whole model can be quantized and pruned: name its file instead",
    });
  if (second?.type !== "Pooling") return undefined;
  return { modes: modesOf(assets, second.path, hidden), normalised: third !== undefined };
}

/** The modes that 1_Pooling/config.json turns on. */
function modesOf(assets: Assets, folder: string, hidden: number): readonly Mode[] {
  const path = `${folder}/config.json`;
  const config = assetJson(assets, path) ?? {};
  const width = config.word_embedding_dimension;
  if (width !== undefined && width !== hidden)
    throw new AppError(
      "input",
      `word_embedding_dimension is ${JSON.stringify(width)}, and the hidden width ${hidden}`,
      {
        path,
      },
    );
  for (const [key, value] of Object.entries(config))
    if (key.startsWith("pooling_mode_") && value === true && !(key in modes))
      throw new AppError("input", `${key} is not known`, { path, facts: { known: Object.keys(modes) } });
  const on = Object.entries(modes).filter(([key]) => config[key] === true);
  // where nothing is said, sentence-transformers takes the mean
  return on.length === 0 ? ["mean"] : on.map(([, mode]) => mode);
}

/** The vectors of texts: [batch, width] of hidden states [batch, sequence, hidden]. */
export function pooled(
  scope: Scope,
  states: Value,
  ports: Ports,
  { modes: all, normalised }: Pooling,
): Value {
  const { b } = scope;
  const parts = all.map((mode) => vectorOf(scope, states, ports, mode));
  const [only] = parts;
  const whole = parts.length === 1 && only ? only : b.concat(parts, 1);
  if (!normalised) return whole;
  const length = b.sqrt(b.sum(b.mul(whole, whole), 1, { keep: true }));
  return b.div(whole, b.op("Max", [length, b.scalar(1e-12, "f32")]));
}

function vectorOf(scope: Scope, states: Value, ports: Ports, mode: Mode): Value {
  const { b } = scope;
  if (mode === "first") return firstOf(scope, states);
  const mask = b.cast(ports.mask, "f32");
  if (mode !== "max") return b.squeeze(b.matmul(b.unsqueeze(shares(scope, mask, mode), [1]), states), [1]);
  const away = b.scale(b.sub(b.scalar(1, "f32"), b.unsqueeze(mask, [2])), -1e9);
  return b.op("ReduceMax", [b.add(states, away), b.ints([1])], { keepdims: 0 });
}

/** What part of the vector each token is: [batch, sequence], 0 for padding. */
function shares(scope: Scope, mask: Value, mode: Exclude<Mode, "first" | "max">): Value {
  const { b } = scope;
  const atLeast = (x: Value): Value => b.op("Max", [x, b.scalar(1e-9, "f32")]);
  const total = (x: Value): Value => atLeast(b.sum(x, 1, { keep: true }));
  if (mode === "mean") return b.div(mask, total(mask));
  if (mode === "mean by root") return b.div(mask, b.sqrt(total(mask)));
  const placed = b.mul(mask, places(scope, mask));
  if (mode === "weighted mean") return b.div(placed, total(placed));
  const last = b.op("ReduceMax", [placed, b.ints([1])], { keepdims: 1 });
  return b.mul(mask, b.cast(b.op("Equal", [placed, last]), "f32"));
}

/** 1, 2, 3 ... for the positions of a mask [batch, sequence]. */
const places = (scope: Scope, mask: Value): Value =>
  scope.b.cast(scope.b.shift(range(scope, mask), 1), "f32");

/** The mean of the hidden states of tokens: [batch, hidden]. */
export const meanOfTokens = (scope: Scope, { rows, shapes }: Hidden, ports: Ports): Value =>
  vectorOf(scope, tokens(scope, rows, shapes), ports, "mean");

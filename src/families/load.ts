// From a checkpoint to a model in memory, from weights to a student's graph, and back to named tensors.
import { join } from "node:path";
import { AppError, asObject, suggestion } from "../base/index.ts";
import {
  type Assets,
  assetLength,
  type Checkpoint,
  headWarnings,
  labelsOf,
  readConfig,
} from "../hub/index.ts";
import { Builder, type Graph, namedWeights, type OpTable, verify } from "../ir/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { type Ports, scopeOf, type WeightSource } from "./blocks.ts";
import type { Bundle } from "./bundle.ts";
import { saysClasses } from "./classes.ts";
import type { Family } from "./define.ts";
import { isForeign } from "./foreign.ts";
import type { Head } from "./heads/define.ts";
import { headFor, layersOf, leftOut } from "./heads/head-of.ts";
import { CONFIG, type Config } from "./keys.ts";
import { families } from "./list.ts";
import { Matching } from "./matching.ts";
import { unwrapped } from "./prefixes.ts";
import { toStored } from "./rules.ts";
import type { Sizes } from "./sizes.ts";

/** The family of a config by its model_type; an AppError `input` that lists the known ones. */
export function familyOf(config: Config): Family {
  const type = config.model_type;
  const known = families.flatMap(({ modelTypes }) => modelTypes);
  const found = families.find(({ modelTypes }) => modelTypes.some((name) => name === type));
  if (found) return found;
  if (isForeign(type)) {
    throw new AppError("input", `${type} is a family that minnow does not load as a folder`, {
      path: CONFIG,
      facts: { known },
      hint: `minnow loads ${known.join(", ")}; an ONNX export of ${type} can be quantized and pruned: name its file instead`,
    });
  }
  const what =
    type === undefined ? "it has no model_type" : `model_type ${JSON.stringify(type)} is not known`;
  const near = suggestion(typeof type === "string" ? type : "", known) ?? "";
  const hint = `${near}; an ONNX export of any model can be named instead of its folder`;
  throw new AppError("input", what, { path: CONFIG, facts: { known }, hint });
}

export interface BuildOptions {
  /** Adds Dropout nodes where the family has them, for training; default: none. */
  readonly dropout?: boolean;
  /** The files that say how a vector is made of hidden states. */
  readonly assets?: Assets | undefined;
}

/**
 * The graph of a config, its body and its head, with weights from `weights`; AppErrors name the key of the config that is
 * wrong.
 */
export function instantiate(
  family: Family,
  config: Config,
  weights: WeightSource,
  ops: OpTable,
  { dropout = false, assets = new Map() }: BuildOptions = {},
): Graph {
  refusePrunedHeads(config);
  const head = headFor(family, config, assets);
  const b = new Builder(ops);
  const scope = scopeOf(b, weights, dropout);
  const input = (name: string) => b.input(name, "i64", ["batch", "sequence"]);
  const context = {
    family,
    config,
    sizes: family.sizes(config),
    layers: layersOf(family, head, config),
    assets,
  };
  const [ids, mask] = [input("input_ids"), input("attention_mask")];
  const ports: Ports = { ids, mask, types: family.takesTypes(config) ? input("token_type_ids") : undefined };
  const hidden = family.body(scope, config, ports, head.reads(context));
  const graph = b.finish(head.build(scope, hidden, { ...context, ports }));
  return verify(graph, `the graph of ${family.name}`);
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

/**
 * The model of a checkpoint in float32; one AppError `input` names all tensors that are missing or of
 * another shape.
 */
export function loadCheckpoint(checkpoint: Checkpoint, ops: OpTable): Bundle {
  const { path, labels, tokenizer, assets = new Map() } = checkpoint;
  return inFolder(path, () => {
    const family = familyOf(checkpoint.config);
    const head = headFor(family, checkpoint.config, assets);
    refuseQuantized(checkpoint.config);
    const { tensors, said } = unwrapped(checkpoint.tensors, path);
    const { config, warnings } = withClasses(checkpoint.config, family, head, tensors);
    const matching = new Matching({ ...checkpoint, config, tensors }, family, head);
    const graph = instantiate(family, config, matching.source, ops, { assets });
    matching.check();
    const bounds = [family.sizes(config).positions, tokenizer?.maxLength, assetLength(assets)];
    return {
      path,
      model: { graph, metadata: {} },
      family,
      config,
      maxLength: Math.min(...bounds.filter((bound) => bound !== undefined)),
      labels,
      tokenizer,
      ...(assets.size > 0 && { assets }),
      warnings: [
        ...[...said, ...warningsOf(config, head), ...warnings, ...matching.warnings()].map(
          (words) => `${path}: ${words}`,
        ),
        ...(tokenizer?.warnings ?? []),
      ],
    };
  });
}

/** What is to be known of a head. */
const warningsOf = (config: Config, { name }: Head): readonly string[] => [
  ...leftOut(config),
  ...(name === "sequence-classification" ? headWarnings(config) : []),
];

/** Refuses weights that are stored as codes of a quantization scheme, by its name. */
function refuseQuantized(config: Config): void {
  const scheme = config.quantization_config;
  if (scheme === undefined || scheme === null) return;
  const method = asObject(scheme)?.quant_method;
  const name = typeof method === "string" ? ` (${method})` : "";
  throw new AppError("input", `its weights are quantized already: it has a quantization_config${name}`, {
    path: CONFIG,
    facts: { key: "quantization_config" },
    hint: "take the model that it was made from, or save it in floating point: model.dequantize(), then save_pretrained",
  });
}

/** The config with the number of classes that the head's rows say, where it says nothing itself. */
function withClasses(
  config: Config,
  family: Family,
  head: Head,
  tensors: ReadonlyMap<string, Tensor>,
): { readonly config: Config; readonly warnings: readonly string[] } {
  const output = head.classes && layersOf(family, head, config)?.output.weight;
  const rows = output === undefined || saysClasses(config) ? undefined : tensors.get(output)?.shape[0];
  // two are what transformers takes where nothing is said
  if (rows === undefined || rows === 2) return { config, warnings: [] };
  const names = "LABEL_0, LABEL_1 and so on until id2label names them";
  return {
    config: { ...config, num_labels: rows },
    warnings: [
      `${CONFIG} says neither id2label nor num_labels; ${output} has ${rows} rows, so ${rows} classes, ${names}`,
    ],
  };
}

/** What a folder's config.json says of its model, without the weights. */
export interface Described {
  readonly family: Family;
  readonly head: Head;
  readonly config: Config;
  readonly sizes: Sizes;
  /** Number of classes; 0 where the head has none. */
  readonly classes: number;
  /** Class names by index; empty when the config has none. */
  readonly labels: readonly string[];
}

/** Reads config.json alone; an AppError `input` names the key that is wrong. */
export const describeFolder = (folder: string): Described =>
  inFolder(folder, () => {
    const config = readConfig(folder);
    const family = familyOf(config);
    const head = headFor(family, config);
    const classes = head.classes?.(config) ?? 0;
    return { family, head, config, sizes: family.sizes(config), classes, labels: labelsOf(config, CONFIG) };
  });

/** The model's weights by their names in a Hugging Face folder, as `writeSafetensors` takes them. */
export function checkpointTensors({ model, family, config, assets }: Bundle): ReadonlyMap<string, Tensor> {
  const weights = namedWeights(model.graph);
  if (!family) return weights;
  const stored = toStored(weights, family.rules);
  if (headFor(family, config, assets).name !== "embeddings") return stored;
  // a class without a head has no name before its weights
  const bare = (name: string): string =>
    name.startsWith(family.prefix) ? name.slice(family.prefix.length) : name;
  return new Map([...stored].map(([name, tensor]) => [bare(name), tensor]));
}

/** Puts the folder in front of errors that name config.json. */
function inFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AppError) || error.path === undefined || error.path.startsWith(folder))
      throw error;
    const { kind, message, facts, hint, cause } = error;
    throw new AppError(kind, message, {
      path: join(folder, error.path),
      facts,
      cause,
      ...(hint !== undefined && { hint }),
    });
  }
}

// From a checkpoint to a model in memory, from weights to a student's graph, and back to named tensors.
import { join } from "node:path";
import { AppError, asObject, suggestion } from "../base/index.ts";
import { type Checkpoint, headWarnings, labelsOf, readConfig } from "../hub/index.ts";
import { Builder, type Graph, namedWeights, type OpTable, verify } from "../ir/index.ts";
import type { Tensor } from "../tensor/index.ts";
import type { BuildOptions, Bundle, Config, Dims, Family, WeightSource } from "./define.ts";
import { isForeign } from "./foreign.ts";
import { CONFIG } from "./keys.ts";
import { families } from "./list.ts";
import { Matching } from "./matching.ts";
import { unwrapped } from "./prefixes.ts";

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

/**
 * The family's graph for a config, with weights from `weights`; AppErrors name the key of the config
 * that is wrong.
 */
export function instantiate(
  family: Family,
  config: Config,
  weights: WeightSource,
  ops: OpTable,
  options: BuildOptions = {},
): Graph {
  const b = new Builder(ops);
  return verify(
    b.finish(family.build(b, family.dims(config), config, weights, options)),
    `the graph of ${family.name}`,
  );
}

/**
 * The model of a checkpoint in float32; one AppError `input` names all tensors that are missing or of
 * another shape.
 */
export function loadCheckpoint(checkpoint: Checkpoint, ops: OpTable): Bundle {
  const { path, labels, tokenizer } = checkpoint;
  return inFolder(path, () => {
    const family = familyOf(checkpoint.config);
    refuseQuantized(checkpoint.config);
    const { tensors, said } = unwrapped(checkpoint.tensors, path);
    const { config, warnings } = withClasses(checkpoint.config, family, tensors);
    const matching = new Matching({ ...checkpoint, config, tensors }, family);
    const graph = instantiate(family, config, matching.source, ops);
    matching.check();
    const maxLength = Math.min(
      family.dims(config).positions,
      tokenizer?.maxLength ?? Number.POSITIVE_INFINITY,
    );
    return {
      path,
      model: { graph, metadata: {} },
      family,
      config,
      maxLength,
      labels,
      tokenizer,
      warnings: [
        ...[...said, ...headWarnings(config), ...warnings, ...matching.warnings()].map(
          (words) => `${path}: ${words}`,
        ),
        ...(tokenizer?.warnings ?? []),
      ],
    };
  });
}

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
  tensors: ReadonlyMap<string, Tensor>,
): { readonly config: Config; readonly warnings: readonly string[] } {
  const silent = labelsOf(config, CONFIG).length === 0 && config.num_labels === undefined;
  const rows = silent ? tensors.get(family.head)?.shape[0] : undefined;
  // two are what transformers takes where nothing is said
  if (rows === undefined || rows === 2) return { config, warnings: [] };
  const names = "LABEL_0, LABEL_1 and so on until id2label names them";
  return {
    config: { ...config, num_labels: rows },
    warnings: [
      `${CONFIG} says neither id2label nor num_labels; ${family.head} has ${rows} rows, so ${rows} classes, ${names}`,
    ],
  };
}

/** What a folder's config.json says of its model, without the weights. */
export interface Described {
  readonly family: Family;
  readonly config: Config;
  readonly dims: Dims;
  /** Class names by index; empty when the config has none. */
  readonly labels: readonly string[];
}

/** Reads config.json alone; an AppError `input` names the key that is wrong. */
export const describeFolder = (folder: string): Described =>
  inFolder(folder, () => {
    const config = readConfig(folder);
    const family = familyOf(config);
    return { family, config, dims: family.dims(config), labels: labelsOf(config, CONFIG) };
  });

/** The model's weights by their names in a Hugging Face folder, as `writeSafetensors` takes them. */
export const checkpointTensors = (model: Bundle): ReadonlyMap<string, Tensor> =>
  namedWeights(model.model.graph);

/** Puts the folder in front of errors that name config.json. */
function inFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AppError) || error.path !== CONFIG) throw error;
    const { kind, message, facts, hint, cause } = error;
    throw new AppError(kind, message, {
      path: join(folder, CONFIG),
      facts,
      cause,
      ...(hint !== undefined && { hint }),
    });
  }
}

// From a checkpoint to a model in memory, from weights to a student's graph, and back to named tensors.
import { join } from "node:path";
import { AppError, suggest, suggestion } from "../base/index.ts";
import { type Checkpoint, labelsOf, readConfig } from "../hub/index.ts";
import { Builder, type Graph, namedWeights, type OpTable, verify } from "../ir/index.ts";
import { bfloatToFloat, halfToFloat, isFloat, Tensor } from "../tensor/index.ts";
import type { BuildOptions, Config, Dims, Family, LoadedModel, WeightSource } from "./define.ts";
import { CONFIG } from "./keys.ts";
import { families } from "./list.ts";

/** How many problems of a checkpoint are listed. */
const LISTED = 5;

/** The family of a config by its model_type; an AppError `input` that lists the known ones. */
export function familyOf(config: Config): Family {
  const type = config.model_type;
  const known = families.flatMap(({ modelTypes }) => modelTypes);
  const found = families.find(({ modelTypes }) => modelTypes.some((name) => name === type));
  if (found) return found;
  const what =
    type === undefined ? "it has no model_type" : `model_type ${JSON.stringify(type)} is not known`;
  const near = suggestion(String(type), known) ?? "";
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
export function loadCheckpoint(checkpoint: Checkpoint, ops: OpTable): LoadedModel {
  const { path, config, labels, tokenizer } = checkpoint;
  return inFolder(path, () => {
    const family = familyOf(config);
    const matching = new Matching(checkpoint, family);
    const graph = instantiate(family, config, matching.source, ops);
    matching.check();
    const maxLength = family.dims(config).positions;
    return {
      path,
      model: { graph, metadata: {} },
      family,
      config,
      maxLength,
      labels,
      tokenizer,
      warnings: matching.warnings(),
    };
  });
}

/** What a folder's config.json says of its model, without the weights. */
export interface Described {
  readonly family: Family;
  readonly dims: Dims;
  /** Class names by index; empty when the config has none. */
  readonly labels: readonly string[];
}

/** Reads config.json alone; an AppError `input` names the key that is wrong. */
export const describeFolder = (folder: string): Described =>
  inFolder(folder, () => {
    const config = readConfig(folder);
    const family = familyOf(config);
    return { family, dims: family.dims(config), labels: labelsOf(config, CONFIG) };
  });

/** The model's weights by their names in a Hugging Face folder, as `writeSafetensors` takes them. */
export const checkpointTensors = (model: LoadedModel): ReadonlyMap<string, Tensor> =>
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

/** The weights that a family asks for against the tensors that a checkpoint has. */
class Matching {
  readonly #checkpoint: Checkpoint;
  readonly #family: Family;
  readonly #used = new Set<string>();
  readonly #missing: string[] = [];
  readonly #wrong: string[] = [];

  constructor(checkpoint: Checkpoint, family: Family) {
    this.#checkpoint = checkpoint;
    this.#family = family;
  }

  /** Gives the tensor, or remembers what is wrong with it and gives one that is never read. */
  readonly source: WeightSource = (name, shape) => {
    const { tensors } = this.#checkpoint;
    const stored = [name, ...this.#family.aliases(name)].find((one) => tensors.has(one)) ?? name;
    const tensor = tensors.get(stored);
    this.#used.add(stored);
    if (!tensor) {
      this.#missing.push(name);
    } else if (tensor.shape.join() !== shape.join()) {
      this.#wrong.push(`${stored} is [${tensor.shape}], where the config asks for [${shape}]`);
    } else if (!isFloat(tensor.dtype)) {
      this.#wrong.push(`${stored} is ${tensor.dtype}, not a floating-point type`);
    } else {
      return widened(tensor);
    }
    return new Tensor("f32", shape, () => {
      throw new AppError("internal", `${name} was not loaded`);
    });
  };

  /** Throws when a tensor was missing or of another shape. */
  check(): void {
    const problems = [...this.#missingLines(), ...this.#wrong];
    if (problems.length === 0) return;
    const more = problems.length > LISTED ? `; and ${problems.length - LISTED} more` : "";
    const message = `the weights do not fit ${CONFIG}: ${problems.slice(0, LISTED).join("; ")}${more}`;
    const facts = { missing: this.#missing, wrong: this.#wrong };
    throw new AppError("input", message, { path: this.#checkpoint.path, facts, ...this.#hint() });
  }

  /** One sentence where the checkpoint has tensors that the graph does not use. */
  warnings(): readonly string[] {
    const left = this.#unused();
    if (left.length === 0) return [];
    const { path } = this.#checkpoint;
    const { name } = this.#family;
    const more = left.length > LISTED ? ` and ${left.length - LISTED} more` : "";
    return [`${path}: tensors that ${name} does not use: ${left.slice(0, LISTED).join(", ")}${more}`];
  }

  #unused(): readonly string[] {
    return [...this.#checkpoint.tensors.keys()].filter(
      (name) => !this.#used.has(name) && !this.#family.isBuffer(name),
    );
  }

  #missingLines(): readonly string[] {
    const candidates = this.#unused();
    return this.#missing.map((name, i) => {
      const near = i < LISTED ? suggest(name, candidates) : undefined;
      return near === undefined
        ? `${name} is missing`
        : `${name} is missing (did you mean ${JSON.stringify(near)}?)`;
    });
  }

  #hint(): { readonly hint?: string } {
    const { architectures } = this.#checkpoint.config;
    const { architecture, name } = this.#family;
    const named = Array.isArray(architectures) ? architectures : [];
    if (this.#missing.length === 0 || named.length === 0 || named.includes(architecture)) return {};
    return { hint: `${CONFIG} says ${named.join(", ")}; minnow loads ${name} as ${architecture}` };
  }
}

/** The tensor as float32, converted when it is first read. */
function widened(tensor: Tensor): Tensor {
  if (tensor.dtype === "f32") return tensor;
  const { dtype, shape } = tensor;
  const decode = dtype === "f16" ? halfToFloat : dtype === "bf16" ? bfloatToFloat : Number;
  return new Tensor("f32", shape, () => {
    const { data } = tensor;
    const floats = new Float32Array(data.length);
    for (let i = 0; i < floats.length; i++) floats[i] = decode(Number(data[i]));
    return new Uint8Array(floats.buffer);
  });
}

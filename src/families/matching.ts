// The weights that a family and a head ask for, found among the tensors of a checkpoint.
import { AppError, suggest } from "../base/index.ts";
import type { Checkpoint } from "../hub/index.ts";
import { bfloatToFloat, halfToFloat, isFloat, Tensor } from "../tensor/index.ts";
import type { WeightSource } from "./blocks.ts";
import type { Family } from "./define.ts";
import type { Head } from "./heads/define.ts";
import { layersOf } from "./heads/head-of.ts";
import { CONFIG } from "./keys.ts";
import { type Place, partOf, placesOf, type WeightRule } from "./rules.ts";

/** How many problems of a checkpoint are listed. */
const LISTED = 5;

/** Stored tensors that are no weights and follow from the config. */
const buffers = /(^|\.)(embeddings\.(position_ids|token_type_ids)|rotary_emb\.inv_freq)$/;

/** The weights that a model asks for against the tensors that a checkpoint has. */
export class Matching {
  readonly #checkpoint: Checkpoint;
  readonly #family: Family;
  readonly #rules: readonly WeightRule[];
  readonly #used = new Set<string>();
  readonly #missing: string[] = [];
  readonly #wrong: string[] = [];

  constructor(checkpoint: Checkpoint, family: Family, head: Head) {
    this.#checkpoint = checkpoint;
    this.#family = family;
    this.#rules = [...family.rules, ...(layersOf(family, head, checkpoint.config)?.rules ?? [])];
  }

  /** Gives the tensor, or remembers what is wrong with it and gives one that is never read. */
  readonly source: WeightSource = (name, shape) => {
    const { tensors } = this.#checkpoint;
    const places = placesOf(name, this.#rules, this.#family.prefix);
    const place = places.find((one) => tensors.has(one.name));
    const tensor = place && tensors.get(place.name);
    for (const one of places) this.#used.add(one.name);
    if (!place || !tensor) this.#missing.push(name);
    else {
      const wrong = wrongness(tensor, place, shape);
      if (wrong === undefined) return widened(partOf(tensor, place));
      this.#wrong.push(wrong);
    }
    return new Tensor("f32", shape, () => {
      throw new AppError("internal", `${name} was not loaded`);
    });
  };

  /** Throws when a tensor was missing or of another shape. */
  check(): void {
    const problems = [...this.#missingLines(), ...this.#wrong];
    if (problems.length === 0) return;
    const { path, config } = this.#checkpoint;
    const facts = { missing: this.#missing, wrong: this.#wrong };
    const named = Array.isArray(config.architectures) ? config.architectures.join(", ") : "";
    const hint = named === "" || this.#missing.length === 0 ? {} : { hint: `${CONFIG} says ${named}` };
    const message = `the weights do not fit ${CONFIG}: ${listed(problems)}`;
    throw new AppError("input", message, { path, facts, ...hint });
  }

  /** One sentence where the checkpoint has tensors that the graph does not use. */
  warnings(): readonly string[] {
    const left = this.#unused();
    if (left.length === 0) return [];
    const more = left.length > LISTED ? ` and ${left.length - LISTED} more` : "";
    return [`tensors that ${this.#family.name} does not use: ${left.slice(0, LISTED).join(", ")}${more}`];
  }

  #unused(): readonly string[] {
    const { prefix, pooler } = this.#family;
    const isPooler = (name: string): boolean =>
      pooler !== undefined && [pooler, pooler.slice(prefix.length)].some((one) => name.startsWith(one));
    return [...this.#checkpoint.tensors.keys()].filter(
      (name) => !this.#used.has(name) && !buffers.test(name) && !isPooler(name),
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
}

/** Why a stored tensor is not the weight, or not the part of it; undefined where it is. */
function wrongness(
  { shape: found, dtype }: Tensor,
  { name, parts }: Place,
  [rows = 1, ...rest]: readonly number[],
): string | undefined {
  const wanted = parts === 1 ? [rows, ...rest] : [rows * parts, ...rest];
  if (found.join() !== wanted.join()) return `${name} is [${found}], where the config asks for [${wanted}]`;
  return isFloat(dtype) ? undefined : `${name} is ${dtype}, not a floating-point type`;
}

/** The first few problems, and how many more there are. */
function listed(problems: readonly string[]): string {
  const more = problems.length > LISTED ? `; and ${problems.length - LISTED} more` : "";
  return `${problems.slice(0, LISTED).join("; ")}${more}`;
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

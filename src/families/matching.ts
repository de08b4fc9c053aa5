// The weights that a family asks for, found among the tensors of a checkpoint.
import { AppError, suggest } from "../base/index.ts";
import type { Checkpoint } from "../hub/index.ts";
import { bfloatToFloat, halfToFloat, isFloat, Tensor } from "../tensor/index.ts";
import type { Family, WeightSource } from "./define.ts";
import { CONFIG } from "./keys.ts";

/** How many problems of a checkpoint are listed. */
const LISTED = 5;

/** The weights that a family asks for against the tensors that a checkpoint has. */
export class Matching {
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
    const { path } = this.#checkpoint;
    const facts = { missing: this.#missing, wrong: this.#wrong };
    const other = this.#otherArchitecture();
    if (
      other !== undefined &&
      this.#wrong.length === 0 &&
      this.#missing.every((name) => this.#isOfHead(name))
    )
      throw new AppError("input", `it is a ${other}, an encoder without a classifier: ${listed(problems)}`, {
        path,
        facts,
        hint: "train it to classify first; minnow makes minis of classifiers, and quantizes and prunes an ONNX export of any model",
      });
    const { architecture, name } = this.#family;
    const hint =
      other === undefined || this.#missing.length === 0
        ? {}
        : { hint: `${CONFIG} says ${other}; minnow loads ${name} as ${architecture}` };
    throw new AppError("input", `the weights do not fit ${CONFIG}: ${listed(problems)}`, {
      path,
      facts,
      ...hint,
    });
  }

  /** One sentence where the checkpoint has tensors that the graph does not use. */
  warnings(): readonly string[] {
    const left = this.#unused();
    if (left.length === 0) return [];
    const more = left.length > LISTED ? ` and ${left.length - LISTED} more` : "";
    return [`tensors that ${this.#family.name} does not use: ${left.slice(0, LISTED).join(", ")}${more}`];
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

  /** True for what stands between the encoder and the logits. */
  #isOfHead(name: string): boolean {
    return (
      !this.#family.embeddings.includes(name) &&
      this.#family.layerOf(name) === undefined &&
      !/embeddings/.test(name)
    );
  }

  /** What config.json says that the model is, where that is not what the family loads. */
  #otherArchitecture(): string | undefined {
    const { architectures } = this.#checkpoint.config;
    const named = Array.isArray(architectures) ? architectures : [];
    return named.length === 0 || named.includes(this.#family.architecture) ? undefined : named.join(", ");
  }
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

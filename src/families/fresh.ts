// Fresh weights: what a student, or a new head, begins with.
import { type Rng, rng } from "../base/index.ts";
import { sizeOf, Tensor } from "../tensor/index.ts";
import type { WeightSource } from "./blocks.ts";
import { type Config, numberIn } from "./keys.ts";

/** Names of the scales of normalisations. */
const scales = /(norm\d?|_ln)\.weight$/i;

/** Zeros for biases, ones for the scales of normalisations, else the deviation of a normal distribution. */
const ruleOf = (name: string, config: Config): "zeros" | "ones" | number => {
  if (name.endsWith("bias")) return "zeros";
  return scales.test(name) ? "ones" : numberIn(config, "initializer_range", 0.02, 0, 100);
};

/** Weights as the transformers library initialises them, each from a stream of its own name. */
export function freshWeights(config: Config, seed: number): WeightSource {
  return (name, shape) => {
    const rule = ruleOf(name, config);
    const data = new Float32Array(sizeOf(shape));
    if (rule === "ones") data.fill(1);
    else if (rule !== "zeros") fillNormal(data, rule, rng(seed, "student", name));
    return Tensor.floats(shape, data);
  };
}

function fillNormal(data: Float32Array, deviation: number, random: Rng): void {
  for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
}

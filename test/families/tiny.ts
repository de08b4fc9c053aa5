// A tiny BERT with seeded weights, as a graph or as a checkpoint in memory.
import { rng } from "../../src/base/index.ts";
import { type BuildOptions, type Config, familyOf, instantiate } from "../../src/families/index.ts";
import type { Checkpoint } from "../../src/hub/index.ts";
import { type Graph, namedWeights } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { sizeOf, Tensor } from "../../src/tensor/index.ts";

export const bert = familyOf({ model_type: "bert" });

/** Uniform in [-0.5, 0.5), a stream for each name. */
export function seeded(name: string, shape: readonly number[]): Tensor {
  const random = rng(1, name);
  return Tensor.floats(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => random.next() - 0.5),
  );
}

/** The graph of bert's tiny config with some keys replaced. */
export const tinyGraph = (changes: Config = {}, options: BuildOptions = {}): Graph =>
  instantiate(bert, { ...bert.tiny, ...changes }, seeded, opTable, options);

/** The tiny config and its tensors, as if a folder had been opened. */
export function tinyCheckpoint(changes: Config = {}): Checkpoint & { readonly tensors: Map<string, Tensor> } {
  const config = { ...bert.tiny, ...changes };
  return {
    path: "folder",
    config,
    tensors: namedWeights(tinyGraph(changes)),
    labels: ["a", "b", "c"],
    tokenizer: undefined,
  };
}

// prune.magnitude: the smallest weights become zero, at once or along a cubic schedule while fine-tuning (Zhu & Gupta 2017).
import { z } from "zod";
import { must, type Refusal } from "../../base/index.ts";
import { type Graph, namedWeights, withWeights } from "../../ir/index.ts";
import { type Read, type Role, readsOf, rolesOf } from "../../passes/index.ts";
import { dtypes, fullName, isFloat, Tensor } from "../../tensor/index.ts";
import { cubicSparsity, type Parameters } from "../../train/index.ts";
import { defineMethod } from "../define.ts";
import { maskingRefusals } from "../masking.ts";
import { nothingToDo } from "../reasons.ts";
import { batchRefusals, train, trainingParams, trainingPasses } from "../training.ts";

const params = z.strictObject({
  sparsity: z.number().min(0).lt(1).describe("share of the matrices' weights that become zero"),
  scope: z
    .enum(["global", "layer"])
    .default("global")
    .describe("one threshold for all matrices, or one for each"),
  schedule: z
    .enum(["one-shot", "cubic"])
    .default("one-shot")
    .describe("all at once, or growing over the first half of fine-tuning"),
  tables: z.boolean().default(false).describe("prune lookup tables (embeddings) too"),
  finetune: trainingParams({ epochs: 1, learningRate: 3e-4 })
    .optional()
    .describe("training after pruning; zeros stay zero"),
});

export const magnitude = defineMethod({
  verb: "prune",
  kind: "magnitude",
  describe: "set the smallest weights to zero (smaller when compressed; a dense runtime gets no faster)",
  params,
  learns: ({ finetune }) => finetune !== undefined,
  writes: "onnx/model.onnx",
  requires(model, { schedule, tables, finetune }) {
    const { graph } = model.model;
    const { names, refused } = prunable(graph, tables);
    return [
      ...maskingRefusals(model, finetune?.tokenMasking),
      ...batchRefusals(model, finetune),
      ...(names.length === 0 ? [{ target: "model", why: nothingToDo(graph, refused, "pruned") }] : []),
      ...(schedule === "cubic" && !finetune
        ? [{ target: "schedule", why: "cubic needs finetune: it prunes while training" }]
        : []),
    ];
  },
  async apply(model, { sparsity, scope, schedule, tables, finetune }, context) {
    const { names, refused } = prunable(model.model.graph, tables);
    const masksAt = (weights: ReadonlyMap<string, Tensor>, share: number) =>
      magnitudeMasks(weights, names, share, scope);
    let result = model;
    if (schedule === "one-shot") {
      const graph = zeroedGraph(model.model.graph, names, sparsity, scope);
      const pruned = { ...model, model: { ...model.model, graph } };
      result = finetune ? await train(pruned, finetune, context) : pruned;
    } else if (finetune)
      result = await train(model, finetune, context, { beforeStep: cubic(masksAt, names, sparsity) });
    return { model: result, changes: changesOf(result.model.graph, names), refused };
  },
  only({ model }, changes, result) {
    const [weights, pruned] = [namedWeights(model.graph), namedWeights(result.model.graph)];
    const zeroed = changes.map(({ target }) => {
      const zeros = must(pruned.get(target), target).floats;
      return [target, masked(must(weights.get(target), target), zeros)] as const;
    });
    return withWeights(model.graph, new Map(zeroed));
  },
  rewrite({ model: { graph } }, applied, { sparsity, scope, schedule, tables, finetune }) {
    if (schedule === "cubic") return undefined;
    const { names } = prunable(graph, tables);
    const made = finetune ? zeroedGraph(graph, names, sparsity, scope) : applied.model.model.graph;
    return { made, expected: graph, against: "the model before it", alike: { zeros: names } };
  },
  outline: (model) => ({ model }),
  passes: ({ finetune }, items) => trainingPasses(finetune, items),
});

/** Prunes a little more every so often during the first half of training, by the weights as they are then. */
function cubic(
  masksAt: (weights: ReadonlyMap<string, Tensor>, share: number) => ReadonlyMap<string, Float32Array>,
  names: readonly string[],
  sparsity: number,
): (progress: number, parameters: Parameters, before: number | undefined) => void {
  const STAGES = 20;
  const stageAt = (progress: number): number => Math.min(STAGES, Math.floor(progress * 2 * STAGES));
  return (progress, parameters, before) => {
    const stage = stageAt(progress);
    if (before !== undefined && stageAt(before) === stage) return;
    const weights = new Map(names.map((name) => [name, parameters.weight(name)]));
    for (const [name, mask] of masksAt(weights, cubicSparsity(stage / STAGES, sparsity)))
      parameters.setMask(name, mask);
  };
}

/** What a product reads, and tables where they are wanted; every other weight is refused with its reason. */
function prunable(
  graph: Graph,
  tables: boolean,
): { readonly names: readonly string[]; readonly refused: readonly Refusal[] } {
  const [reads, roles] = [readsOf(graph), rolesOf(graph)];
  const names: string[] = [];
  const refused: Refusal[] = [];
  for (const [value, tensor] of graph.weights) {
    if (value.name === undefined) continue;
    const own = reads.get(value) ?? [];
    const why = whyNot(tensor, roles.get(value), own, tables);
    if (why === undefined) names.push(value.name);
    else refused.push({ target: value.name, why });
  }
  return { names, refused };
}

/** Why a weight keeps all its values; undefined for one that is pruned. */
function whyNot(
  { dtype, shape }: Tensor,
  role: Role | undefined,
  reads: readonly Read[],
  tables: boolean,
): string | undefined {
  const multiplied = reads.some(({ as }) => as === "left" || as === "right");
  if (dtypes[dtype].bits <= 8 && dtype !== "bool")
    return `it is ${fullName(dtype)}, already quantized: prune the float model that it was made from`;
  if (!isFloat(dtype)) return `it is ${fullName(dtype)}: numbers to count with`;
  if (dtype !== "f32") return `it is ${fullName(dtype)}; convert the model to float32 first`;
  if (shape.length < 2) return "a vector: nothing to gain";
  if (role === "constant") return "a constant: the model does not learn it";
  if (role === "table") return tables ? undefined : "a lookup table: its rows are read, and tables is false";
  if (multiplied) return undefined;
  const ops = [...new Set(reads.map(({ node }) => node.op))].join(", ");
  return ops === "" ? "nothing reads it" : `no product reads it, only ${ops}`;
}

/** The graph with zeros in the place of its smallest weights. */
function zeroedGraph(
  graph: Graph,
  names: readonly string[],
  share: number,
  scope: "global" | "layer",
): Graph {
  const weights = namedWeights(graph);
  const masks = magnitudeMasks(weights, names, share, scope);
  return withWeights(
    graph,
    new Map([...masks].map(([name, mask]) => [name, masked(must(weights.get(name), name), mask)])),
  );
}

/** 1 for each weight that stays: those whose magnitude is above the share's threshold. */
function magnitudeMasks(
  weights: ReadonlyMap<string, Tensor>,
  names: readonly string[],
  share: number,
  scope: "global" | "layer",
): ReadonlyMap<string, Float32Array> {
  const values = new Map(names.map((name) => [name, must(weights.get(name), name).floats]));
  const shared = scope === "global" ? threshold([...values.values()], share) : 0;
  return new Map(
    [...values].map(([name, data]) => {
      const limit = scope === "global" ? shared : threshold([data], share);
      return [name, data.map((value) => (Math.abs(value) > limit ? 1 : 0))];
    }),
  );
}

/** The magnitude that `share` of all values do not exceed; below every magnitude for a share of 0. */
function threshold(arrays: readonly Float32Array[], share: number): number {
  const size = arrays.reduce((sum, { length }) => sum + length, 0);
  const count = Math.round(share * size);
  if (count === 0) return -1;
  const all = new Float32Array(size);
  let at = 0;
  for (const array of arrays) for (const value of array) all[at++] = Math.abs(value);
  return all.sort()[count - 1] ?? -1;
}

/** The tensor with zeros where the mask has them. */
const masked = (tensor: Tensor, mask: Float32Array): Tensor =>
  Tensor.floats(
    tensor.shape,
    tensor.floats.map((value, i) => (mask[i] === 0 ? 0 : value)),
  );

function changesOf(
  graph: Graph,
  names: readonly string[],
): readonly { readonly target: string; readonly what: string }[] {
  const weights = namedWeights(graph);
  return names.map((name) => {
    const { floats } = must(weights.get(name), name);
    let zeros = 0;
    for (const value of floats) if (value === 0) zeros++;
    return {
      target: name,
      what: `${((100 * zeros) / floats.length).toFixed(1)} % of ${floats.length} weights are zero`,
    };
  });
}

// Heads and neurons of every family are cut, and the pruned model is written, loaded again, and gives the same answers; a
// smaller student of it is built.
import { describe, expect, test } from "vitest";
import {
  checkpointTensors,
  families,
  freshWeights,
  instantiate,
  loadCheckpoint,
} from "../../src/families/index.ts";
import type { Graph } from "../../src/ir/index.ts";
import { namedWeights } from "../../src/ir/index.ts";
import { methodNamed } from "../../src/methods/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { apply } from "../methods/world.ts";
import { largestDifference } from "./reference.ts";

const ids = Tensor.of("i64", [2, 5], BigInt64Array.from([5, 6, 7, 8, 9, 10, 11, 12, 2, 2], BigInt));
const mask = Tensor.of("i64", [2, 5], BigInt64Array.from([1, 1, 1, 1, 1, 1, 1, 1, 0, 0], BigInt));
const types = Tensor.of("i64", [2, 5], new BigInt64Array(10));
const inputs = { input_ids: ids, attention_mask: mask, token_type_ids: types };

/** How far the outputs of two graphs are apart. */
async function apart(graph: Graph, other: Graph): Promise<number> {
  const { openEngine } = await import("../../src/engine/index.ts");
  const session = await (await openEngine()).compile(graph, { threads: 1 });
  const feeds = Object.fromEntries(graph.inputs.map(({ name = "" }) => [name, inputs[name as "input_ids"]]));
  const outputs = await session.run(feeds);
  await session.dispose();
  return largestDifference(other, { inputs, outputs });
}

const parameters = (graph: Graph): number =>
  [...namedWeights(graph).values()].reduce((sum, { size }) => sum + size, 0);

/** Families whose heads are tied over layers by the table of distances: refused, not cut. */
const wholeHeads = ["mpnet"];

describe.each(families)("$name", (family) => {
  const config = { ...family.tiny, initializer_range: 0.3 };
  const tensors = namedWeights(instantiate(family, config, freshWeights(config, 5), opTable));
  const checkpoint = { path: "folder", config, tensors, labels: [], tokenizer: undefined };

  test.each(["prune.heads", "prune.neurons"])("%s", async (name) => {
    const model = loadCheckpoint(checkpoint, opTable);
    const raw = { ratio: 0.5, importance: "norm", scope: "layer" };
    if (name === "prune.heads" && wholeHeads.includes(family.name)) {
      const [refusal] = methodNamed(name).bind(raw).requires(model);
      expect(refusal?.why).toContain("no group of heads that can be cut was found in its graph");
      return;
    }
    const step = await apply(methodNamed(name), raw, model);
    const { graph } = step.model.model;
    expect(parameters(graph)).toBeLessThan(parameters(model.model.graph));
    const again = loadCheckpoint(
      { ...checkpoint, config: step.model.config, tensors: checkpointTensors(step.model) },
      opTable,
    );
    expect(again.warnings).toEqual([]);
    expect(await apart(graph, again.model.graph)).toBeLessThan(1e-5);
  });

  test("a smaller student has the sizes that were asked for", () => {
    const shape = { layers: 1, hidden: 16, heads: 2, intermediate: 24 };
    const smaller = family.shrink(config, shape);
    const { layers, hidden, headSize } = family.sizes(smaller);
    expect({ layers, hidden, headSize }).toEqual({
      layers: [{ heads: 2, intermediate: 24 }],
      hidden: 16,
      headSize: 8,
    });
    const student = instantiate(family, smaller, freshWeights(smaller, 1), opTable);
    expect(parameters(student)).toBeLessThan([...tensors.values()].reduce((sum, { size }) => sum + size, 0));
  });

  test("dropout stands in the graph that is trained", () => {
    const chances = { attention_dropout: 0.1, attention_probs_dropout_prob: 0.1, hidden_dropout_prob: 0.1 };
    const graph = instantiate(family, { ...config, ...chances }, freshWeights(config, 1), opTable, {
      dropout: true,
    });
    expect(graph.nodes.some(({ op }) => op === "Dropout")).toBe(true);
  });
});

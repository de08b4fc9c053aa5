// A step done to one part alone: nothing else changes, all parts together are the step, and training has no share in it.
import { describe, expect, test } from "vitest";
import type { Graph } from "../../src/ir/index.ts";
import { namedWeights, print } from "../../src/ir/index.ts";
import { methodNamed } from "../../src/methods/index.ts";
import { contextFor, tinyModel } from "./world.ts";

// a table of 600 rows is large enough to be quantized
const model = tinyModel({ intermediate_size: 32, vocab_size: 600 });
const cases = [
  ["prune.magnitude", { sparsity: 0.4 }],
  ["prune.heads", { ratio: 0.5, importance: "norm", scope: "layer" }],
  ["prune.neurons", { ratio: 0.5, importance: "norm", scope: "layer" }],
  ["quantize.dynamic", {}],
] as const;

/** Weights in base 64 by name. */
const bitsOf = (graph: Graph): ReadonlyMap<string, string> =>
  new Map([...namedWeights(graph)].map(([name, { bytes }]) => [name, Buffer.from(bytes).toString("base64")]));

/** Names of weights that are not as they are in the base, or not there. */
const changedIn = (graph: Graph): readonly string[] => {
  const now = bitsOf(graph);
  return [...bitsOf(model.model.graph)]
    .filter(([name, bits]) => now.get(name) !== bits)
    .map(([name]) => name);
};

async function applied(name: string, params: unknown) {
  const method = methodNamed(name);
  const result = await method.bind(params).apply(model, await contextFor(model));
  const only = (targets: readonly string[]): Graph => {
    if (!method.only) throw new Error(`${name} has no parts`);
    const changes = result.changes.filter(({ target }) => targets.includes(target));
    return method.only(model, changes, result.model);
  };
  return { result, only, targets: result.changes.map(({ target }) => target) };
}

describe.each(cases)("%s", (name, params) => {
  test("each part changes weights that no other part changes, and in all those that the step changes", async () => {
    const { result, only, targets } = await applied(name, params);
    expect(targets.length).toBeGreaterThan(1);
    const changed = targets.map((target) => changedIn(only([target])));
    for (const own of changed) expect(own.length).toBeGreaterThan(0);
    const all = changed.flat();
    expect(new Set(all).size).toBe(all.length);
    expect(all.toSorted()).toEqual(changedIn(result.model.model.graph).toSorted());
  });

  test("no part leaves the graph as it was, all parts together are the step", async () => {
    const { result, only, targets } = await applied(name, params);
    expect(changedIn(only([]))).toEqual([]);
    const { graph } = result.model.model;
    expect(print(only(targets))).toBe(print(graph));
    expect(bitsOf(only(targets))).toEqual(bitsOf(graph));
  });
});

test("training has no share in a part: what stays is as it was before", async () => {
  const finetune = { epochs: 2, batch: 8 };
  const { result, only, targets } = await applied("prune.magnitude", {
    sparsity: 0.5,
    schedule: "cubic",
    finetune,
  });
  const [before, trained] = [namedWeights(model.model.graph), namedWeights(result.model.model.graph)];
  for (const target of targets) {
    const [was, now, after] = [before, namedWeights(only([target])), trained].map((weights) =>
      weights.get(target)?.numbers(),
    );
    expect(now).toEqual(was?.map((value, i) => (after?.[i] === 0 ? 0 : value)));
    expect(now).not.toEqual(after);
  }
});

test("units that a trained step cut are those of its parts", async () => {
  const { result, only, targets } = await applied("prune.neurons", {
    ratio: 0.5,
    calibration: 2,
    finetune: { epochs: 1, batch: 8 },
  });
  const shapes = (graph: Graph) => [...namedWeights(graph)].map(([name, { shape }]) => [name, shape]);
  expect(shapes(only(targets))).toEqual(shapes(result.model.model.graph));
});

test("a method that makes a new model has no parts", () => {
  expect(methodNamed("distill").only).toBeUndefined();
});

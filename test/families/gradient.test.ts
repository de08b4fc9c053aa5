// The gradient of every weight of a BERT classifier against PyTorch's, through the family's whole graph.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gradientName, gradients } from "../../src/autodiff/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { instantiate } from "../../src/families/index.ts";
import { type Graph, rebuild, type ValueType } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { bert } from "./tiny.ts";

const step = JSON.parse(readFileSync("fixtures/reference/bert_step.json", "utf8"));
const shape: readonly number[] = step.inputs.shape;
const names = ["input_ids", "attention_mask", "token_type_ids"];

/** The graph on the fixture's shapes, with the mean cross-entropy of its labels as its only output. */
function withLoss(graph: Graph): Graph {
  const type: ValueType = { dtype: "i64", shape };
  const [logits] = graph.outputs;
  if (!logits) throw new Error("the graph has no output");
  return rebuild(graph, opTable, {
    inputs: new Map(names.map((name) => [name, type])),
    outputs(b, at) {
      const classes = Object.keys(step.config.id2label);
      const target = step.inputs.labels.flatMap((label: number) =>
        classes.map((_, i) => (i === label ? 1 : 0)),
      );
      const likelihood = b.mul(
        b.op("LogSoftmax", [at(logits.value)], { axis: -1 }),
        b.constant(Tensor.floats([shape[0] ?? 0, classes.length], target)),
      );
      return { loss: b.neg(b.mean(b.sum(likelihood, 1), 0)) };
    },
  });
}

test("every weight's gradient, with padding and two token types", async () => {
  const source = (name: string, sizes: readonly number[]): Tensor =>
    Tensor.floats(sizes, step.weights[name].data);
  const graph = withLoss(instantiate(bert, step.config, source, opTable));
  const wrt = [...graph.weights.keys()].filter(({ name }) => name !== undefined);
  expect(wrt).toHaveLength(Object.keys(step.gradients).length);
  const session = await (await openEngine()).compile(gradients(graph, { loss: "loss", wrt }), { threads: 1 });
  const feeds = names.map((name) => [
    name,
    Tensor.of("i64", shape, BigInt64Array.from(step.inputs[name], BigInt)),
  ]);
  const results = await session.run(Object.fromEntries(feeds));
  expect(results.loss?.numbers()[0]).toBeCloseTo(step.loss, 5);
  for (const { name = "" } of wrt) {
    const found = results[gradientName(name)]?.floats ?? new Float32Array();
    const expected: readonly number[] = step.gradients[name].data ?? step.gradients[name];
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
    expect(worst, name).toBeLessThan(2e-6);
  }
  await session.dispose();
});

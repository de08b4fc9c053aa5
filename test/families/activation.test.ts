// Activations by their names in config.json: values and derivatives against PyTorch's, far from 0 too.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gradientName, gradients } from "../../src/autodiff/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { activate, activationNames } from "../../src/families/activation.ts";
import { Builder } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

const reference: {
  x: readonly number[];
  functions: Readonly<Record<string, { y: readonly number[]; derivative: readonly number[] }>>;
} = JSON.parse(readFileSync("fixtures/reference/activations.json", "utf8"));

test("there is a reference for every name", () => {
  expect(new Set(Object.keys(reference.functions))).toEqual(new Set(activationNames));
});

test.each(activationNames)("%s", async (name) => {
  const b = new Builder(opTable);
  const x = b.weight("x", Tensor.floats([reference.x.length], reference.x));
  const y = activate(b, name, x);
  const graph = b.finish({ y, loss: b.sum(y, 0) });
  const wrt = [...graph.weights.keys()].filter((weight) => weight.name === "x");
  const session = await (await openEngine()).compile(gradients(graph, { loss: "loss", wrt }), { threads: 1 });
  const { y: found, [gradientName("x")]: derivative } = await session.run({});
  await session.dispose();
  const expected = reference.functions[name];
  const close = (values: readonly number[] = [], exact: readonly number[] = []): void => {
    expect(values).toHaveLength(exact.length);
    exact.forEach((value, i) => {
      expect(Math.abs((values[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(
        2e-6 * Math.max(1, Math.abs(value)),
      );
    });
  };
  close(found?.numbers(), expected?.y);
  close(derivative?.numbers(), expected?.derivative);
});

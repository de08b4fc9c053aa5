// The reference cases of the losses, from PyTorch, and a loss with its gradient by the logits as the engine computes them.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { gradients } from "../../src/autodiff/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { Builder } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import type { Loss } from "../../src/train/index.ts";

interface Expected {
  readonly loss: number;
  readonly gradient: readonly number[];
}
export interface Case {
  readonly shape: readonly [number, number];
  readonly temperature: number;
  readonly alpha: number;
  readonly logits: readonly number[];
  readonly teacher_logits: readonly number[];
  readonly labels: readonly number[];
  readonly cross_entropy: Expected;
  readonly kl: Expected;
  readonly distillation: Expected;
}
export const { cases } = JSON.parse(
  readFileSync(new URL("../../fixtures/reference/losses.json", import.meta.url), "utf8"),
) as {
  readonly cases: readonly Case[];
};

/** The loss and its gradient by the logits. */
export async function evaluate(one: Case, loss: Loss): Promise<Expected> {
  const [rows, classes] = one.shape;
  const b = new Builder(opTable);
  const logits = b.input("logits", "f32", one.shape);
  const graph = b.finish({ loss: loss(b, logits) });
  const input = graph.inputs.filter(({ name }) => name === "logits");
  const session = await (await openEngine()).compile(gradients(graph, { wrt: input }), { threads: 1 });
  const target = new Float32Array(rows * classes);
  one.labels.forEach((label, row) => {
    target[row * classes + label] = 1;
  });
  const results = await session.run({
    logits: Tensor.floats(one.shape, one.logits),
    teacher: Tensor.floats(one.shape, one.teacher_logits),
    target: Tensor.floats(one.shape, target),
    "row weight": Tensor.floats([rows], new Float32Array(rows).fill(1 / rows)),
  });
  await session.dispose();
  return {
    loss: results["loss"]?.floats[0] ?? Number.NaN,
    gradient: [...(results["gradient of logits"]?.floats ?? [])],
  };
}

/** Expects both to be within rounding of each other. */
export function agrees(actual: Expected, expected: Expected): void {
  const scale = Math.max(1, Math.abs(expected.loss));
  expect(Math.abs(actual.loss - expected.loss)).toBeLessThan(2e-6 * scale * 10);
  const top = Math.max(1e-3, ...expected.gradient.map(Math.abs));
  expected.gradient.forEach((value, i) => {
    expect(Math.abs((actual.gradient[i] ?? Number.NaN) - value)).toBeLessThan(1e-5 * top + 1e-7);
  });
}

// AdamW with clipping against PyTorch's, dense and by rows, and masks that hold.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Arena } from "../../src/kernels/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { Parameters } from "../../src/train/parameters.ts";

interface Case {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weight_decay: number;
  readonly clip_norm: number | null;
  readonly learning_rates: readonly number[];
  readonly start: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly float32: {
    readonly gradient_norms: readonly number[];
    readonly after: readonly (readonly number[])[];
  };
}
const { cases } = JSON.parse(
  readFileSync(new URL("../../fixtures/reference/adamw.json", import.meta.url), "utf8"),
) as {
  readonly cases: readonly Case[];
};

const make = (
  name: string,
  shape: readonly number[],
  values: readonly number[],
  tables: readonly string[] = [],
  arena = new Arena(),
) => new Parameters(arena, new Map([[name, Tensor.floats(shape, values)]]), new Set(tables));

const settings = (one: Case, step: number) => ({
  learningRate: one.learning_rates[step] ?? 0,
  beta1: one.betas[0],
  beta2: one.betas[1],
  epsilon: one.eps,
  weightDecay: one.weight_decay,
});

describe.each(cases)("reference case %#", (one) => {
  test("dense steps agree with torch.optim.AdamW", () => {
    const parameters = make("w", [3, 4], one.start);
    one.gradients.forEach((gradient, step) => {
      parameters.gradient("w").floats.set(gradient);
      const norm = parameters.gradientNorm();
      expect(norm).toBeCloseTo(one.float32.gradient_norms[step] ?? 0, 4);
      const clip = one.clip_norm === null ? 1 : Math.min(1, one.clip_norm / (norm + 1e-6));
      parameters.step(settings(one, step), clip);
      const after = one.float32.after[step] ?? [];
      parameters.weight("w").floats.forEach((value, i) => {
        expect(Math.abs(value - (after[i] ?? Number.NaN))).toBeLessThan(2e-6);
      });
    });
  });
});

test("rows that are touched, late or never end where a dense optimiser would bring them", () => {
  const values = Array.from({ length: 10 }, (_, i) => 1 + i / 10);
  const dense = make("table", [5, 2], values);
  const other = new Arena();
  const sparse = make("table", [5, 2], values, ["table"], other);
  const touched = [[0, 2], [2], [2, 4, 2]];
  touched.forEach((rows, step) => {
    const gradient = dense.gradient("table").floats.fill(0);
    const each = Float32Array.from({ length: rows.length * 2 }, (_, i) => 0.3 + 0.1 * i + step);
    rows.forEach((row, i) => {
      for (let j = 0; j < 2; j++)
        gradient[row * 2 + j] = (gradient[row * 2 + j] ?? 0) + (each[i * 2 + j] ?? 0);
    });
    const place = other.allocate(each.length);
    other.view(place, each.length).set(each);
    sparse.addRows("table", rows, place);
    expect(sparse.gradientNorm()).toBeCloseTo(dense.gradientNorm(), 5);
    const options = { learningRate: 0.05, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
    dense.step(options, 0.5);
    sparse.step(options, 0.5);
  });
  const [a, b] = [dense.snapshot().get("table"), sparse.snapshot().get("table")];
  b?.floats.forEach((value, i) => {
    expect(value).toBeCloseTo(a?.floats[i] ?? Number.NaN, 6);
  });
  expect(b?.floats[2]).not.toBe(values[2]);
});

test("vectors do not decay, and a mask holds through steps", () => {
  const vector = make("bias", [4], [1, 2, 3, 4]);
  vector.step({ learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.5 }, 1);
  expect([...vector.weight("bias").floats]).toEqual([1, 2, 3, 4]);
  const matrix = make("w", [2, 2], [1, 2, 3, 4]);
  matrix.setMask("w", Float32Array.from([1, 0, 0, 1]));
  matrix.gradient("w").floats.fill(1);
  matrix.step({ learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }, 1);
  expect([...matrix.weight("w").floats].map((value) => value === 0)).toEqual([false, true, true, false]);
});

test("the first gradient that is not finite is named", () => {
  const parameters = make("w", [2, 2], [1, 2, 3, 4]);
  expect(parameters.firstNonFinite()).toBeUndefined();
  parameters.gradient("w").floats[3] = Number.NaN;
  expect(parameters.firstNonFinite()).toBe("w");
});

// Schedules: rise, fall, and their ends.
import { expect, test } from "vitest";
import { cubicSparsity, linearSchedule } from "../../src/train/index.ts";

test("the learning rate rises linearly, then falls to nothing", () => {
  const rates = Array.from({ length: 11 }, (_, step) => linearSchedule(step, 10, 2));
  expect(rates[0]).toBeCloseTo(1 / 3);
  expect(rates[1]).toBeCloseTo(2 / 3);
  expect(rates[2]).toBe(1);
  expect(rates[6]).toBeCloseTo(0.5);
  expect(rates[10]).toBe(0);
});

test("without warm-up the first step has the full rate", () => {
  expect(linearSchedule(0, 10, 0)).toBe(1);
});

test("sparsity begins at zero, ends at its goal, and grows fastest at the start", () => {
  expect(cubicSparsity(0, 0.8)).toBe(0);
  expect(cubicSparsity(1, 0.8)).toBe(0.8);
  expect(cubicSparsity(2, 0.8)).toBe(0.8);
  expect(cubicSparsity(0.5, 0.8)).toBeCloseTo(0.7);
});

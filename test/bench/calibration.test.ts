// Calibration: known errors, the edges of bins, the interval, and what it costs.
import { expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import { calibrationError } from "../../src/bench/index.ts";

/** Of each item so many times that chance within bins adds next to nothing. */
const TIMES = 2000;
const errorOf = (confidence: readonly number[], correct: readonly boolean[]): number => {
  const many = <T>(items: readonly T[]): T[] => Array.from({ length: TIMES }, () => items).flat();
  return calibrationError(many(confidence), many(correct), rng(1, "test")).value;
};

test("the error is the weighted gap of each bin, worked out by hand", () => {
  // 0.9 and 0.92 share a bin: |1 - 1.82| = 0.82; 0.5 alone: 0.5; 0.3 alone: 0.3; over 4 items
  expect(errorOf([0.9, 0.92, 0.5, 0.3], [true, false, true, false])).toBeCloseTo(1.62 / 4, 2);
});

test("gaps cancel within a bin and not across bins", () => {
  expect(errorOf([0.75, 0.75, 0.75, 0.75], [true, true, true, false])).toBeLessThan(0.01);
  expect(errorOf([0.25, 0.75], [true, false])).toBeCloseTo(0.75, 2);
});

test("a bin holds its upper edge and not its lower one", () => {
  // 5 / 15 ends the fifth bin: with 0.3 its gaps cancel, with 0.36 they do not
  expect(errorOf([5 / 15, 0.3], [true, false])).toBeCloseTo(Math.abs(2 / 3 - 0.3) / 2, 2);
  expect(errorOf([5 / 15, 0.36], [true, false])).toBeCloseTo((2 / 3 + 0.36) / 2, 2);
  expect(errorOf([1, 0], [true, false])).toBe(0);
});

test("the interval has the value and is the same for the same seed; no items have no error", () => {
  const random = rng(5, "items");
  const confidence = Array.from({ length: 900 }, () => 0.5 + random.next() / 2);
  const correct = confidence.map((sure) => random.next() < sure - 0.2);
  const found = calibrationError(confidence, correct, rng(3, "ece"));
  expect(found).toEqual(calibrationError(confidence, correct, rng(3, "ece")));
  expect(found.value).toBeGreaterThan(0.15);
  expect(found.value).toBeLessThan(0.25);
  expect(found.low).toBeLessThan(found.value);
  expect(found.high).toBeGreaterThan(found.value);
  expect(found.high - found.low).toBeLessThan(0.1);
  const calibrated = calibrationError(
    confidence,
    confidence.map((sure) => random.next() < sure),
    rng(3, "ece"),
  );
  expect(calibrated.low).toBeLessThanOrEqual(calibrated.value);
  expect(calibrationError([], [], rng(1, "none"))).toEqual({ value: 0, low: 0, high: 0, n: 0 });
});

test("chance within bins is taken off: a calibrated model's error is well below what the bins show", () => {
  let [shown, found] = [0, 0];
  const bins = (confidence: readonly number[], correct: readonly boolean[]): number => {
    const sums = new Map<number, number>();
    confidence.forEach((sure, i) => {
      const bin = Math.ceil(sure * 15);
      sums.set(bin, (sums.get(bin) ?? 0) + Number(correct[i]) - sure);
    });
    return [...sums.values()].reduce((total, sum) => total + Math.abs(sum), 0) / confidence.length;
  };
  for (let trial = 0; trial < 100; trial++) {
    const draw = rng(8, "calibrated", trial);
    const confidence = Array.from({ length: 300 }, () => 0.5 + draw.next() / 2);
    const correct = confidence.map((sure) => draw.next() < sure);
    shown += bins(confidence, correct);
    found += calibrationError(confidence, correct, rng(8, "ece", trial)).value;
  }
  expect(shown / 100).toBeGreaterThan(0.04);
  expect(found / shown).toBeLessThan(0.65);
});

test("answers and confidences that differ in number are refused", () => {
  expect(() => errorOf([0.5], [])).toThrow("differ in number");
});

// Calibration: known errors, the edges of bins, the interval, and what it costs.
import { expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import { calibrationError } from "../../src/bench/index.ts";

const errorOf = (confidence: readonly number[], correct: readonly boolean[]): number =>
  calibrationError(confidence, correct, rng(1, "test")).value;

test("the error is the weighted gap of each bin, worked out by hand", () => {
  // 0.9 and 0.92 share a bin: |1 - 1.82| = 0.82; 0.5 alone: 0.5; 0.3 alone: 0.3; over 4 items
  expect(errorOf([0.9, 0.92, 0.5, 0.3], [true, false, true, false])).toBeCloseTo(1.62 / 4, 12);
});

test("gaps cancel within a bin and not across bins", () => {
  expect(errorOf([0.75, 0.75, 0.75, 0.75], [true, true, true, false])).toBeCloseTo(0, 12);
  expect(errorOf([0.25, 0.75], [true, false])).toBeCloseTo(0.75, 12);
});

test("a bin holds its upper edge and not its lower one", () => {
  // 5 / 15 ends the fifth bin: with 0.3 its gaps cancel, with 0.36 they do not
  expect(errorOf([5 / 15, 0.3], [true, false])).toBeCloseTo(Math.abs(2 / 3 - 0.3) / 2, 12);
  expect(errorOf([5 / 15, 0.36], [true, false])).toBeCloseTo((2 / 3 + 0.36) / 2, 12);
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

test("answers and confidences that differ in number are refused", () => {
  expect(() => errorOf([0.5], [])).toThrow("differ in number");
});

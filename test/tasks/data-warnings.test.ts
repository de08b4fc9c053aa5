// What is odd about training and test data together, with its figures.
import { expect, test } from "vitest";
import { type Dataset, dataWarnings } from "../../src/tasks/index.ts";

const labels = ["a", "b", "c"];
const data = (
  path: string,
  rows: readonly (readonly [string, number | undefined])[],
  hash = path,
): Dataset => ({
  path,
  items: rows.map(([text, label]) => ({ inputs: {}, length: 1, label, text })),
  labels,
  hash,
});
const whole = data("train", [
  ["one", 0],
  ["two", 1],
  ["three", 2],
]);
/** Test data of so many rows, the first of which are training texts. */
const sharing = (shared: number, rows: number): Dataset =>
  data(
    "test",
    Array.from({ length: rows }, (_, i) => [i < shared ? "one" : `new ${i}`, 0]),
  );

test("data that is as it should be has no warning", () => {
  expect(dataWarnings(whole, sharing(0, 5))).toEqual([]);
  expect(dataWarnings(undefined, sharing(5, 5))).toEqual([]);
  expect(dataWarnings(whole, undefined)).toEqual([]);
  expect(dataWarnings(data("train", [["one", undefined]]), undefined)).toEqual([]);
});

test("training data of one class, and classes without a row", () => {
  const rows = [["one", 1] as const, ["two", 1] as const];
  expect(dataWarnings(data("train", rows), undefined)).toEqual([
    'train: all 2 rows of the training data are of one class, "b"',
  ]);
  expect(dataWarnings(data("train", [...rows, ["three", 2]]), undefined)).toEqual([
    'train: the training data has no row of 1 of the 3 classes: "a"',
  ]);
});

test("the same data, and from one per cent the same texts", () => {
  expect(dataWarnings(whole, { ...whole, path: "copy" })).toEqual([
    "copy: it has the same 3 rows as the training data, so its figures say nothing of new texts",
  ]);
  expect(dataWarnings(whole, sharing(1, 100))).toEqual([]);
  expect(dataWarnings(whole, sharing(3, 200))).toEqual([
    "test: 3 of its 200 texts (1.5 %) are in the training data too, so its figures are better than those of new texts",
  ]);
});

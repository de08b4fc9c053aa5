// What a cell counts for when its column is sorted.
import { expect, test } from "vitest";
import { sortValue } from "../../src/report/sort.ts";
import { bytes, duration, milliseconds } from "../../src/report/words.ts";

test.each([
  ["900 kB", 900_000],
  ["1.20 MB", 1_200_000],
  ["−61.8 MB", -61_800_000],
  ["+479 kB", 479_000],
  ["0 bytes", 0],
  ["0.262 ms", 0.262],
  ["1.20 s", 1200],
  ["6 min 53 s", 413_000],
  ["2 h 5 min", 7_500_000],
  ["1.4 s, cached", 1400],
  ["7,022,118", 7_022_118],
  ["91.07 %", 91.07],
  ["12.6×", 12.6],
  ["−0.50 to +0.77", -0.5],
  ["66.7 % (20)", 66.7],
  ["1.2e-4", 0.00012],
  ["12 / 3", 12],
  ["1,600", 1600],
])("%s counts %f", (cell, value) => expect(sortValue(cell)).toBeCloseTo(value, 9));

test.each(["–", "bytes, latency", "", "holds, 1.2e-6"])("%j counts nothing", (cell) =>
  expect(sortValue(cell)).toBeUndefined(),
);

test.each([
  [bytes, [1, 999, 1000, 950_000, 1e6, 2.5e9]],
  [milliseconds, [0.0005, 0.2, 14.3, 999, 1200, 60_000]],
  [duration, [1.4, 59, 61, 3599, 3700, 90_000]],
] as const)("what %o writes sorts as it was", (say, values) => {
  const read = values.map((value) => sortValue(say(value)) ?? Number.NaN);
  expect(read).toEqual(read.toSorted((a, b) => a - b));
  expect(new Set(read).size).toBe(values.length);
});

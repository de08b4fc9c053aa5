// The change of KL by a step: paired by item, and absent where nothing was scored.
import { expect, test } from "vitest";
import { changeOfKl } from "../../src/pipeline/measure.ts";

const noisy = Array.from({ length: 200 }, (_, i) => (i * 37) % 11);

test("is the mean of the items' differences, sharper than the two means", () => {
  const before = { kl: noisy };
  const own = { kl: noisy.map((value, i) => value + 0.5 + 0.01 * (i % 3)) };
  const change = changeOfKl(own, before);
  expect(change?.value).toBeCloseTo(0.50995, 5);
  expect(change?.n).toBe(200);
  expect((change?.high ?? 1) - (change?.low ?? 0)).toBeLessThan(0.01);
});

test("against the teacher it is the divergence itself", () => {
  expect(changeOfKl({ kl: [1, 3] }, { kl: undefined })?.value).toBe(2);
});

test("is absent without scores", () => {
  expect(changeOfKl({ kl: undefined }, { kl: undefined })).toBeUndefined();
  expect(changeOfKl({ kl: [1] }, undefined)).toBeUndefined();
  expect(changeOfKl(undefined, { kl: [1] })).toBeUndefined();
});

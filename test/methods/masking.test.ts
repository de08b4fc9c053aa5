// Augmented training: masked tokens are seeded and spare special ones, smoothed targets sum to 1.
import { describe, expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import { loadCheckpoint } from "../../src/families/index.ts";
import { maskingRefusals, maskTokens } from "../../src/methods/masking.ts";
import { trainingBatch } from "../../src/methods/training.ts";
import { opTable } from "../../src/ops/index.ts";
import { type Dataset, type Item, taskNamed } from "../../src/tasks/index.ts";
import { tinyCheckpoint, tinyGraph } from "../families/tiny.ts";
import { words } from "../tasks/world.ts";

const masking = { ...words, mask: { id: 99, special: new Set([101, 102]) } };
const item = (length: number, label: number | undefined): Item => ({
  inputs: {
    input_ids: [101, ...Array.from({ length: length - 2 }, (_, i) => i + 1), 102],
    token_type_ids: Array.from({ length }, () => 0),
  },
  length,
  label,
  text: "",
});
const datasetOf = (items: readonly Item[]): Dataset => ({
  path: "train.tsv",
  items,
  labels: ["a", "b", "c"],
  hash: "",
});
const plain = datasetOf(Array.from({ length: 200 }, (_, i) => item(12, i % 3)));
const idsOf = ({ items }: Dataset) => items.map(({ inputs }) => inputs.input_ids ?? []);
const masked = (share: number, epoch: number): Dataset =>
  maskTokens(plain, masking, share, (index) => rng(7, "masking", epoch, index));

describe("maskTokens", () => {
  test("masks about the share, in place, and no special token", () => {
    const ids = idsOf(masked(0.25, 0));
    const changed = ids.flatMap((row, i) => row.filter((id, at) => id !== idsOf(plain)[i]?.[at]));
    expect(new Set(changed)).toEqual(new Set([99]));
    expect(changed.length / (200 * 10)).toBeCloseTo(0.25, 1);
    expect(ids.every((row) => row.length === 12 && row[0] === 101 && row[11] === 102)).toBe(true);
  });

  test("is the same for a seed and epoch, and different for each epoch and item", () => {
    expect(idsOf(masked(0.25, 0))).toEqual(idsOf(masked(0.25, 0)));
    expect(idsOf(masked(0.25, 0))).not.toEqual(idsOf(masked(0.25, 1)));
    const [first, second] = idsOf(masked(0.25, 0));
    expect(first).not.toEqual(second);
  });

  test("leaves everything else of the data set as it is", () => {
    const { items, ...rest } = masked(0.25, 0);
    expect({ ...rest, items: plain.items }).toEqual(plain);
    expect(items[0]).toEqual({ ...plain.items[0], inputs: items[0]?.inputs });
    expect(items[0]?.inputs.token_type_ids).toBe(plain.items[0]?.inputs.token_type_ids);
    expect(masked(0, 0)).toBe(plain);
  });

  test("is refused where the tokenizer has no mask token", () => {
    const model = { ...loadCheckpoint(tinyCheckpoint(), opTable), tokenizer: words };
    expect(maskingRefusals(model, 0.1)).toEqual([{ target: "tokenMasking", why: expect.any(String) }]);
    expect(maskingRefusals({ ...model, tokenizer: undefined }, 0.1)).toHaveLength(1);
    expect(maskingRefusals({ ...model, tokenizer: masking }, 0.1)).toEqual([]);
    expect(maskingRefusals(model, 0)).toEqual([]);
    expect(maskingRefusals(model, undefined)).toEqual([]);
    expect(() => maskTokens(plain, words, 0.1, () => rng(7))).toThrow("no mask token");
  });
});

test.each([
  [0, [0, 1, 0, 0, 0, 0, 0, 0, 0]],
  [0.3, [0.1, 0.8, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]],
])("targets smoothed by %d; rows without an item weigh nothing", (smoothing, expected) => {
  const data = {
    task: taskNamed("text-classification"),
    dataset: datasetOf([item(4, 1), item(4, undefined)]),
    teacherLogits: new Float32Array(6),
  };
  const { feeds } = trainingBatch(data, tinyGraph(), { indices: [0, 1], length: 4 }, 3, smoothing);
  const target = [...(feeds.target?.floats ?? [])];
  expect(target).toHaveLength(9);
  for (const [i, value] of expected.entries()) expect(target[i]).toBeCloseTo(value, 6);
  expect([...(feeds["row weight"]?.floats ?? [])]).toEqual([0.5, 0.5, 0]);
});

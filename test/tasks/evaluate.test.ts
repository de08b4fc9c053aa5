// Batches, collation, logits in order and scores item by item.
import { describe, expect, it } from "vitest";
import { AppError, rng } from "../../src/base/index.ts";
import type { Session } from "../../src/engine/index.ts";
import {
  batchesOf,
  bucketOf,
  type Dataset,
  type Item,
  logitsOf,
  measure,
  score,
  taskNamed,
} from "../../src/tasks/index.ts";
import { type DType, Tensor } from "../../src/tensor/index.ts";

const task = taskNamed("text-classification");
const item = (length: number, label?: number): Item => ({
  inputs: {
    input_ids: Array.from({ length }, (_, i) => length + i),
    token_type_ids: Array.from({ length }, () => 1),
  },
  pad: { input_ids: 9 },
  length,
  label,
  text: `${length}`,
});
const dataset = (lengths: readonly number[]): Dataset => ({
  path: "d",
  items: lengths.map((length, i) => item(length, i % 2)),
  labels: ["a", "b"],
  hash: "",
});

describe("batchesOf", () => {
  const random = rng(1, "lengths");
  const data = dataset(Array.from({ length: 1003 }, () => 1 + random.below(30)));

  it("takes each item once, pads to buckets and holds every item", () => {
    const batches = batchesOf(data, 16, { rng: rng(7, "epoch", 0), lengths: bucketOf });
    expect(batches.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual(
      data.items.map((_, i) => i),
    );
    for (const { indices, length } of batches) {
      const longest = Math.max(...indices.map((i) => data.items[i]?.length ?? 0));
      expect(length).toBe(bucketOf(longest));
    }
    expect(batches.filter(({ indices }) => indices.length < 16)).toHaveLength(1);
  });

  it("is the same for the same seed and different for another, and little is padding", () => {
    const of = (epoch: number) => batchesOf(data, 16, { rng: rng(7, "epoch", epoch) });
    expect(of(0)).toEqual(of(0));
    expect(of(0)).not.toEqual(of(1));
    const padded = of(0).reduce((sum, { indices, length }) => sum + indices.length * length, 0);
    const tokens = data.items.reduce((sum, { length }) => sum + length, 0);
    expect(padded / tokens).toBeLessThan(1.25);
  });

  it("does not shuffle by length alone: lengths of neighbouring batches differ", () => {
    const lengths = batchesOf(data, 16, { rng: rng(7) }).map(({ length }) => length);
    expect(lengths).not.toEqual([...lengths].sort((a, b) => a - b));
  });

  it("is in order of length without a generator, and never longer than allowed", () => {
    const lengths = batchesOf(data, 16, {
      lengths: (longest) => Math.ceil(longest / 8) * 8,
      maxLength: 30,
    }).map(({ length }) => length);
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect(lengths.at(-1)).toBe(30);
  });
});

it("buckets are exact up to 16 tokens, and less than an eighth of any is padding", () => {
  expect([1, 5, 16, 17, 31, 33, 64, 65, 500].map(bucketOf)).toEqual([1, 5, 16, 18, 32, 36, 64, 72, 512]);
  for (let longest = 17; longest < 600; longest++) {
    const length = bucketOf(longest);
    expect(length).toBeGreaterThanOrEqual(longest);
    expect((length - longest) / length).toBeLessThan(1 / 8);
  }
});

describe("collate", () => {
  it("pads items to length and empty rows to one attended position", () => {
    const { input_ids, attention_mask, token_type_ids } = task.collate([item(2), item(3)], 4, 3);
    expect(input_ids?.shape).toEqual([3, 4]);
    expect(input_ids?.numbers()).toEqual([2, 3, 9, 9, 3, 4, 5, 9, 9, 9, 9, 9]);
    expect(attention_mask?.numbers()).toEqual([1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0]);
    expect(token_type_ids?.numbers()).toEqual([1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0]);
    expect(input_ids?.dtype).toBe("i64");
  });

  it("cuts items that are longer", () => {
    expect(task.collate([item(5)], 2, 1).attention_mask?.numbers()).toEqual([1, 1]);
  });
});

/** Logits [first id, number of attended tokens]. */
const counting = (
  inputs: readonly string[],
  outputs = ["logits"],
  dtype: DType = "i64",
  sizes: readonly [number | string, number | string] = ["batch", "sequence"],
): Session => ({
  inputs: inputs.map((name) => ({ name, dtype, shape: sizes })),
  outputs: outputs.map((name) => ({ name, dtype: "f32", shape: ["batch", 2] })),
  async run(feeds) {
    expect(Object.keys(feeds)).toEqual(inputs);
    for (const feed of Object.values(feeds)) expect(feed.dtype).toBe(dtype);
    const [rows = 0, length = 0] = feeds.input_ids?.shape ?? [];
    const ids = feeds.input_ids?.numbers() ?? [];
    const mask = feeds.attention_mask?.numbers() ?? [];
    const logits = Array.from({ length: rows }, (_, row) => [
      ids[row * length] ?? 0,
      mask.slice(row * length, (row + 1) * length).reduce((a, b) => a + b, 0),
    ]);
    return { [outputs[0] ?? ""]: Tensor.floats([rows, 2], logits.flat()) };
  },
  async dispose() {},
});

describe("logitsOf", () => {
  it("gives logits in the data set's order and feeds only what is asked for", async () => {
    const lengths = [5, 1, 9, 3, 2, 7, 4];
    const seen: number[] = [];
    const logits = await logitsOf(counting(["input_ids", "attention_mask"]), task, dataset(lengths), {
      rows: 3,
      onProgress: (done) => seen.push(done),
    });
    expect([...logits]).toEqual(lengths.flatMap((length) => [length, length]));
    expect(seen).toEqual([3, 6, 7]);
  });

  it("refuses inputs that it has not, and several outputs without logits", async () => {
    const work = logitsOf(counting(["input_ids", "pixel_values"]), task, dataset([1]), { rows: 1 });
    await expect(work).rejects.toThrow(
      /the task gives input_ids, .* does not fit pixel_values of its inputs input_ids i64\[batch, sequence\]; pixel_values/,
    );
    const two = logitsOf(counting(["input_ids"], ["a", "b"]), task, dataset([1]), { rows: 1 });
    await expect(two).rejects.toThrow(
      "none of its outputs is one row of class scores for each item: a f32[batch, 2]; b f32[batch, 2]",
    );
  });

  it("stops with the signal's reason", async () => {
    const signal = AbortSignal.abort(new AppError("interrupted", "stopped"));
    await expect(
      logitsOf(counting(["input_ids"]), task, dataset([1]), { rows: 1, signal }),
    ).rejects.toMatchObject({ exitCode: 130 });
  });
});

describe("scores", () => {
  const logits = Float32Array.from([2, 1, 0, 3, 0, 1, 5, 5, 0]);
  const labels = [0, 0, 1];

  it("match hand-made numbers", () => {
    expect(score(logits, labels).correct).toEqual([1, 1, 0]);
    expect(score(logits, labels).kl).toBeUndefined();
    // hits 2 of 3; class 0: F1 = 2*2/(2+3) = 0.8, class 1: 0, class 2 does not occur
    expect(measure(task, logits, labels)).toEqual({ accuracy: 2 / 3, macroF1: 0.4 });
    expect(measure(task, logits, [0, undefined, undefined])).toEqual({ accuracy: 1, macroF1: 1 });
  });

  it("KL is sum p log(p/q) in nats, 0 for a shifted copy", () => {
    const teacher = Float32Array.from([Math.log(0.5), Math.log(0.5)]);
    const student = Float32Array.from([Math.log(0.9), Math.log(0.1)]);
    const { kl, agreement, correct } = score(student, [undefined], teacher);
    expect(kl?.[0]).toBeCloseTo(0.5 * Math.log(0.5 / 0.9) + 0.5 * Math.log(0.5 / 0.1), 6);
    expect(agreement).toEqual([1]);
    expect(correct).toBeUndefined();
    expect(
      score(
        logits.map((x) => x + 100),
        labels,
        logits,
      ).kl?.every((x) => x < 1e-6),
    ).toBe(true);
  });

  it("refuses a class beyond the model's", () => {
    expect(() => score(logits, [0, 3, 1])).toThrow(
      /item 2 of the data has the class with index 3, and the model answers with 3 classes/,
    );
  });

  it("refuses models of different classes", () => {
    expect(() => score(logits, labels, new Float32Array(6))).toThrow(/3 and 2 classes/);
  });
});

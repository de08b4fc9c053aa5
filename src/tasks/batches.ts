// Batches by length: items of similar length are padded together, so that little is computed for nothing.
import type { Rng } from "../base/index.ts";
import type { Batch, Dataset } from "./define.ts";

/** Batches that are sorted by length together, before they are shuffled. */
const windowBatches = 50;

export interface BatchOptions {
  /** Shuffles; without it the batches are in order of length. */
  readonly rng?: Rng;
  /** Rounds lengths up, for those who compile a graph for each; by default a batch is as long as its longest item. */
  readonly lengths?: (longest: number) => number;
  /** Longest padded length, in tokens. */
  readonly maxLength?: number;
  /** Puts only items of one length together: for models that cannot tell padding from text. */
  readonly alike?: boolean;
}

/** Lengths of few kinds: exact up to 16 tokens, then 8 steps to each doubling, so that less than an eighth is padding. */
export function bucketOf(longest: number): number {
  const step = 2 ** Math.max(0, Math.ceil(Math.log2(longest / 16)));
  return Math.ceil(longest / step) * step;
}

/** Each item once, `rows` to a batch; one batch may be short. */
export function batchesOf(
  dataset: Pick<Dataset, "items">,
  rows: number,
  options: BatchOptions = {},
): Batch[] {
  const { rng, lengths = (longest) => longest, maxLength = Number.POSITIVE_INFINITY } = options;
  const lengthOf = (index: number): number => dataset.items[index]?.length ?? 0;
  const order = dataset.items.map((_, index) => index);
  rng?.shuffle(order);
  const width = rng === undefined ? order.length : rows * windowBatches;
  const batches: Batch[] = [];
  for (let start = 0; start < order.length; start += width) {
    const sorted = order.slice(start, start + width).sort((a, b) => lengthOf(a) - lengthOf(b));
    for (let at = 0, end = 0; at < sorted.length; at = end) {
      const length = lengthOf(sorted[at] ?? 0);
      const fits = (i: number): boolean => !options.alike || lengthOf(sorted[i] ?? 0) === length;
      for (end = at + 1; end < Math.min(at + rows, sorted.length) && fits(end); ) end++;
      const indices = sorted.slice(at, end);
      const longest = Math.max(1, ...indices.map(lengthOf));
      batches.push({ indices, length: Math.min(lengths(longest), maxLength) });
    }
  }
  return rng === undefined ? batches : rng.shuffle(batches);
}

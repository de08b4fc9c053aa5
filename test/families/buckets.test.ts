// Buckets of distances against those that the transformers library computes, in its single precision.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as deberta from "../../src/families/deberta-v2.ts";
import * as mpnet from "../../src/families/mpnet.ts";

const reference: {
  deberta: readonly { buckets: number; most: number; rows: readonly number[] }[];
  mpnet: readonly number[];
} = JSON.parse(readFileSync("fixtures/reference/buckets.json", "utf8"));

test.each(reference.deberta)("DeBERTa: $buckets buckets up to $most", ({ buckets, most, rows }) => {
  const found = rows.map((_, i) => deberta.bucketOf(i + 1 - most, buckets, most));
  expect(found).toEqual(rows);
});

test("MPNet", () => {
  expect(reference.mpnet.map((_, i) => mpnet.bucketOf(i - 300))).toEqual(reference.mpnet);
});

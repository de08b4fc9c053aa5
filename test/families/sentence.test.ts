// Vectors of texts: the pooling that modules.json names, against numbers worked out by hand, and a real encoder.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openEngine } from "../../src/engine/index.ts";
import { loadCheckpoint } from "../../src/families/index.ts";
import { openCheckpoint } from "../../src/hub/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { failure } from "../hub/folder.ts";
import { tinyCheckpoint } from "./tiny.ts";

const bytes = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const modulesWith = (types: readonly string[], pooling: object): ReadonlyMap<string, Uint8Array> =>
  new Map([
    [
      "modules.json",
      bytes(
        types.map((type, idx) => ({
          idx,
          type: `sentence_transformers.models.${type}`,
          path: idx === 0 ? "" : `${idx}_${type}`,
        })),
      ),
    ],
    ["1_Pooling/config.json", bytes(pooling)],
  ]);

const load = (assets: ReadonlyMap<string, Uint8Array>) =>
  loadCheckpoint({ ...tinyCheckpoint({ architectures: ["BertForMaskedLM"] }), assets }, opTable);

const feeds = {
  input_ids: Tensor.of("i64", [2, 3], BigInt64Array.from([5, 6, 7, 8, 9, 0], BigInt)),
  attention_mask: Tensor.of("i64", [2, 3], BigInt64Array.from([1, 1, 1, 1, 1, 0], BigInt)),
  token_type_ids: Tensor.of("i64", [2, 3], BigInt64Array.from([0, 0, 0, 0, 0, 0], BigInt)),
};
const lengths = [3, 2];

type Rows = readonly (readonly number[])[];
const column = (rows: Rows, i: number): readonly number[] => rows.map((row) => row[i] ?? 0);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const byHand: Readonly<Record<string, (rows: Rows, i: number) => number>> = {
  cls_token: (rows, i) => rows[0]?.[i] ?? 0,
  max_tokens: (rows, i) => Math.max(...column(rows, i)),
  mean_tokens: (rows, i) => sum(column(rows, i)) / rows.length,
  mean_sqrt_len_tokens: (rows, i) => sum(column(rows, i)) / Math.sqrt(rows.length),
  weightedmean_tokens: (rows, i) =>
    sum(column(rows, i).map((value, at) => value * (at + 1))) / sum(rows.map((_, at) => at + 1)),
  lasttoken: (rows, i) => rows.at(-1)?.[i] ?? 0,
};

async function vectors(assets: ReadonlyMap<string, Uint8Array>) {
  const session = await (await openEngine()).compile(load(assets).model.graph, { threads: 1 });
  const { last_hidden_state: states, sentence_embedding: vector } = await session.run(feeds);
  await session.dispose();
  const rows = (text: number): Rows =>
    Array.from({ length: lengths[text] ?? 0 }, (_, at) =>
      Array.from(states?.floats.subarray((text * 3 + at) * 32, (text * 3 + at + 1) * 32) ?? []),
    );
  return { rows, vector };
}

test.each(Object.keys(byHand))("%s", async (mode) => {
  const { rows, vector } = await vectors(
    modulesWith(["Transformer", "Pooling"], { word_embedding_dimension: 32, [`pooling_mode_${mode}`]: true }),
  );
  const expected = [0, 1].flatMap((text) =>
    Array.from({ length: 32 }, (_, i) => byHand[mode]?.(rows(text), i) ?? Number.NaN),
  );
  expected.forEach((value, i) => {
    expect(vector?.floats[i]).toBeCloseTo(value, 5);
  });
});

test("two modes stand one after the other, at length 1 where Normalize follows", async () => {
  const pooling = { pooling_mode_mean_tokens: true, pooling_mode_cls_token: true };
  const { rows, vector } = await vectors(modulesWith(["Transformer", "Pooling", "Normalize"], pooling));
  expect(vector?.shape).toEqual([2, 64]);
  const first = Array.from(vector?.floats.subarray(0, 64) ?? []);
  expect(sum(first.map((value) => value * value))).toBeCloseTo(1, 5);
  expect((first[1] ?? 0) / (first[0] ?? 1)).toBeCloseTo((rows(0)[0]?.[1] ?? 0) / (rows(0)[0]?.[0] ?? 1), 4);
});

describe("what is not followed is refused by its name", () => {
  test.each<[string, readonly string[], object, string]>([
    [
      "a module",
      ["Transformer", "Pooling", "Dense"],
      {},
      "folder/modules.json: the module Dense is not known",
    ],
    ["no body", ["WordEmbeddings", "Pooling"], {}, "its first module is WordEmbeddings, not Transformer"],
    ["a mode", ["Transformer", "Pooling"], { pooling_mode_median: true }, "pooling_mode_median is not known"],
    [
      "a width",
      ["Transformer", "Pooling"],
      { word_embedding_dimension: 7 },
      "word_embedding_dimension is 7, and the hidden width 32",
    ],
  ])("%s", async (_, types, pooling, words) => {
    const { kind, text } = await failure(() => load(modulesWith(types, pooling)));
    expect(kind).toBe("input");
    expect(text).toContain(words);
  });
});

const real = "../shared/data/models/all-minilm-l6-v2";
test.skipIf(!existsSync(real))("a real sentence encoder (needs ../shared/data)", async () => {
  const reference = JSON.parse(readFileSync(join(real, "reference.json"), "utf8"));
  const { model, tokenizer, maxLength, assets } = loadCheckpoint(await openCheckpoint(real), opTable);
  expect(maxLength).toBe(256);
  expect([...(assets?.keys() ?? [])]).toContain("1_Pooling/config.json");
  const session = await (await openEngine()).compile(model.graph, { threads: 1 });
  const texts: readonly string[] = reference.texts ?? reference.sentences;
  const embeddings: Rows = reference.embeddings;
  for (const [i, text] of texts.entries()) {
    const ids = tokenizer?.encode(text, maxLength).inputIds ?? [];
    const row = (values: readonly number[]) =>
      Tensor.of("i64", [1, ids.length], BigInt64Array.from(values, BigInt));
    const { sentence_embedding: vector } = await session.run({
      input_ids: row(ids),
      attention_mask: row(ids.map(() => 1)),
      token_type_ids: row(ids.map(() => 0)),
    });
    const worst = Math.max(
      ...(embeddings[i] ?? [Number.NaN]).map((x, j) => Math.abs(x - (vector?.floats[j] ?? 9))),
    );
    expect(worst).toBeLessThan(1e-4);
  }
  await session.dispose();
});

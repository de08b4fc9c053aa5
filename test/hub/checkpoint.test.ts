// Opening Hugging Face folders: labels, shards, and the real folders of the shared data.
import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { noTokenizer, openCheckpoint } from "../../src/hub/index.ts";
import { failure, folderWith, rawSafetensors } from "./folder.ts";

const shard = (name: string, byte: number): Uint8Array =>
  rawSafetensors({ [name]: { dtype: "U8", shape: [1], data_offsets: [0, 1] } }, Buffer.from([byte]));
const index = (map: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ metadata: {}, weight_map: map });
const withConfig = (config: object): string =>
  folderWith({ "config.json": JSON.stringify(config), "model.safetensors": rawSafetensors({}) });

describe("labels", () => {
  test.each<[string, object, readonly string[]]>([
    [
      "id2label in the order of its numbers",
      {
        id2label: {
          "10": "k",
          "2": "c",
          "0": "a",
          "1": "b",
          "3": "d",
          "4": "e",
          "5": "f",
          "6": "g",
          "7": "h",
          "8": "i",
          "9": "j",
        },
      },
      [..."abcdefghijk"],
    ],
    ["label2id where id2label is absent", { label2id: { no: 1, yes: 0 } }, ["yes", "no"]],
    ["numbers as names", { id2label: { "0": 1, "1": 5 } }, ["1", "5"]],
    ["none", {}, []],
  ])("%s", async (_, config, expected) => {
    expect((await openCheckpoint(withConfig(config))).labels).toEqual(expected);
  });

  test.each<[string, object, string]>([
    ["a hole", { id2label: { "0": "a", "2": "c" } }, "id2label has 2 classes but none with the number 1"],
    [
      "two names for one number",
      { label2id: { a: 0, b: 0 } },
      "label2id has 2 classes but none with the number 1",
    ],
    [
      "a name that is no text",
      { id2label: { "0": null } },
      'id2label must map numbers to names, not "0" to null',
    ],
    ["no object", { label2id: [1] }, "label2id must be an object"],
  ])("%s is refused", async (_, config, message) => {
    const { kind, text } = await failure(() => openCheckpoint(withConfig(config)));
    expect(kind).toBe("input");
    expect(text).toContain(message);
  });
});

describe("shards", () => {
  test("each tensor comes from the shard that the index names", async () => {
    const folder = folderWith({
      "config.json": "{}",
      "model.safetensors.index.json": index({ a: "one.safetensors", b: "two.safetensors" }),
      "one.safetensors": shard("a", 1),
      "two.safetensors": shard("b", 2),
    });
    const { tensors } = await openCheckpoint(folder);
    expect([...tensors].map(([name, tensor]) => [name, ...tensor.numbers()])).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });

  test("links are followed, as the cache of the Hub needs", async () => {
    const blobs = folderWith({ abc: shard("a", 1) });
    const folder = folderWith({ "config.json": "{}" });
    symlinkSync(join(blobs, "abc"), join(folder, "model.safetensors"));
    expect((await openCheckpoint(folder)).tensors.get("a")?.numbers()).toEqual([1]);
  });
});

describe("weights that are no numbers", () => {
  const file = (dtype: string, bytes: Uint8Array): string =>
    folderWith({
      "config.json": "{}",
      "model.safetensors": rawSafetensors(
        { w: { dtype, shape: [2, 2], data_offsets: [0, bytes.byteLength] } },
        bytes,
      ),
    });
  const floats = (...values: readonly number[]): Uint8Array =>
    new Uint8Array(Float32Array.from(values).buffer);
  const words = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer);

  test.each<[string, string, Uint8Array, string]>([
    ["NaN in float32", "F32", floats(0, 1, Number.NaN, 2), '"w" is NaN at [1,0]'],
    ["an infinity in float32", "F32", floats(0, Number.NEGATIVE_INFINITY, 1, 2), '"w" is -Infinity at [0,1]'],
    ["an infinity in float16", "F16", words(0, 0, 0, 0x7c00), '"w" is Infinity at [1,1]'],
    ["NaN in bfloat16", "BF16", words(0x7fc0, 0, 0, 0), '"w" is NaN at [0,0]'],
    [
      "NaN in float64",
      "F64",
      new Uint8Array(Float64Array.from([0, 0, Number.NaN, 0]).buffer),
      '"w" is NaN at [1,0]',
    ],
  ])("%s is told when it is read, by the tensor", async (_, dtype, bytes, expected) => {
    const { tensors } = await openCheckpoint(file(dtype, bytes));
    const { kind, text } = await failure(() => tensors.get("w")?.bytes);
    expect(kind).toBe("input");
    expect(text).toContain(`model.safetensors: tensor ${expected}`);
  });

  test.each<[string, Uint8Array]>([
    ["F32", floats(3.4028234663852886e38, -0, 1e-45, 2)],
    ["F16", words(0x7bff, 0x8000, 1, 0xfbff)],
  ])("the largest and the smallest of %s are numbers", async (dtype, bytes) => {
    const { tensors } = await openCheckpoint(file(dtype, bytes));
    expect(tensors.get("w")?.bytes).toEqual(bytes);
  });
});

test("an adapter is told with its base model, with config.json and without", async () => {
  const adapter = {
    "adapter_config.json": JSON.stringify({ peft_type: "LORA", base_model_name_or_path: "org/base" }),
    "adapter_model.safetensors": rawSafetensors({}),
  };
  for (const files of [adapter, { ...adapter, "config.json": "{}" }]) {
    const { kind, text } = await failure(() => openCheckpoint(folderWith(files)));
    expect(kind).toBe("input");
    expect(text).toContain(
      'it is a LORA adapter of "org/base", not a whole model. Hint: merge it into its base once',
    );
  }
});

test("a byte order mark in front of JSON is passed over", async () => {
  const folder = folderWith({
    "config.json": '\uFEFF{"id2label": {"0": "a"}}',
    "model.safetensors.index.json": `\uFEFF${index({ a: "one.safetensors" })}`,
    "one.safetensors": shard("a", 1),
  });
  const { labels, tensors } = await openCheckpoint(folder);
  expect([labels, [...tensors.keys()]]).toEqual([["a"], ["a"]]);
});

test("how to make tokenizer.json is told by what is there in its place", () => {
  const old = folderWith({ "vocab.txt": "[PAD]\n" });
  expect(noTokenizer(old).describe()).toContain("make it from vocab.txt once, where Python is");
  expect(noTokenizer(join(old, "onnx", "model.onnx")).describe()).toContain("make it from vocab.txt once");
  expect(noTokenizer(folderWith()).describe()).toContain(
    "put the tokenizer.json that the model was trained with",
  );
});

const models = "../shared/data/models";
test.skipIf(!existsSync(models))(
  "a real folder opens without reading its weights (needs ../shared/data)",
  async () => {
    const { tensors, labels, tokenizer, config } = await openCheckpoint(join(models, "minilm-clinc150"));
    expect(config.model_type).toBe("bert");
    expect(labels).toHaveLength(150);
    expect(tensors.size).toBe(105);
    expect(tensors.get("classifier.weight")?.shape).toEqual([150, 384]);
    expect([...(tokenizer?.filesFor(512).keys() ?? [])]).toEqual([
      "tokenizer.json",
      "tokenizer_config.json",
      "special_tokens_map.json",
    ]);
  },
);

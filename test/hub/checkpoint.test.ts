// Opening Hugging Face folders: labels, shards, and the real folders of the shared data.
import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../src/hub/index.ts";
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

const models = "../shared/data/models";
test.skipIf(!existsSync(models))(
  "a real folder opens without reading its weights (needs ../shared/data)",
  async () => {
    const { tensors, labels, tokenizer, config } = await openCheckpoint(join(models, "minilm-clinc150"));
    expect(config.model_type).toBe("bert");
    expect(labels).toHaveLength(150);
    expect(tensors.size).toBe(105);
    expect(tensors.get("classifier.weight")?.shape).toEqual([150, 384]);
    expect([...(tokenizer?.files.keys() ?? [])]).toEqual([
      "tokenizer.json",
      "tokenizer_config.json",
      "special_tokens_map.json",
    ]);
  },
);

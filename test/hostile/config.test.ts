// Broken and hostile config.json files, and folders that are none.
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadCheckpoint } from "../../src/families/index.ts";
import { openCheckpoint } from "../../src/hub/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { failure, folderWith, rawSafetensors } from "../hub/folder.ts";

test.each<[string, string | Uint8Array, string]>([
  ["no JSON", "{\n  model_type", "config.json:2:3: it is not JSON"],
  ["an empty file", "", "config.json:1:1: it is not JSON"],
  ["a list", "[]", "config.json: it is not a JSON object"],
  ["invalid UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "config.json: it is not valid UTF-8"],
  ["a prototype", '{"a": {"__proto__": {"admin": true}}}', "config.json: the key __proto__ is refused"],
  ["nesting without end", '{"a":'.repeat(100_000), "config.json"],
  [
    "too many bytes",
    Buffer.alloc(16_000_001, 32),
    "config.json: it has 16000001 bytes; at most 16000000 are read",
  ],
  [
    "labels without order",
    '{"id2label": {"0": "a", "5": "b"}}',
    "config.json: id2label has 2 classes but none with the number 1",
  ],
])("%s is refused", async (_, content, expected) => {
  const { kind, text } = await failure(() => openCheckpoint(folderWith({ "config.json": content })));
  expect(kind).toBe("input");
  expect(text).toContain(expected);
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  ["nothing", {}, "the folder has no config.json. Hint: a Hugging Face folder has config.json"],
  [
    "an ONNX file",
    { "onnx/model.onnx": "x" },
    "the folder has no config.json. Hint: it holds an ONNX file; name that instead",
  ],
])("a folder with %s", async (_, files, expected) => {
  const { text } = await failure(() => openCheckpoint(folderWith(files)));
  expect(text).toContain(expected);
});

test("a folder that is not there, and a file in its place", async () => {
  const folder = folderWith({ file: "x" });
  expect((await failure(() => openCheckpoint(join(folder, "none")))).text).toContain(
    "none: cannot be opened: there is no such file or folder",
  );
  expect((await failure(() => openCheckpoint(join(folder, "file")))).text).toContain(
    "file: it is a file, not a Hugging Face folder",
  );
});

test("sizes beyond all reason are refused before anything is built or allocated", async () => {
  const config = {
    model_type: "bert",
    hidden_size: 2 ** 30,
    num_attention_heads: 1,
    num_hidden_layers: 1024,
    intermediate_size: 2 ** 30,
    vocab_size: 2 ** 31 - 1,
    max_position_embeddings: 2 ** 20,
  };
  const folder = folderWith({
    "config.json": JSON.stringify(config),
    "model.safetensors": rawSafetensors({}),
  });
  const checkpoint = await openCheckpoint(folder);
  const before = process.memoryUsage().arrayBuffers;
  const { kind, text } = await failure(() => loadCheckpoint(checkpoint, opTable));
  expect(kind).toBe("input");
  expect(text).toContain("bert.embeddings.word_embeddings.weight is missing");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64e6);
});

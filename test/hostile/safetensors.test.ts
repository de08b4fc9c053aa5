// Broken and hostile weight files: each rule of the format is broken once, and each refusal says what and
// where.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { openCheckpoint, readSafetensors } from "../../src/hub/index.ts";
import { failure, folderWith, rawSafetensors } from "../hub/folder.ts";

const u8 = (start: number, end: number, shape: readonly number[] = [end - start], dtype = "U8"): object => ({
  dtype,
  shape,
  data_offsets: [start, end],
});
const two = { a: u8(0, 4), b: u8(4, 8) };
const valid = rawSafetensors(two, 8);

const files: readonly [string, Uint8Array | string, string][] = [
  ["an empty file", "", "it has 0 bytes, too few for a safetensors file"],
  ["fewer bytes than a length takes", "abc", "it has 3 bytes, too few"],
  ["a header larger than the file", rawSafetensors(two, 8, 5000), "its header would end at byte 5008 of"],
  [
    "a header larger than allowed",
    rawSafetensors(two, 8, 100_000_001),
    "its header would have 100000001 bytes; at most 100000000",
  ],
  ["a header length of 2^64 - 1", Buffer.alloc(64, 255), "its header would have 18446744073709552000 bytes"],
  ["a header that is no object", rawSafetensors("[]"), "its header is not a JSON object"],
  ["spaces before the object", rawSafetensors("  {}"), "its header is not a JSON object"],
  ["a byte order mark", rawSafetensors("\ufeff{}"), "its header is not a JSON object"],
  ["a header that is no JSON", rawSafetensors('{"a":'), "it is not JSON"],
  ["bytes after the object", rawSafetensors("{}\0"), "it is not JSON"],
  [
    "invalid UTF-8",
    Buffer.concat([Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([0x7b, 0xff, 0xfe, 0x7d])]),
    "it is not valid UTF-8",
  ],
  ["a prototype", rawSafetensors('{"__proto__":{}}'), "the key __proto__ is refused"],
  [
    "a name that stands twice",
    rawSafetensors(`{"a":${JSON.stringify(u8(0, 4))},"a":${JSON.stringify(u8(0, 4))}}`, 4),
    'the key "a" stands twice in one object',
  ],
  [
    "twice, escaped once",
    rawSafetensors(`{"a":${JSON.stringify(u8(0, 4))},"\\u0061":${JSON.stringify(u8(0, 4))}}`, 4),
    'the key "a" stands twice',
  ],
  [
    "a key inside that stands twice",
    rawSafetensors('{"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}', 4),
    'the key "dtype" stands twice',
  ],
  [
    "an unknown dtype",
    rawSafetensors({ a: u8(0, 4, [4], "F8_E4M3") }, 4),
    'tensor "a" has the unknown dtype "F8_E4M3"',
  ],
  [
    "no dtype",
    rawSafetensors({ a: { shape: [4], data_offsets: [0, 4] } }, 4),
    'tensor "a" needs dtype, shape and data_offsets',
  ],
  ["no object for a tensor", rawSafetensors({ a: 3 }), 'tensor "a" needs dtype, shape and data_offsets'],
  ["a negative dimension", rawSafetensors({ a: u8(0, 4, [-2, -2]) }, 4), "of non-negative integers"],
  ["a fraction as dimension", rawSafetensors({ a: u8(0, 1, [0.5, 2]) }, 1), "of non-negative integers"],
  [
    "three offsets",
    rawSafetensors({ a: { dtype: "U8", shape: [4], data_offsets: [0, 4, 4] } }, 4),
    "needs dtype, shape and data_offsets",
  ],
  [
    "offsets that run backwards",
    rawSafetensors({ a: u8(4, 0, [4]) }, 4),
    "which takes 4 bytes, but spans -4",
  ],
  [
    "a shape that does not fill its span",
    rawSafetensors({ a: u8(0, 4, [5]) }, 4),
    'tensor "a" is U8 [5], which takes 5 bytes, but spans 4',
  ],
  [
    "a shape whose product overflows",
    rawSafetensors({ a: u8(0, 4, [2 ** 52, 2 ** 52]) }, 4),
    "bytes, but spans 4",
  ],
  ["tensors that overlap", rawSafetensors({ a: u8(0, 4), b: u8(2, 6) }, 6), 'tensor "b" starts at byte'],
  [
    "a tensor twice in the same place",
    rawSafetensors({ a: u8(0, 4), b: u8(0, 4) }, 4),
    "overlaps the tensor before it",
  ],
  [
    "a gap between tensors",
    rawSafetensors({ a: u8(0, 4), b: u8(6, 8) }, 8),
    'before tensor "b", belong to no tensor',
  ],
  ["a gap before the first", rawSafetensors({ a: u8(2, 4) }, 4), 'before tensor "a", belong to no tensor'],
  ["bytes after the last", rawSafetensors(two, 9), "belong to no tensor"],
  [
    "a name with half of a surrogate pair",
    rawSafetensors({ "\ud800": { dtype: "U8", shape: [0], data_offsets: [0, 0] } }),
    "half of a surrogate pair",
  ],
  ["a file cut short", valid.subarray(0, valid.length - 1), 'tensor "b" ends at byte'],
  [
    "metadata that is no text",
    rawSafetensors({ __metadata__: { a: 1 } }),
    "__metadata__ must map text to text",
  ],
  ["metadata that is no object", rawSafetensors({ __metadata__: 7 }), "__metadata__ must map text to text"],
  [
    "a zip under a false name",
    Buffer.from("PK\x03\x04 and more"),
    "a PyTorch archive (zip) with a pickle inside",
  ],
  ["a pickle under a false name", Buffer.from([0x80, 2, 0x7d, 0x71]), "it is a pickle, which can run code"],
  [
    "a Git LFS pointer",
    "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    "Hint: fetch them with: git lfs pull",
  ],
];

test.each(files)("%s is refused", async (_, bytes, expected) => {
  const path = join(folderWith({ "model.safetensors": bytes }), "model.safetensors");
  const { kind, text } = await failure(() => readSafetensors(path));
  expect(kind).toBe("input");
  expect(text).toContain(expected);
  expect(text).toContain(path);
});

test("whatever is cut from a valid file, or changed in it, gives tensors or a refusal", () => {
  const write = (bytes: Uint8Array): string => join(folderWith({ a: bytes }), "a");
  fc.assert(
    fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), (at, byte, length) => {
      const bytes = Buffer.from(valid);
      bytes[at] = byte;
      try {
        for (const tensor of readSafetensors(write(bytes.subarray(0, length))).values())
          expect(tensor.bytes.length).toBe(tensor.size);
      } catch (error) {
        if (!(error instanceof AppError) || error.kind !== "input") throw error;
      }
    }),
    { seed: 7, numRuns: 150 },
  );
});

describe("folders", () => {
  const index = (map: unknown): string => JSON.stringify({ weight_map: map });
  const cases: readonly [string, Readonly<Record<string, string | Uint8Array>>, string][] = [
    [
      "no weights",
      {},
      "the folder has no weights: neither model.safetensors nor model.safetensors.index.json is there",
    ],
    [
      "only a zip of pickles",
      { "pytorch_model.bin": Buffer.from("PK\x03\x04") },
      "pytorch_model.bin: it is a PyTorch archive (zip) with a pickle inside",
    ],
    [
      "only a bare pickle",
      { "pytorch_model.bin": Buffer.from([0x80, 2, 0x8a]) },
      "Hint: save it as safetensors once, where PyTorch is",
    ],
    [
      "only something called .bin",
      { "pytorch_model.bin": "?" },
      "pytorch_model.bin: minnow reads weights from safetensors files only",
    ],
    [
      "only TensorFlow weights",
      { "tf_model.h5": "\x89HDF\r\n" },
      "tf_model.h5: minnow reads weights from safetensors",
    ],
    ["only ONNX", { "onnx/model.onnx": "x" }, "it holds an ONNX file; name that instead:"],
    ["an index without a map", { "model.safetensors.index.json": "{}" }, "it has no object weight_map"],
    [
      "an index that is no JSON",
      { "model.safetensors.index.json": "{,}" },
      "model.safetensors.index.json:1:2: it is not JSON",
    ],
    [
      "a shard that is missing",
      { "model.safetensors.index.json": index({ a: "1.safetensors" }) },
      "1.safetensors: there is no such file",
    ],
    [
      "a tensor that its shard lacks",
      { "model.safetensors.index.json": index({ z: "1.safetensors" }), "1.safetensors": valid },
      'tensor "z" is not in 1.safetensors',
    ],
    ...["../secret.safetensors", "/etc/passwd", "..\\1", "..", ".", "", "c:1", "a\0b"].map(
      (file): [string, Readonly<Record<string, string>>, string] => [
        `a shard called ${JSON.stringify(file)}`,
        { "model.safetensors.index.json": index({ a: file }) },
        `tensor "a" lies in ${JSON.stringify(file)} is refused`,
      ],
    ),
    [
      "a shard called 7",
      { "model.safetensors.index.json": index({ a: 7 }) },
      'tensor "a" lies in 7, which is no file name',
    ],
  ];
  test.each(cases)("%s", async (_, content, expected) => {
    const { kind, text } = await failure(() =>
      openCheckpoint(folderWith({ "config.json": "{}", ...content })),
    );
    expect(kind).toBe("input");
    expect(text).toContain(expected);
  });

  test("a folder in place of the weights", async () => {
    const folder = folderWith({ "config.json": "{}" });
    mkdirSync(join(folder, "model.safetensors"));
    const { text } = await failure(() => openCheckpoint(folder));
    expect(text).toContain("model.safetensors: cannot be read: it is a folder");
  });
});

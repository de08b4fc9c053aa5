// Small whole inputs that mutations begin from: two or more of each format.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const text = (path) => readFileSync(join(root, path), "utf8");

/** A safetensors file of a header and as many bytes as follow. */
export function safetensorsOf(header, data) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([length, Buffer.from(header), data]);
}

const tensors = [
  {
    a: { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
    b: { dtype: "I64", shape: [], data_offsets: [24, 32] },
  },
  {
    __metadata__: { format: "pt" },
    w: { dtype: "BF16", shape: [4], data_offsets: [0, 8] },
    e: { dtype: "U8", shape: [0, 7], data_offsets: [8, 8] },
    f: { dtype: "F16", shape: [1, 2, 2], data_offsets: [8, 16] },
    g: { dtype: "BOOL", shape: [3], data_offsets: [16, 19] },
  },
];
export const safetensors = tensors.map((header, i) => ({ header, data: Buffer.alloc([32, 19][i], 1) }));

// protobuf, in the field numbers of onnx.proto
const varint = (n) => {
  let v = BigInt.asUintN(64, BigInt(n));
  const out = [];
  do {
    out.push(Number(v & 127n) | (v > 127n ? 128 : 0));
    v >>= 7n;
  } while (v > 0n);
  return Buffer.from(out);
};
const int = (id, n) => Buffer.concat([varint(id << 3), varint(n)]);
const part = (id, content) => {
  const bytes = Array.isArray(content) ? Buffer.concat(content) : Buffer.from(content);
  return Buffer.concat([varint((id << 3) | 2), varint(bytes.length), bytes]);
};
const floats = (...values) => Buffer.from(Float32Array.from(values).buffer);
const longs = (...values) => Buffer.from(BigInt64Array.from(values.map(BigInt)).buffer);
const tensor = (name, type, dims, data) =>
  part(5, [...dims.map((dim) => int(1, dim)), int(2, type), part(8, name), part(9, data)]);
const port = (id, name, dims, type = 1) => {
  const shape = dims.map((dim) => part(1, typeof dim === "string" ? [part(2, dim)] : [int(1, dim)]));
  return part(id, [part(1, name), part(2, [part(1, [int(1, type), part(2, shape)])])]);
};
const input = (...words) => port(11, ...words);
const output = (...words) => port(12, ...words);
const intAttribute = (name, value) => part(5, [part(1, name), int(3, value), int(20, 2)]);
const listAttribute = (name, ...values) =>
  part(5, [part(1, name), ...values.map((n) => int(8, n)), int(20, 7)]);
const node = (op, inputs, outputs, ...attributes) =>
  part(1, [
    ...inputs.map((one) => part(1, one)),
    ...outputs.map((one) => part(2, one)),
    part(4, op),
    ...attributes,
  ]);
const model = (...graph) =>
  Buffer.concat([
    int(1, 8),
    part(2, "seed"),
    part(7, [...graph, part(2, "g")]),
    part(8, [part(1, ""), int(2, 18)]),
  ]);

export const onnx = [
  model(
    node("MatMul", ["x", "w"], ["h"]),
    node("Add", ["h", "b"], ["s"]),
    node("Softmax", ["s"], ["y"], intAttribute("axis", -1)),
    tensor("w", 1, [2, 2], floats(1, 2, 3, 4)),
    tensor("b", 1, [2], floats(0, 1)),
    input("x", ["batch", 2]),
    output("y", ["batch", 2]),
  ),
  model(
    node("Shape", ["x"], ["s"]),
    node("Gather", ["s", "zero"], ["n"], intAttribute("axis", 0)),
    node("Concat", ["n", "two"], ["shape"], intAttribute("axis", 0)),
    node("Reshape", ["x", "shape"], ["r"]),
    node("Transpose", ["r"], ["t"], listAttribute("perm", 1, 0)),
    node("ReduceMean", ["t"], ["y"], intAttribute("keepdims", 1)),
    tensor("zero", 7, [1], longs(0)),
    tensor("two", 7, [1], longs(-1)),
    input("x", ["n", 3, 4]),
    output("y", [1, 1]),
  ),
  model(
    node("Split", ["x"], ["a", "b"], intAttribute("axis", 1), intAttribute("num_outputs", 2)),
    node("Slice", ["a", "starts", "ends"], ["c"]),
    node("Unsqueeze", ["b", "starts"], ["d"]),
    node("ConstantOfShape", ["dims"], ["e"]),
    node("Expand", ["c", "dims"], ["f"]),
    node("Cast", ["f"], ["g"], intAttribute("to", 7)),
    node("LayerNormalization", ["c", "scale"], ["y"], intAttribute("axis", -1)),
    tensor("starts", 7, [1], longs(0)),
    tensor("ends", 7, [1], longs(2)),
    tensor("dims", 7, [3], longs(3, 2, 2)),
    tensor("scale", 1, [2], floats(1, 1)),
    input("x", [4, 4]),
    output("y", [2, 2]),
    output("g", [3, 2, 2], 7),
    output("e", [3, 2, 2]),
  ),
];

export const yaml = ["quickstart.yaml", "sweep.yaml", "clinc150.yaml"]
  .map((name) =>
    text(`recipes/${name}`)
      .replace(/^teacher: .*/m, "teacher: t")
      .replace(/(train|test): [^,}\n]+/g, "$1: t.tsv"),
  )
  .concat([
    "teacher: t\ntask: { name: text-classification, test: t.tsv, label: l }\nsteps: [{ quantize: { kind: dynamic } }]\noutput: o\n",
    "a: &x { b: 1 }\nc: *x\nd: |\n  text\n  more\ne: >-\n  folded\n  text\nf: [1, 2.5, 0x1f, true, null, ~, 'q', \"\\u0041\"]\ng:\n- 1\n- - 2\n  - 3\n",
  ]);

const config = JSON.parse(text("fixtures/models/intents-teacher/config.json"));
export const configs = [
  config,
  {
    ...config,
    id2label: { 0: "no", 1: "yes" },
    label2id: { no: 0, yes: 1 },
    num_labels: 2,
    problem_type: null,
  },
];

export const tokenizers = [
  {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: "[CLS]", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "[SEP]", type_id: 0 } },
      ],
      pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
      special_tokens: {
        "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
        "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
      },
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: {
        "[PAD]": 0,
        "[UNK]": 1,
        "[CLS]": 2,
        "[SEP]": 3,
        "[MASK]": 4,
        play: 5,
        some: 6,
        "##s": 7,
        music: 8,
      },
    },
  },
  {
    added_tokens: [
      { id: 0, content: "<s>", special: true },
      { id: 1, content: "</s>", special: true },
    ],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "NFC" },
        { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
        { type: "Replace", pattern: { String: "``" }, content: '"' },
      ],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: "\\w+|[^\\w\\s]+" }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: "RobertaProcessing",
      sep: ["</s>", 1],
      cls: ["<s>", 0],
      add_prefix_space: false,
      trim_offsets: true,
    },
    decoder: { type: "ByteLevel" },
    model: {
      type: "BPE",
      unk_token: "<s>",
      merges: ["p l", "pl a", "pla y"],
      vocab: { "<s>": 0, "</s>": 1, p: 2, l: 3, a: 4, y: 5, pl: 6, pla: 7, play: 8 },
    },
  },
];

export const tables = [
  'text\tlabel\nplay some music\tplay_music\n"quoted"\tother\n',
  'text,label\n"a, b",x\n"line\nbreak",y\n"say ""hi""",z\n',
  "id;text;label\n1;a;x\n2;b;y\n",
];
export const lists = [
  [
    { text: "a", label: "x" },
    { text: "b", label: "y", more: [1, { deep: null }] },
  ],
  {
    train: [
      ["a", "x"],
      ["b", "y"],
    ],
    test: [{ text: "a", label: 0 }],
  },
];

export const reports = ["fixtures/records/plain.json"].map((path) => JSON.parse(text(path)));

const hash = "0".repeat(64);
export const locks = [
  {
    schema: "minnow.lock/1",
    inputs: {
      minnow: "0.1.0",
      code: hash,
      node: "v20",
      platform: "linux-x64",
      cpu: "x",
      threads: 2,
      seed: 7,
      recipe: { path: "r.yaml", says: hash },
      teacher: [{ path: "t/config.json", bytes: 2, sha256: hash }],
      data: [],
    },
    outputs: [
      { path: "report.json", bytes: 2, sha256: hash },
      { path: "onnx/model.onnx", bytes: 1, sha256: hash },
    ],
  },
];

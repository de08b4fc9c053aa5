// Loading a checkpoint: names that fit in other spellings, half precision, and every kind of tensor that
// does not fit.
import { describe, expect, test } from "vitest";
import { checkpointTensors, families, familyOf, loadCheckpoint } from "../../src/families/index.ts";
import { namedWeights } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { type DType, Tensor } from "../../src/tensor/index.ts";
import { failure } from "../hub/folder.ts";
import { seeded, tinyCheckpoint } from "./tiny.ts";

const load = (checkpoint = tinyCheckpoint()) => loadCheckpoint(checkpoint, opTable);
const renamed = (rename: (name: string) => string) => {
  const checkpoint = tinyCheckpoint();
  return {
    ...checkpoint,
    tensors: new Map([...checkpoint.tensors].map(([name, tensor]) => [rename(name), tensor])),
  };
};

test("a model carries the checkpoint's weights, uncopied, with its labels and limits", () => {
  const checkpoint = tinyCheckpoint();
  const model = load(checkpoint);
  expect(model.family?.name).toBe("bert");
  expect(model.maxLength).toBe(64);
  expect(model.labels).toEqual(["a", "b", "c"]);
  expect(model.warnings).toEqual([]);
  const tensors = checkpointTensors(model);
  expect(new Set(tensors.keys())).toEqual(new Set(checkpoint.tensors.keys()));
  for (const [name, tensor] of tensors) expect(tensor).toBe(checkpoint.tensors.get(name));
});

test.each<[string, (name: string) => string]>([
  ["a headless export", (name) => name.replace(/^bert\./, "")],
  [
    "the original's layer normalisation",
    (name) => name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"),
  ],
  [
    "both",
    (name) =>
      name
        .replace(/^bert\./, "")
        .replace("LayerNorm.weight", "LayerNorm.gamma")
        .replace("LayerNorm.bias", "LayerNorm.beta"),
  ],
])("names of %s are found, and given back in today's spelling", (_, rename) => {
  expect(new Set(checkpointTensors(load(renamed(rename))).keys())).toEqual(
    new Set(tinyCheckpoint().tensors.keys()),
  );
});

test.each<[DType, number]>([
  ["f16", 2 ** -11],
  ["bf16", 2 ** -8],
  ["f64", 0],
])("%s weights become float32", (dtype, tolerance) => {
  const checkpoint = tinyCheckpoint();
  for (const [name, { shape, floats }] of checkpoint.tensors)
    checkpoint.tensors.set(name, Tensor.from(dtype, shape, floats));
  const weights = namedWeights(load(checkpoint).model.graph);
  for (const [name, tensor] of weights) {
    expect(tensor.dtype).toBe("f32");
    const exact = seeded(name, tensor.shape).floats;
    const worst = tensor.floats.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (exact[i] ?? 0))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(tolerance * 0.5);
  }
});

test("weights are not read while loading", () => {
  const checkpoint = tinyCheckpoint();
  let reads = 0;
  for (const [name, { shape, bytes }] of checkpoint.tensors) {
    checkpoint.tensors.set(
      name,
      new Tensor("f32", shape, () => {
        reads++;
        return bytes;
      }),
    );
  }
  const model = load(checkpoint);
  expect(reads).toBe(0);
  checkpointTensors(model).get("classifier.bias")?.numbers();
  expect(reads).toBe(1);
});

test("buffers are passed over, other tensors are noted", () => {
  const checkpoint = tinyCheckpoint();
  checkpoint.tensors.set("bert.embeddings.position_ids", Tensor.ints([0, 1]));
  checkpoint.tensors.set("cls.predictions.bias", Tensor.floats([1], [0]));
  expect(load(checkpoint).warnings).toEqual(["folder: tensors that bert does not use: cls.predictions.bias"]);
});

describe("prefixes", () => {
  test.each<[string, (name: string) => string, string]>([
    ["torch.compile", (name) => `_orig_mod.${name}`, '41 of 41 tensors are read without "_orig_mod."'],
    ["data-parallel training", (name) => `module.${name}`, '41 of 41 tensors are read without "module."'],
    ["both", (name) => `_orig_mod.module.${name}`, "41 of 41 tensors are read without"],
    [
      "torch.compile of the encoder alone",
      (name) => name.replace(/^bert\./, "bert._orig_mod."),
      '39 of 41 tensors are read without "_orig_mod."',
    ],
  ])("of %s are taken off, which is said", (_, rename, expected) => {
    const model = load(renamed(rename));
    expect(new Set(checkpointTensors(model).keys())).toEqual(new Set(tinyCheckpoint().tensors.keys()));
    expect(model.warnings?.[0]).toContain(`folder: ${expected}`);
  });

  test("are refused where the bare name is there as well", async () => {
    const checkpoint = tinyCheckpoint();
    checkpoint.tensors.set("module.classifier.bias", seeded("x", [3]));
    const { kind, text } = await failure(() => load(checkpoint));
    expect(kind).toBe("input");
    expect(text).toContain('two tensors "classifier.bias", one of them as "module.classifier.bias"');
  });
});

test("the number of classes is read off the head where the config says nothing, and said", () => {
  const { id2label: _, ...config } = tinyCheckpoint().config;
  const checkpoint = { ...tinyCheckpoint(), config, labels: [] };
  checkpoint.tensors.set("classifier.weight", seeded("w", [5, 32]));
  checkpoint.tensors.set("classifier.bias", seeded("b", [5]));
  const model = load(checkpoint);
  expect(model.model.graph.outputs[0]?.value.type.shape).toEqual(["batch", 5]);
  expect(model.config.num_labels).toBe(5);
  expect(model.warnings).toEqual([
    "folder: config.json says neither id2label nor num_labels; classifier.weight has 5 rows, so 5 classes, " +
      "LABEL_0, LABEL_1 and so on until id2label names them",
  ]);
});

describe("what does not fit", () => {
  test("missing tensors are named, with what was probably meant", async () => {
    const { kind, text } = await failure(() =>
      load(renamed((name) => name.replace("pooler.dense.weight", "poler.dense.weight"))),
    );
    expect(kind).toBe("input");
    expect(text).toBe(
      "folder: the weights do not fit config.json: " +
        'bert.pooler.dense.weight is missing (did you mean "bert.poler.dense.weight"?). ' +
        "Hint: config.json says BertForSequenceClassification",
    );
  });

  test("of many, the first five are listed and the rest counted", async () => {
    const checkpoint = tinyCheckpoint();
    checkpoint.tensors.clear();
    const { text } = await failure(() => load(checkpoint));
    expect(text.match(/is missing/g)).toHaveLength(5);
    expect(text).toContain("; and 36 more");
  });

  test("a wrong shape is shown beside the right one", async () => {
    const checkpoint = tinyCheckpoint();
    checkpoint.tensors.set("classifier.weight", seeded("x", [4, 32]));
    const { text } = await failure(() => load(checkpoint));
    expect(text).toContain("classifier.weight is [4,32], where the config asks for [3,32]");
  });

  test("integers are no weights", async () => {
    const checkpoint = tinyCheckpoint();
    checkpoint.tensors.set("classifier.bias", Tensor.ints([1, 2, 3]));
    const { text } = await failure(() => load(checkpoint));
    expect(text).toContain("classifier.bias is i64, not a floating-point type");
  });

  test("a head that is not known is told, with those that are", async () => {
    const { text } = await failure(() =>
      load({
        ...tinyCheckpoint(),
        config: { ...tinyCheckpoint().config, architectures: ["BertForMultipleChoice"] },
      }),
    );
    expect(text).toContain(
      'folder/config.json: architectures is "BertForMultipleChoice", a head that minnow',
    );
    expect(text).toContain("known: BertForSequenceClassification, BertForTokenClassification");
  });

  test("tensors that are missing are told with the class that the config names", async () => {
    const checkpoint = tinyCheckpoint({ architectures: ["BertForMaskedLM"] });
    checkpoint.tensors.delete("bert.encoder.layer.0.output.dense.bias");
    const { text } = await failure(() => load(checkpoint));
    expect(text).toContain(
      "bert.encoder.layer.0.output.dense.bias is missing. Hint: config.json says BertForMaskedLM",
    );
  });

  test("heads that only serve the first training are left out, which is said", () => {
    const { model, warnings } = load(tinyCheckpoint({ architectures: ["BertForPreTraining"] }));
    expect(model.graph.outputs.map(({ name }) => name)).toEqual(["last_hidden_state"]);
    expect(warnings?.[0]).toContain("architectures is BertForPreTraining; its heads are left out");
  });

  const withHeads = (pruned: Readonly<Record<string, readonly number[]>>) => ({
    ...tinyCheckpoint(),
    config: { ...tinyCheckpoint().config, pruned_heads: pruned },
  });

  test("heads that were cut out are told by their key; an empty list is none", async () => {
    const { text } = await failure(() => load(withHeads({ "1": [0, 2] })));
    expect(text).toContain("folder/config.json: pruned_heads lists heads that are cut out of the weights");
    expect(load(withHeads({})).maxLength).toBe(64);
  });

  test("weights that are quantized already are told by their scheme", async () => {
    const { text } = await failure(() =>
      load(tinyCheckpoint({ quantization_config: { quant_method: "bitsandbytes", load_in_8bit: true } })),
    );
    expect(text).toContain("quantized already: it has a quantization_config (bitsandbytes)");
  });

  test.each<[string, object, string]>([
    [
      "a mistyped model_type",
      { model_type: "bret" },
      'folder/config.json: model_type "bret" is not known. Hint: did you mean "bert"?',
    ],
    ["no model_type", {}, "it has no model_type. Hint: known: bert"],
  ])("%s", async (_, config, expected) => {
    const { text } = await failure(() =>
      loadCheckpoint({ ...tinyCheckpoint(), config: { ...config } }, opTable),
    );
    expect(text).toContain(expected);
    expect(text).toContain("an ONNX export of any model can be named instead of its folder");
  });

  test.each(["bart", "deit"])("another family, %s, is told by its name", async (type) => {
    const { text } = await failure(() => load({ ...tinyCheckpoint(), config: { model_type: type } }));
    expect(text).toBe(
      `folder/config.json: ${type} is a family that minnow does not load as a folder. ` +
        `Hint: minnow loads ${families.flatMap(({ modelTypes }) => modelTypes).join(", ")}; an ONNX export of ${type} can be quantized and pruned: name its file instead`,
    );
  });

  test("a wrong key of the config is shown with the folder", async () => {
    const { text } = await failure(() =>
      load({ ...tinyCheckpoint(), config: { ...tinyCheckpoint().config, hidden_size: 0 } }),
    );
    expect(text).toContain("folder/config.json: hidden_size is 0");
  });
});

test("every declared model_type finds its family", () => {
  for (const family of families)
    for (const model_type of family.modelTypes) expect(familyOf({ model_type })).toBe(family);
});

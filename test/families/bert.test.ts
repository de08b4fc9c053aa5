// The BERT family without an engine: what it reads from a config, the graph that it makes, and the config
// of a pruned one.
import { describe, expect, test } from "vitest";
import { AppError, type Json } from "../../src/base/index.ts";
import { classesOf } from "../../src/families/classes.ts";
import { freshWeights } from "../../src/families/fresh.ts";
import { type Config, instantiate } from "../../src/families/index.ts";
import { namedWeights, print } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { axisGroups } from "../../src/passes/index.ts";
import { bert, seeded, tinyGraph } from "./tiny.ts";

const message = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError && error.kind === "input") return error.describe();
    throw error;
  }
  throw new Error("nothing failed");
};

describe("config", () => {
  test("sizes", () => {
    expect(bert.sizes(bert.tiny)).toEqual({
      hidden: 32,
      headSize: 8,
      vocabulary: 99,
      positions: 64,
      layers: [
        { heads: 4, intermediate: 64 },
        { heads: 4, intermediate: 64 },
      ],
    });
  });

  test("layers of their own size, under the key minnow", () => {
    const layers = [
      { heads: 1, intermediate: 8 },
      { heads: 3, intermediate: 24 },
    ];
    const { layers: found, headSize } = bert.sizes({ ...bert.tiny, minnow: { headSize: 16, layers } });
    expect(found).toEqual(layers);
    expect(headSize).toBe(16);
  });

  test.each<[string, Config, number]>([
    ["id2label", {}, 3],
    ["label2id", { id2label: null, label2id: { a: 0, b: 1, c: 2, d: 3 } }, 4],
    ["num_labels", { id2label: null, num_labels: 7 }, 7],
    ["transformers' default", { id2label: null }, 2],
  ])("classes from %s", (_, changes, expected) => {
    expect(classesOf({ ...bert.tiny, ...changes })).toBe(expected);
  });

  test.each<[string, Json, string]>([
    ["hidden_size", 0, "config.json: hidden_size is 0; expected a positive integer"],
    ["hidden_size", 33, "config.json: hidden_size is 33; expected a multiple of num_attention_heads (4)"],
    ["hidden_size", "32", 'hidden_size is "32"; expected a positive integer'],
    ["num_attention_heads", 2.5, "num_attention_heads is 2.5; expected a positive integer"],
    ["num_hidden_layers", 1e9, "num_hidden_layers is 1000000000; expected a positive integer up to 1024"],
    [
      "max_position_embeddings",
      1e9,
      "max_position_embeddings is 1000000000; expected a positive integer up to",
    ],
    ["vocab_size", null, "vocab_size is null; expected a positive integer"],
    ["intermediate_size", -1, "intermediate_size is -1; expected a positive integer"],
    ["type_vocab_size", 0, "type_vocab_size is 0; expected a positive integer"],
    ["num_labels", 1, ""],
    ["layer_norm_eps", -1, "layer_norm_eps is -1; expected a number from 0"],
    ["hidden_dropout_prob", 1, "hidden_dropout_prob is 1; expected a number from 0 up to, not including, 1"],
    ["hidden_act", "gelo", 'hidden_act "gelo" is not known. Hint: did you mean "gelu"?'],
    [
      "position_embedding_type",
      "relative_key",
      'position_embedding_type "relative_key" is not known. Hint: known: absolute',
    ],
    ["is_decoder", true, "is_decoder is true; expected false"],
    ["minnow", 3, "minnow is 3; expected an object"],
    ["minnow", { layers: [] }, "minnow.layers is []; expected an array of num_hidden_layers (2) objects"],
    [
      "minnow",
      {
        layers: [
          { heads: 1, intermediate: 1 },
          { heads: 0, intermediate: 1 },
        ],
      },
      "minnow.layers[1].heads is 0",
    ],
    ["minnow", { layers: [1, 2] }, "minnow.layers[0].heads is missing"],
    ["minnow", { headSize: "8" }, 'minnow.headSize is "8"; expected a positive integer'],
  ])("%s = %j", (key, value, expected) => {
    const config = { ...bert.tiny, [key]: value };
    if (expected === "") expect(() => bert.sizes(config)).not.toThrow();
    else expect(message(() => bert.sizes(config))).toContain(expected);
  });
});

describe("graph", () => {
  const ops = (graph = tinyGraph()): Readonly<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const { op } of graph.nodes) counts[op] = (counts[op] ?? 0) + 1;
    return counts;
  };

  test("inputs and output are those of a transformers export", () => {
    expect(
      print(tinyGraph())
        .split("\n")
        .filter((line) => /^(input|output)/.test(line)),
    ).toMatchInlineSnapshot(`
      [
        "input %input_ids: i64[batch,sequence]",
        "input %attention_mask: i64[batch,sequence]",
        "input %token_type_ids: i64[batch,sequence]",
        "output logits = %136",
      ]
    `);
    expect(tinyGraph().outputs[0]?.value.type).toEqual({ dtype: "f32", shape: ["batch", 3] });
  });

  test("every dense layer is a Gemm, and only attention multiplies batches of matrices", () => {
    expect(ops()).toMatchInlineSnapshot(`
      {
        "Add": 10,
        "Cast": 1,
        "Concat": 5,
        "Div": 2,
        "Erf": 2,
        "Gather": 4,
        "Gemm": 14,
        "LayerNormalization": 5,
        "MatMul": 4,
        "Mul": 7,
        "Reshape": 10,
        "Shape": 4,
        "Slice": 1,
        "Softmax": 2,
        "Sub": 1,
        "Tanh": 1,
        "Transpose": 6,
        "Unsqueeze": 1,
      }
    `);
  });

  test("no dimension is lost on the way", () => {
    for (const { op, outputs } of tinyGraph().nodes) {
      for (const { type } of outputs) expect(type.shape.join(), op).not.toContain("?");
    }
  });

  test("dropout stands where BERT has it, with its ratio, only when asked for", () => {
    const changes = { hidden_dropout_prob: 0.2, attention_probs_dropout_prob: 0.3, classifier_dropout: 0.4 };
    const graph = tinyGraph({ ...changes, num_hidden_layers: 1 }, { dropout: true });
    const ratios = graph.nodes.flatMap(({ op, inputs: [, ratio] }) =>
      op === "Dropout" && ratio ? [graph.weights.get(ratio)?.numbers()[0]?.toFixed(2)] : [],
    );
    expect(ratios).toEqual(["0.20", "0.30", "0.20", "0.20", "0.40"]);
    expect(ops(tinyGraph({ hidden_dropout_prob: 0 }, { dropout: true })).Dropout).toBe(2);
    expect(ops().Dropout).toBeUndefined();
  });

  test("a pruned config gives pruned shapes and no other constants", () => {
    const minnow = {
      headSize: 8,
      layers: [
        { heads: 1, intermediate: 16 },
        { heads: 3, intermediate: 8 },
      ],
    };
    const graph = tinyGraph({ minnow });
    const shapes = Object.fromEntries([...namedWeights(graph)].map(([name, { shape }]) => [name, shape]));
    expect(shapes["bert.encoder.layer.0.attention.self.query.weight"]).toEqual([8, 32]);
    expect(shapes["bert.encoder.layer.1.attention.output.dense.weight"]).toEqual([32, 24]);
    expect(shapes["bert.encoder.layer.1.intermediate.dense.weight"]).toEqual([8, 32]);
    const constants = (g = graph): readonly string[] =>
      [...g.weights].filter(([{ name }]) => name === undefined).map(([, tensor]) => tensor.numbers().join());
    expect(constants()).toEqual(constants(tinyGraph()));
  });

  test("heads and neurons of every layer can be cut, also of the last, which sees first tokens only", () => {
    const cuttable = axisGroups(tinyGraph()).filter(({ fixed }) => fixed === undefined);
    const of = (weight: string): readonly string[] =>
      cuttable
        .filter(({ members }) => members.some((member) => member.weight.name === weight))
        .map(({ units, members }) => `${units} of ${members.length} weights`);
    for (const layer of [0, 1]) {
      expect(of(`bert.encoder.layer.${layer}.attention.self.query.weight`)).toEqual(["4 of 7 weights"]);
      expect(of(`bert.encoder.layer.${layer}.intermediate.dense.weight`)).toEqual(["64 of 3 weights"]);
    }
  });

  test.each(["gelu", "gelu_new", "gelu_pytorch_tanh", "relu"])("activation %s", (name) => {
    expect(ops(tinyGraph({ hidden_act: name }))).toHaveProperty(
      { gelu: "Erf", relu: "Relu" }[name] ?? "Tanh",
    );
  });
});

describe("describe", () => {
  const described = (minnow: Json | undefined, base: Config = bert.tiny): Config => {
    const graph = instantiate(bert, minnow === undefined ? base : { ...base, minnow }, seeded, opTable);
    // The config that a pruning method holds: sizes of before, weights of after.
    return bert.describe(base, graph);
  };

  test("an unpruned graph is described by its config", () => {
    expect(described(undefined)).toEqual(bert.tiny);
  });

  test("a width that all layers share stays an ordinary config", () => {
    const layers = [
      { heads: 4, intermediate: 40 },
      { heads: 4, intermediate: 40 },
    ];
    expect(described({ headSize: 8, layers })).toEqual({ ...bert.tiny, intermediate_size: 40 });
  });

  test.each<[string, readonly { heads: number; intermediate: number }[]]>([
    [
      "uneven widths",
      [
        { heads: 4, intermediate: 40 },
        { heads: 4, intermediate: 48 },
      ],
    ],
    [
      "fewer heads",
      [
        { heads: 3, intermediate: 64 },
        { heads: 3, intermediate: 64 },
      ],
    ],
    [
      "uneven heads",
      [
        { heads: 4, intermediate: 64 },
        { heads: 1, intermediate: 64 },
      ],
    ],
  ])("%s are written, and read back", (_, layers) => {
    const config = described({ headSize: 8, layers: [...layers] });
    expect(config.minnow).toEqual({ headSize: 8, layers });
    expect(bert.sizes(config).layers).toEqual(layers);
    expect(described(config.minnow, config)).toEqual(config);
  });
});

test("a smaller student keeps all but the sizes", () => {
  const shape = { layers: 1, hidden: 16, heads: 2, intermediate: 24 };
  const config = bert.shrink({ ...bert.tiny, minnow: { headSize: 8 } }, shape);
  expect(bert.sizes(config)).toEqual({
    hidden: 16,
    headSize: 8,
    vocabulary: 99,
    positions: 64,
    layers: [{ heads: 2, intermediate: 24 }],
  });
  expect(config.id2label).toBe(bert.tiny.id2label);
});

test("layers are renamed by their index alone", () => {
  const layer = bert.layerOf("bert.encoder.layer.11.output.LayerNorm.bias");
  expect(layer?.index).toBe(11);
  expect(layer?.rename(2)).toBe("bert.encoder.layer.2.output.LayerNorm.bias");
  expect(bert.layerOf("bert.pooler.dense.weight")).toBeUndefined();
});

test.each<[string, "zeros" | "ones" | number]>([
  ["bert.embeddings.LayerNorm.weight", "ones"],
  ["bert.embeddings.LayerNorm.bias", "zeros"],
  ["classifier.bias", "zeros"],
  ["classifier.weight", 0.05],
])("%s starts as %s", (name, expected) => {
  const values = freshWeights({ ...bert.tiny, initializer_range: 0.05 }, 1)(name, [1000]).floats;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  if (typeof expected === "number") expect(Math.abs(deviation / expected - 1)).toBeLessThan(0.1);
  else expect(new Set(values)).toEqual(new Set([expected === "ones" ? 1 : 0]));
});

test("the projected tables are weights of the graph", () => {
  const names = namedWeights(tinyGraph());
  expect(bert.embeddings.every((name) => names.has(name))).toBe(true);
});

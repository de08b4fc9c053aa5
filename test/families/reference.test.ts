// Logits of loaded models against numbers from PyTorch: a fixture, a tiny model of the library's own, and
// a real one.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Engine, openEngine, type Session } from "../../src/engine/index.ts";
import { instantiate, loadCheckpoint } from "../../src/families/index.ts";
import { openCheckpoint } from "../../src/hub/index.ts";
import type { Graph } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { bert, seeded } from "./tiny.ts";

const sessions: Session[] = [];
let engine: Engine | undefined;
afterAll(async () => {
  for (const session of sessions) await session.dispose();
});

type Rows = readonly (readonly number[])[];
const inputNames = ["input_ids", "attention_mask", "token_type_ids"] as const;
type Inputs = Readonly<Record<(typeof inputNames)[number], Rows>>;

const ints = (rows: Rows): Tensor => {
  const width = rows[0]?.length ?? 0;
  return Tensor.of("i64", [rows.length, width], BigInt64Array.from(rows.flat(), BigInt));
};

async function logitsOf(graph: Graph, inputs: Inputs): Promise<readonly number[]> {
  engine ??= await openEngine();
  const session = await engine.compile(graph, { threads: 1 });
  sessions.push(session);
  const feeds = Object.fromEntries(inputNames.map((name) => [name, ints(inputs[name])]));
  const { logits } = await session.run(feeds);
  return logits?.numbers() ?? [];
}

const rows = (flat: readonly number[], width: number): Rows =>
  Array.from({ length: flat.length / width }, (_, i) => flat.slice(i * width, (i + 1) * width));

function expectClose(found: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(found).toHaveLength(expected.length);
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
  expect(worst).toBeLessThan(tolerance);
}

test("the fixture's step, with padding and two token types", async () => {
  const { config, inputs, logits, weights } = JSON.parse(
    readFileSync("fixtures/reference/bert_step.json", "utf8"),
  );
  const graph = instantiate(
    bert,
    config,
    (name, shape) => {
      expect(weights[name].shape).toEqual(shape);
      return Tensor.floats(shape, weights[name].data);
    },
    opTable,
  );
  const width = inputs.shape[1];
  const [input_ids, attention_mask, token_type_ids] = inputNames.map((name) => rows(inputs[name], width));
  const found = await logitsOf(graph, {
    input_ids: input_ids ?? [],
    attention_mask: attention_mask ?? [],
    token_type_ids: token_type_ids ?? [],
  });
  expectClose(found, logits.data, 1e-5);
});

const random = (activation: string) =>
  instantiate(bert, { ...bert.tiny, hidden_act: activation }, seeded, opTable);

test.each(["gelu", "gelu_new", "relu"])(
  "%s: a sequence's logits do not depend on its padding, nor on its neighbours",
  async (activation) => {
    const graph = random(activation);
    const alone = await logitsOf(graph, {
      input_ids: [[5, 6, 7]],
      attention_mask: [[1, 1, 1]],
      token_type_ids: [[0, 0, 1]],
    });
    const padded = await logitsOf(graph, {
      input_ids: [
        [9, 8, 7, 6, 5],
        [5, 6, 7, 0, 33],
      ],
      attention_mask: [
        [1, 1, 1, 1, 1],
        [1, 1, 1, 0, 0],
      ],
      token_type_ids: [
        [0, 0, 0, 0, 0],
        [0, 0, 1, 0, 1],
      ],
    });
    expectClose(padded.slice(3), alone, 1e-5);
  },
);

test("a row of padding alone gives finite logits", async () => {
  const inputs = {
    input_ids: [
      [5, 6],
      [0, 0],
    ],
    attention_mask: [
      [1, 1],
      [0, 0],
    ],
    token_type_ids: [
      [0, 0],
      [0, 0],
    ],
  };
  const logits = await logitsOf(random("gelu"), inputs);
  expect(logits.every(Number.isFinite)).toBe(true);
});

test("heads cut to nothing but their zeros give the same logits", async () => {
  // The first head's values are zero, so the graph without that head must agree.
  const cut = (tensor: Tensor, rowsOnly: boolean): Tensor => {
    const [height = 0, width = 1] = tensor.shape;
    const kept = rowsOnly ? [height - 8, ...tensor.shape.slice(1)] : [height, width - 8];
    const data = tensor.floats.filter((_, i) =>
      rowsOnly ? i >= 8 * (tensor.size / height) : i % width >= 8,
    );
    return Tensor.floats(kept, data);
  };
  const zeroed = (name: string, shape: readonly number[]): Tensor => {
    const tensor = seeded(name, shape);
    if (!/self\.value/.test(name)) return tensor;
    const stride = tensor.size / (shape[0] ?? 1);
    return Tensor.floats(
      shape,
      tensor.floats.map((value, i) => (i < 8 * stride ? 0 : value)),
    );
  };
  const full = Object.fromEntries([
    ["heads", 4],
    ["intermediate", 64],
  ]);
  const pruned = { ...full, heads: 3 };
  const config = { ...bert.tiny, minnow: { headSize: 8, layers: [pruned, pruned] } };
  const shapeOf = (name: string, shape: readonly number[]): readonly number[] =>
    /self\./.test(name)
      ? [32, ...shape.slice(1)]
      : /attention\.output\.dense\.weight/.test(name)
        ? [32, 32]
        : shape;
  const inputs = { input_ids: [[5, 6, 7]], attention_mask: [[1, 1, 1]], token_type_ids: [[0, 0, 1]] };
  const expected = await logitsOf(instantiate(bert, bert.tiny, zeroed, opTable), inputs);
  const found = await logitsOf(
    instantiate(
      bert,
      config,
      (name, shape) => {
        const whole = zeroed(name, shapeOf(name, shape));
        return whole.shape.join() === shape.join() ? whole : cut(whole, /self\./.test(name));
      },
      opTable,
    ),
    inputs,
  );
  expectClose(found, expected, 1e-5);
});

const tiny = "../shared/data/hf_tiny/bert";
test.skipIf(!existsSync(tiny))("transformers' own tiny model (needs ../shared/data)", async () => {
  const { inputs, outputs } = JSON.parse(readFileSync(join(tiny, "reference.json"), "utf8"));
  const { model, warnings } = loadCheckpoint(await openCheckpoint(tiny), opTable);
  expect(warnings).toEqual([]);
  const of = (name: string): Rows => rows(inputs[name].data, inputs[name].shape[1]);
  const feeds = {
    input_ids: of("input_ids"),
    attention_mask: of("attention_mask"),
    token_type_ids: of("token_type_ids"),
  };
  expectClose(await logitsOf(model.graph, feeds), outputs.logits.data, 1e-4);
});

const real = "../shared/data/models/minilm-clinc150";
test.skipIf(!existsSync(real))(
  "a real classifier, from its texts to its logits (needs ../shared/data)",
  async () => {
    const reference: { texts: string[]; input_ids: Rows; attention_mask: Rows; logits: Rows } = JSON.parse(
      readFileSync(join(real, "reference.json"), "utf8"),
    );
    const { model, tokenizer, labels } = loadCheckpoint(await openCheckpoint(real), opTable);
    const width = reference.input_ids[0]?.length ?? 0;
    const pad = (ids: readonly number[]): readonly number[] => [
      ...ids,
      ...Array.from({ length: width - ids.length }, () => tokenizer?.padId ?? -1),
    ];
    const input_ids = reference.texts.map((text) => pad(tokenizer?.encode(text, 64).inputIds ?? []));
    expect(input_ids).toEqual(reference.input_ids);
    const { attention_mask } = reference;
    const found = await logitsOf(model.graph, {
      input_ids,
      attention_mask,
      token_type_ids: input_ids.map((ids) => ids.map(() => 0)),
    });
    expect(labels).toHaveLength(150);
    expectClose(found, reference.logits.flat(), 2e-4);
  },
);

// Rewrites: honest ones pass, each planted fault is caught before anything is measured, and the layer that is at fault is named.
import { describe, expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import type { Bundle } from "../../src/families/index.ts";
import { Builder, type Graph, rebuild, withWeights } from "../../src/ir/index.ts";
import { type Method, methodNamed, type Rewrite } from "../../src/methods/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { askGraph } from "../../src/pipeline/parity.ts";
import { probes } from "../../src/pipeline/probe.ts";
import { checkRewrite } from "../../src/pipeline/rewrites.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { apply, tinyModel } from "../methods/world.ts";

const WIDTH = 16;
const dynamic = methodNamed("quantize.dynamic");

const random = (name: string, shape: readonly number[], size: number): Tensor => {
  const stream = rng(5, name);
  const count = shape.reduce((all, dim) => all * dim, 1);
  return Tensor.floats(
    shape,
    Float32Array.from({ length: count }, () => size * stream.normal()),
  );
};

/** Three layers of one width, so that every matrix also fits the other way. */
function layered(): Bundle {
  const b = new Builder(opTable);
  let value = b.input("x", "f32", ["batch", WIDTH]);
  for (const layer of [1, 2, 3]) {
    const weight = b.weight(`fc${layer}.weight`, random(`w${layer}`, [WIDTH, WIDTH], layer));
    const bias = b.weight(`fc${layer}.bias`, random(`b${layer}`, [WIDTH], 3 * layer));
    value = b.op("Tanh", [b.op("Gemm", [value, weight, bias], { transB: layer % 2 })]);
  }
  const weight = b.weight("head.weight", random("head", [WIDTH, 5], 1));
  const graph = b.finish({ logits: b.matmul(value, weight) });
  return { ...tinyModel(), family: undefined, model: { graph, metadata: {} } };
}

async function check(rewrite: Rewrite | undefined, made: Bundle) {
  if (!rewrite) throw new Error("no rewrite");
  const engine = await openEngine();
  const { graph } = made.model;
  const asked = await askGraph(engine, graph, probes(made), { threads: 1 });
  return checkRewrite(rewrite, { ...asked, graph }, { engine, threads: 1, step: "the step" });
}

/** What the check says of a graph in the place of what the method made. */
async function judged(method: Method, raw: object, model: Bundle, plant: (made: Graph) => Graph) {
  const bound = method.bind(raw);
  const applied = await apply(method, raw, model);
  const result = {
    ...applied.model,
    model: { ...applied.model.model, graph: plant(applied.model.model.graph) },
  };
  return check(bound.rewrite(model, { ...applied, model: result }), result);
}

const same = (graph: Graph): Graph => graph;

/** The graph with the numbers of one weight in another order. */
const reordered =
  (name: string, order: (i: number) => number) =>
  (graph: Graph): Graph => {
    const [value, tensor] = [...graph.weights].find(([one]) => one.name === name) ?? [];
    if (!value || !tensor) throw new Error(`no ${name}`);
    const numbers = tensor.numbers();
    const moved = numbers.map((_, i) => numbers[order(i)] ?? 0);
    return withWeights(graph, new Map([[name, Tensor.from(tensor.dtype, tensor.shape, moved)]]));
  };

const transposed = (i: number): number => (i % WIDTH) * WIDTH + Math.floor(i / WIDTH);

describe("int8", () => {
  test("an honest rewrite passes, far from what is allowed", async () => {
    const held = await judged(dynamic, {}, layered(), same);
    expect(held?.against).toBe("the model before it");
    expect(held?.maxDifference).toBeGreaterThan(0);
    expect(held?.maxDifference).toBeLessThan((held?.tolerance ?? 0) / 3);
    const bert = await judged(dynamic, {}, tinyModel(), same);
    expect(bert?.maxDifference).toBeLessThan((bert?.tolerance ?? 0) / 3);
  });

  const faults: readonly (readonly [string, (layer: number) => (graph: Graph) => Graph])[] = [
    ["a wrong orientation", (layer) => reordered(`fc${layer}.weight_quantized`, transposed)],
    ["scales of other channels", (layer) => reordered(`fc${layer}.weight_scale`, (i) => WIDTH - 1 - i)],
    [
      "a dropped bias",
      (layer) => (graph) =>
        rebuild(graph, opTable, {
          node: (_b, { op, inputs: [, second] }, [first]) =>
            op === "Add" && second?.name === `fc${layer}.bias` && first ? [first] : undefined,
        }),
    ],
  ];
  for (const layer of [1, 2, 3])
    test.each(faults)(`%s in layer ${layer} is caught there`, async (_name, plant) => {
      await expect(judged(dynamic, {}, layered(), plant(layer))).rejects.toMatchObject({
        kind: "gate",
        path: "the step",
        message: expect.stringContaining(`they first depart at the Gemm that reads fc${layer}.weight`),
      });
    });
});

test("rows of a table in another's place are caught there, whichever rows the ids reach", async () => {
  const rows = 1200;
  const b = new Builder(opTable);
  const ids = b.cast(b.input("ids", "i32", ["batch", "length"]), "i64");
  const hidden = b.gather(b.weight("table", random("table", [rows, WIDTH], 1)), ids);
  const graph = b.finish({ logits: b.matmul(hidden, b.weight("head", random("head", [WIDTH, 5], 1))) });
  const model = { ...tinyModel(), family: undefined, model: { graph, metadata: {} } };
  expect((await judged(dynamic, {}, model, same))?.maxDifference).toBeGreaterThan(0);
  const late = (i: number): number => (i < 2 * WIDTH ? i : (i + WIDTH) % (rows * WIDTH));
  await expect(judged(dynamic, {}, model, reordered("table_quantized", late))).rejects.toMatchObject({
    kind: "gate",
    message: expect.stringContaining("they first depart at the Gather that reads table"),
  });
});

describe("int8 of many layers, each a little off", () => {
  const deep = (layers: number): Bundle => {
    const b = new Builder(opTable);
    let value = b.input("x", "f32", ["batch", WIDTH]);
    for (let layer = 0; layer < layers; layer++)
      value = b.matmul(value, b.weight(`w${layer}`, random(`deep ${layer}`, [WIDTH, WIDTH], 0.25)));
    return { ...tinyModel(), family: undefined, model: { graph: b.finish({ logits: value }), metadata: {} } };
  };
  const wider = (graph: Graph): Graph => {
    const scales = [...graph.weights].filter(([{ name }]) => name?.endsWith("_scale"));
    const grown = scales.map(
      ([{ name = "" }, { shape, floats }]) =>
        [
          name,
          Tensor.floats(
            shape,
            floats.map((x) => 1.05 * x),
          ),
        ] as const,
    );
    return withWeights(graph, new Map(grown));
  };

  test("is told with what was allowed, and not refused, up to the size of the output", async () => {
    const held = await judged(dynamic, {}, deep(12), wider);
    expect(held?.maxDifference).toBeGreaterThan(held?.tolerance ?? 0);
  });

  test("is refused beyond that", async () => {
    await expect(judged(dynamic, {}, deep(20), wider)).rejects.toMatchObject({ kind: "gate" });
  });
});

describe.each(["heads", "neurons"])("pruned %s", (kind) => {
  const method = methodNamed(`prune.${kind}`);
  const raw = { ratio: 0.5, importance: "norm", scope: "layer" };
  const model = (): Bundle => tinyModel({ intermediate_size: 32 });

  test("answer as the model with zeros in their place does", async () => {
    const held = await judged(method, raw, model(), same);
    expect(held?.against).toMatch(/^the model before it with zeros for the (head|neuron)s that were cut$/);
    expect(held?.maxDifference).toBeLessThanOrEqual(held?.tolerance ?? 0);
  });

  test("are caught where another unit was cut than is said", async () => {
    const applied = await apply(method, raw, model());
    const units = Number(/^\d+/.exec(applied.changes[0]?.what ?? "")?.[0]);
    const changes = applied.changes.map((change, i) => {
      const others = Array.from({ length: units }, (_, unit) => unit).filter(
        (u) => !change.kept?.includes(u),
      );
      return i > 0 ? change : { ...change, kept: others };
    });
    const rewrite = method.bind(raw).rewrite(model(), { ...applied, changes });
    await expect(check(rewrite, applied.model)).rejects.toMatchObject({
      kind: "gate",
      message: expect.stringContaining("encoder.layer.0."),
    });
  });

  test("are held to the cut before it trains where fine-tuning follows", async () => {
    const finetune = { epochs: 1, batch: 8 };
    const held = await judged(method, { ...raw, finetune }, model(), same);
    expect(held?.maxDifference).toBeLessThanOrEqual(held?.tolerance ?? 0);
  });
});

describe("magnitude", () => {
  const method = methodNamed("prune.magnitude");
  test("changes nothing but to zeros where it says", async () => {
    expect(await judged(method, { sparsity: 0.5 }, layered(), same)).toEqual({
      against: "the model before it",
      maxDifference: 0,
      tolerance: 0,
    });
  });

  test.each([
    ["fc2.bias", "a vector that it does not name"],
    ["fc2.weight", "a weight that stays"],
  ])("is caught where it changes %s, %s", async (name) => {
    const plant = reordered(name, (i) => WIDTH - 1 - i);
    await expect(judged(method, { sparsity: 0.5 }, layered(), plant)).rejects.toMatchObject({
      kind: "gate",
      message: expect.stringContaining(`${name} is not what the model before it has`),
    });
  });
});

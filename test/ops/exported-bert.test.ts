// A BERT that PyTorch's exporter wrote, its sizes symbols: read, inferred, run and differentiated.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { gradientName, gradients } from "../../src/autodiff/index.ts";
import { must } from "../../src/base/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { type Graph, isStatic, print, rebuild, type ValueType } from "../../src/ir/index.ts";
import { readModelBytes } from "../../src/onnx/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

const folder = "../shared/data/hf_tiny/bert";

type Feeds = Readonly<Record<string, Tensor>>;

async function run(graph: Graph, feeds: Feeds): Promise<Feeds> {
  const session = await (await openEngine()).compile(graph, { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

/** The sum of the squares of the logits. */
const withLoss = (graph: Graph, inputs?: ReadonlyMap<string, ValueType>): Graph =>
  rebuild(graph, opTable, {
    ...(inputs && { inputs }),
    outputs(b, at) {
      const logits = at(must(graph.outputs[0], "output").value);
      return { loss: b.sum(b.mul(logits, logits), [0, 1]) };
    },
  });

const differentiate = (graph: Graph): Graph =>
  gradients(graph, {
    wrt: [...graph.weights.keys()].filter(({ name, type }) => name && type.dtype === "f32"),
  });

describe.skipIf(!existsSync(folder))("an exported BERT", () => {
  const graph = existsSync(folder)
    ? readModelBytes(readFileSync(`${folder}/onnx/model.onnx`), folder, opTable).graph
    : { inputs: [], outputs: [], nodes: [], weights: new Map<never, never>() };
  const { inputs, outputs } = JSON.parse(
    existsSync(folder) ? readFileSync(`${folder}/reference.json`, "utf8") : "{}",
  );
  const feeds: Feeds = Object.fromEntries(
    graph.inputs.map(({ name = "" }) => [name, Tensor.from("i64", inputs[name].shape, inputs[name].data)]),
  );
  const types = new Map(
    graph.inputs.map(({ name = "" }): [string, ValueType] => [
      name,
      { dtype: "i64", shape: inputs[name].shape },
    ]),
  );

  test("no size is left open", () => {
    expect(print(graph)).not.toContain("?");
    const fixed = withLoss(graph, types);
    expect(fixed.nodes.every((node) => node.outputs.every(({ type }) => isStatic(type.shape)))).toBe(true);
  });

  test("gives PyTorch's logits", async () => {
    const found = must((await run(graph, feeds)).logits, "logits").numbers();
    const worst = Math.max(...found.map((x, i) => Math.abs(x - outputs.logits.data[i])));
    expect(worst).toBeLessThan(1e-4);
  });

  test("has the same gradients with symbolic and with fixed sizes", async () => {
    const open = await run(differentiate(withLoss(graph)), feeds);
    const fixed = await run(differentiate(withLoss(graph, types)), feeds);
    expect(Object.keys(open).length).toBeGreaterThan(30);
    for (const [name, tensor] of Object.entries(fixed)) {
      const other = must(open[name], name).numbers();
      const scale = Math.max(...tensor.numbers().map(Math.abs), 1e-3);
      expect(
        Math.max(...tensor.numbers().map((x, i) => Math.abs(x - (other[i] ?? Number.NaN)))) / scale,
        name,
      ).toBeLessThan(1e-5);
    }
  });

  test("has the gradient that differences of the loss say", async () => {
    const whole = withLoss(graph, types);
    const gradient = await run(differentiate(whole), feeds);
    const chosen = [...whole.weights].filter(([{ name }]) => name && gradient[gradientName(name)]);
    const direction = (i: number, at: number): number => Math.sin(17 * i + 1.3 * at + 1);
    const moved = (step: number): Graph => {
      const weights = new Map(whole.weights);
      chosen.forEach(([value, tensor], i) => {
        weights.set(
          value,
          Tensor.from(
            "f32",
            tensor.shape,
            tensor.numbers().map((x, at) => x + step * direction(i, at)),
          ),
        );
      });
      return { ...whole, weights };
    };
    const loss = async (step: number): Promise<number> =>
      must((await run(moved(step), feeds)).loss, "loss").numbers()[0] ?? Number.NaN;
    const h = 2e-3;
    const [a, c, d, e] = [await loss(-2 * h), await loss(-h), await loss(h), await loss(2 * h)];
    const numerical = (8 * (d - c) - (e - a)) / (12 * h);
    const along = chosen.reduce((all, [{ name = "" }], i) => {
      const numbers = must(gradient[gradientName(name)], name).numbers();
      return all + numbers.reduce((sum, g, at) => sum + g * direction(i, at), 0);
    }, 0);
    expect(Math.abs(along - numerical) / Math.abs(numerical)).toBeLessThan(1e-3);
  });
});

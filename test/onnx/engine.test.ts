// Files as exporters write them: what ONNX Runtime answers for the file is what it answers for the graph that was read.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, openEngine, type Session } from "../../src/engine/index.ts";
import { readModel } from "../../src/onnx/index.ts";
import type { Draft } from "../../src/onnx/schema.ts";
import { opTable } from "../../src/ops/index.ts";
import { forExport } from "../../src/passes/index.ts";
import { Tensor } from "../../src/tensor/index.ts";
import { attribute, file, info } from "./table.ts";

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "minnow-engine-"));
  engine = await openEngine();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const node = (
  op_type: string,
  input: readonly string[],
  output: readonly string[],
  ...attributes: Draft<"AttributeProto">[]
): Draft<"NodeProto"> => ({ op_type, input, output, attribute: attributes });
const weight = (name: string, dims: readonly number[], values: readonly number[]): Draft<"TensorProto"> => ({
  name,
  dims,
  data_type: 1,
  raw_data: new Uint8Array(Float32Array.from(values).buffer),
});
const initializer = [weight("v", [3], [0.5, -0.25, 2]), weight("k", [2, 1], [0.75, -1])];

const cases: Readonly<Record<string, readonly [number, readonly Draft<"NodeProto">[]]>> = {
  "Max and Min of one, two and three": [
    18,
    [
      node("Max", ["x"], ["a"]),
      node("Max", ["a", "v", "k"], ["b"]),
      node("Min", ["x", "b"], ["c"]),
      node("Min", ["c", "k", "x"], ["d"]),
      node("Add", ["d", "b"], ["y"]),
    ],
  ],
  "Sum and Mean of one and three": [
    13,
    [
      node("Sum", ["x", "v", "k"], ["a"]),
      node("Mean", ["a", "x", "v"], ["b"]),
      node("Sum", ["b"], ["c"]),
      node("Mean", ["c"], ["y"]),
    ],
  ],
  "Gelu of opset 20, exact": [20, [node("Gelu", ["x"], ["y"])]],
  "Gelu of opset 21, by tanh": [21, [node("Gelu", ["x"], ["y"], attribute("approximate", "tanh"))]],
  "nodes out of order": [
    18,
    [node("Tanh", ["h"], ["y"]), node("Add", ["g", "v"], ["h"]), node("Mul", ["x", "k"], ["g"])],
  ],
  "second outputs that nothing reads": [
    17,
    [
      node("Dropout", ["x"], ["d", "mask"]),
      node("LayerNormalization", ["d", "v"], ["y", "mean", "deviation"], attribute("axis", -1)),
    ],
  ],
  "a mask of Dropout that is read": [
    13,
    [
      node("Dropout", ["x"], ["d", "mask"]),
      node("Where", ["mask", "v", "k"], ["w"]),
      node("Add", ["d", "w"], ["y"]),
    ],
  ],
  "second outputs that are read": [
    17,
    [
      node("LayerNormalization", ["x", "v"], ["n", "mean", "deviation"], attribute("axis", -1)),
      node("Add", ["mean", "deviation"], ["s"]),
      node("Add", ["n", "s"], ["y"]),
    ],
  ],
};

const feeds = { x: Tensor.floats([2, 3], [-3, -0.75, 0.2, 0.5, 1.25, 4]) };

async function answers(nodes: readonly Draft<"NodeProto">[], opset: number) {
  const path = join(folder, "model.onnx");
  writeFileSync(path, file({ node: nodes, initializer, input: [info("x", -1, 3)] }, { opset }));
  const { graph } = await readModel(path, opTable);
  const answer = async (session: Session): Promise<readonly number[]> => {
    const results = await session.run(feeds).finally(() => session.dispose());
    return results.y?.numbers() ?? [];
  };
  const wanted = await answer(await engine.open(path, { optimize: "none" }));
  const given = [
    await answer(await engine.compile(graph)),
    await answer(await engine.compile(forExport(graph))),
  ];
  return { graph, wanted, given };
}

describe("the graph, and what is written of it, answers as the file does", () => {
  test.each(Object.entries(cases))("%s", async (_, [opset, nodes]) => {
    const { graph, wanted, given } = await answers(nodes, opset);
    expect(graph.inputs[0]?.type.shape).toEqual(["x_0", 3]);
    expect(new Set(wanted).size).toBeGreaterThan(2);
    for (const one of given) {
      expect(one).toHaveLength(wanted.length);
      one.forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i] ?? Number.NaN, 6);
      });
    }
  });
});

test("an input without a name among several is refused", async () => {
  await expect(answers([node("Max", ["x", "", "v"], ["y"])], 18)).rejects.toThrow(
    "the Max that makes y: Max has an input without a name among several",
  );
  await expect(answers([node("Sum", [], ["y"])], 18)).rejects.toThrow("Sum needs an input");
});

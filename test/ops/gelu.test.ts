// GELU of opset 20 against PyTorch's numbers: both forms, and their first and second derivatives by the rules.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gradients } from "../../src/autodiff/index.ts";
import { must } from "../../src/base/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { Builder, type Graph, rebuild } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

interface Form {
  readonly y: readonly number[];
  readonly first: readonly number[];
  readonly second: readonly number[];
}
const reference: { readonly x: readonly number[]; readonly approximate: Readonly<Record<string, Form>> } =
  JSON.parse(readFileSync("fixtures/reference/gelu.json", "utf8"));

/** The graph with one more output: the derivative by x of the sum of an output. */
function derived(graph: Graph, of: string, name: string): Graph {
  const summed = rebuild(graph, opTable, {
    outputs: (b, at) => ({
      ...Object.fromEntries(graph.outputs.map((output) => [output.name, at(output.value)])),
      loss: b.sum(
        at(
          must(
            graph.outputs.find((output) => output.name === of),
            of,
          ).value,
        ),
        0,
      ),
    }),
  });
  return gradients(summed, { loss: "loss", wrt: summed.inputs, nameOf: () => name });
}

test.each(Object.entries(reference.approximate))("approximate %s", async (approximate, wanted) => {
  const b = new Builder(opTable);
  const x = b.input("x", "f32", [reference.x.length]);
  const forward = b.finish({ y: b.op("Gelu", [x], { approximate }) });
  const graph = derived(derived(forward, "y", "first"), "first", "second");
  const session = await (await openEngine()).compile(graph, { threads: 1 });
  const results = await session.run({ x: Tensor.floats([reference.x.length], [...reference.x]) });
  await session.dispose();
  for (const name of ["y", "first", "second"] as const) {
    const given = must(results[name], name).numbers();
    const furthest = Math.max(...wanted[name].map((value, i) => Math.abs(value - must(given[i], name))));
    expect(wanted[name]).toHaveLength(given.length);
    expect(furthest, name).toBeLessThan(1e-5);
  }
});

test("a form that ONNX does not have is refused", () => {
  const b = new Builder(opTable);
  expect(() => b.op("Gelu", [b.input("x", "f32", [2])], { approximate: "sigmoid" })).toThrow(
    'Gelu: approximate is "sigmoid", not "none" or "tanh"',
  );
});

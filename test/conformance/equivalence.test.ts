// Two ways to the same result: an op and its decomposition, a graph and what is read back from its ONNX file.
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { type Attrs, Builder, print, rebuild, type Value, verify } from "../../src/ir/index.ts";
import { encodeModel, readModelBytes } from "../../src/onnx/index.ts";
import { opTable } from "../../src/ops/index.ts";
import {
  addInputs,
  allOps,
  callsOf,
  examplesOf,
  feedsOf,
  furthest,
  graphOf,
  type OpCall,
  outputName,
  runOnce,
} from "./calls.ts";

/** The parts that stand for a call; undefined where the op says by name that it knows no gradient of this form. */
function decomposed({ def, ...call }: OpCall, b: Builder, attrs: Attrs): readonly Value[] | undefined {
  try {
    return def.decompose?.(b, { inputs: addInputs(b, { def, ...call }), attrs });
  } catch (error) {
    if (error instanceof AppError && error.message.startsWith(`${def.type}: the gradient`)) return undefined;
    throw error;
  }
}

describe("a decomposition computes what its op does", () => {
  test.each(allOps.filter((def) => def.decompose).map((def) => [def.type, def] as const))(
    "%s",
    async (_type, def) => {
      let compared = 0;
      for (const call of callsOf(def, 3)) {
        const b = new Builder(opTable);
        const attrs = opTable.attributes(def.type, call.attrs);
        const parts = decomposed(call, b, attrs);
        if (!parts) continue;
        compared++;
        const simple = b.finish(Object.fromEntries(parts.map((part, i) => [outputName(i), part])));
        expect(simple.nodes.some(({ op }) => op === def.type)).toBe(false);
        const [expected, found] = [
          await runOnce(graphOf(call), feedsOf(call)),
          await runOnce(simple, feedsOf(call)),
        ];
        for (const [name, tensor] of Object.entries(expected)) {
          expect(found[name]?.shape, call.title).toEqual(tensor.shape);
          expect(furthest(found[name] ?? tensor, tensor), call.title).toBeLessThan(1e-5);
        }
      }
      expect(compared).toBeGreaterThan(0);
    },
  );
});

/** The graph as its ONNX file says it. */
function reread(call: OpCall): void {
  const graph = verify(graphOf(call), call.title);
  const { bytes } = encodeModel({ graph, metadata: { title: call.title } }, opTable);
  const model = readModelBytes(Buffer.concat(bytes), call.title, opTable);
  expect(print(model.graph)).toBe(print(graph));
  expect(model.metadata).toEqual({ title: call.title });
  expect(print(rebuild(graph, opTable))).toBe(print(graph));
}

test.each(allOps.map((def) => [def.type, def] as const))("%s comes back from an ONNX file", (_type, def) => {
  for (const call of examplesOf(def)) reread(call);
});

// Axes by experiment: where an op says one axis, cutting it everywhere gives the cut of the output.
import { describe, expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import type { Graph, Node, Value } from "../../src/ir/index.ts";
import { sizeOf, Tensor } from "../../src/tensor/index.ts";
import {
  allOps,
  callsOf,
  feedsOf,
  furthest,
  graphOf,
  inputName,
  type OpCall,
  outputName,
  runOnce,
} from "./calls.ts";

type Places = ReturnType<NonNullable<OpCall["def"]["axes"]>>[number];

/** The steps of an axis that a cut keeps; each step is `block` consecutive indices. */
interface Cut {
  readonly axis: number;
  readonly block: number;
}

const kept = (length: number, { block }: Cut, gone: number): readonly number[] =>
  [...Array(length).keys()].filter((index) => Math.floor(index / block) !== gone);

/** The numbers without step `gone` of the axis: zeroed when `zero`, else left out. */
function along(tensor: Tensor, cut: Cut, gone: number, zero: boolean): Tensor {
  const { axis } = cut;
  const length = tensor.shape[axis] ?? 1;
  const inner = sizeOf(tensor.shape.slice(axis + 1));
  const keep = new Set(kept(length, cut, gone));
  const stays = (at: number): boolean => keep.has(Math.floor(at / inner) % length);
  const numbers = tensor.numbers();
  if (zero)
    return Tensor.from(
      tensor.dtype,
      tensor.shape,
      numbers.map((x, at) => (stays(at) ? x : 0)),
    );
  const shape = tensor.shape.map((dim, i) => (i === axis ? keep.size : dim));
  return Tensor.from(
    tensor.dtype,
    shape,
    numbers.filter((_, at) => stays(at)),
  );
}

/** Cuts `values` of the given places; `before` names a value's cuts. */
function cutAll(value: Value, tensor: Tensor, places: Places, gone: number, zero: boolean): Tensor {
  return places
    .filter((place) => place.value === value)
    .reduce((all, place) => along(all, place, gone, zero), tensor);
}

/** The call on cut inputs; a fixed input that spells the output's shape spells the new one. */
function cutCall(
  call: OpCall,
  node: Node,
  feeds: Readonly<Record<string, Tensor>>,
  places: Places,
  gone: number,
  zero: boolean,
): readonly [OpCall, Record<string, Tensor>] {
  const shape = node.outputs[0]?.type.shape ?? [];
  const cutShape = shape.map((dim, axis) => {
    const cut = places.find((place) => place.value === node.outputs[0] && place.axis === axis);
    return cut ? kept(Number(dim), cut, gone).length : Number(dim);
  });
  const cutFeeds: Record<string, Tensor> = {};
  const inputs = call.inputs.map((input, i) => {
    const value = node.inputs[i];
    if (!value || !input) return input;
    if (input instanceof Tensor) {
      const numbers = input.numbers();
      const spells =
        numbers.length === shape.length &&
        input.dtype === "i64" &&
        numbers.every((x, at) => x <= 0 || x === shape[at]);
      if (spells && !zero) return Tensor.ints(numbers.map((x, at) => (x <= 0 ? x : (cutShape[at] ?? x))));
      return cutAll(value, input, places, gone, zero);
    }
    const cut = cutAll(value, feeds[inputName(i)] ?? Tensor.ints(0), places, gone, zero);
    cutFeeds[inputName(i)] = cut;
    return { dtype: input.dtype, shape: cut.shape };
  });
  return [{ ...call, inputs }, cutFeeds];
}

async function holds(call: OpCall, graph: Graph, node: Node, places: Places): Promise<boolean> {
  const steps = new Set(places.map(({ value, axis, block }) => Number(value.type.shape[axis]) / block));
  const [length = 0] = steps;
  expect([...steps], `${call.title}: its places have equally many steps`).toEqual([length]);
  if (length < 2) return false;
  expect(Number.isInteger(length), call.title).toBe(true);
  const gone = rng(1, call.title).below(length);
  const feeds = feedsOf(call);
  const contracted = places.every(({ value }) => !node.outputs.includes(value));
  const [zeroed, zeroFeeds] = cutCall(call, node, feeds, places, gone, true);
  const whole = await runOnce(graphOf(contracted ? zeroed : call), contracted ? zeroFeeds : feeds);
  const [cut, cutFeeds] = cutCall(call, node, feeds, places, gone, false);
  const results = await runOnce(graphOf(cut), cutFeeds);
  for (const [i, { value }] of graph.outputs.entries()) {
    const expected = cutAll(value, whole[outputName(i)] ?? Tensor.ints(0), places, gone, false);
    const found = results[outputName(i)] ?? Tensor.ints(0);
    const cuts = places.map(({ axis, block }) => `${axis}/${block}`);
    const title = `${call.title}, ${contracted ? "contracted" : "kept"} ${cuts}`;
    expect(found.shape, title).toEqual(expected.shape);
    expect(furthest(found, expected), title).toBeLessThan(1e-5);
  }
  return true;
}

/** Checks every link of a call; how many had something to cut. */
async function checked(call: OpCall): Promise<number> {
  const graph = graphOf(call);
  const [node] = graph.nodes;
  let count = 0;
  if (!node) return count;
  for (const places of call.def.axes?.(node) ?? []) if (await holds(call, graph, node, places)) count++;
  return count;
}

const withAxes = allOps.filter((def) => def.axes);

describe("axes", () => {
  test.each(withAxes.map((def) => [def.type, def] as const))("%s", async (_type, def) => {
    let count = 0;
    for (const call of callsOf(def, 2)) count += await checked(call);
    expect(count, "links that were cut").toBeGreaterThan(0);
  });

  test("ops that say nothing of their axes are these", () => {
    expect(
      allOps
        .filter((def) => !def.axes)
        .map(({ type }) => type)
        .join(" "),
    ).toMatchInlineSnapshot(
      `"com.microsoft.FusedMatMul GatherElements ScatterND GatherND ScatterElements Shape ConstantOfShape Range Size NonZero OneHot EyeLike DynamicQuantizeLinear MatMulInteger DequantizeLinear QuantizeLinear"`,
    );
  });
});

// Axes by experiment: where an op says one axis, cutting it everywhere gives the cut of the output.
import { describe, expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import type { Graph, Node, Value } from "../../src/ir/index.ts";
import type { AxisPlace } from "../../src/ops/index.ts";
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

type Places = readonly Cut[];

/** One place of a link whose axis has so many steps. */
interface Cut extends AxisPlace {
  readonly steps: number;
}

/** The step of the shared axis that an index belongs to, reckoned one index after the other. */
function stepOf({ block, from, steps }: Cut, index: number): number | undefined {
  let step = 0;
  for (let at = (from ?? 0) + block; at <= index; at += block) step++;
  if (from === undefined) return step % steps;
  return index >= from && step < steps ? step : undefined;
}

const kept = (length: number, cut: Cut, gone: number): readonly number[] =>
  [...Array(length).keys()].filter((index) => stepOf(cut, index) !== gone);

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

/** The call on cut inputs; integers that spell a cut axis spell what is left of it. */
function cutCall(
  call: OpCall,
  node: Node,
  feeds: Readonly<Record<string, Tensor>>,
  places: Places,
  gone: number,
  zero: boolean,
): readonly [OpCall, Record<string, Tensor>] {
  const spelled = zero ? [] : (call.def.spells?.(node) ?? []);
  const cutFeeds: Record<string, Tensor> = {};
  const inputs = call.inputs.map((input, i) => {
    const value = node.inputs[i];
    if (!value || !input) return input;
    if (input instanceof Tensor) {
      const numbers = [...input.numbers()];
      for (const { input: at, element, value: of, axis, until } of spelled) {
        const place = places.find((one) => one.value === of && one.axis === axis);
        const length = Number(of.type.shape[axis]);
        if (at === i && place) numbers[element] = kept(until ?? length, place, gone).length;
      }
      return cutAll(value, Tensor.from(input.dtype, input.shape, numbers), places, gone, zero);
    }
    const cut = cutAll(value, feeds[inputName(i)] ?? Tensor.ints(0), places, gone, zero);
    cutFeeds[inputName(i)] = cut;
    return { dtype: input.dtype, shape: cut.shape };
  });
  return [{ ...call, inputs }, cutFeeds];
}

async function holds(call: OpCall, graph: Graph, node: Node, link: readonly AxisPlace[]): Promise<boolean> {
  const ofPlace = ({ value, axis, block }: AxisPlace): number => Number(value.type.shape[axis]) / block;
  const length = Math.min(...link.filter(({ from }) => from === undefined).map(ofPlace));
  const places = link.map((place): Cut => ({ ...place, steps: length }));
  const whole = (place: Cut): boolean => Number.isInteger(ofPlace(place) / length);
  expect(
    places.every((place) => place.from !== undefined || whole(place)),
    call.title,
  ).toBe(true);
  if (length < 2) return false;
  expect(Number.isInteger(length), call.title).toBe(true);
  const gone = rng(1, call.title).below(length);
  const feeds = feedsOf(call);
  const contracted = places.every(({ value }) => !node.outputs.includes(value));
  const [zeroed, zeroFeeds] = cutCall(call, node, feeds, places, gone, true);
  const all = await runOnce(graphOf(contracted ? zeroed : call), contracted ? zeroFeeds : feeds);
  const [cut, cutFeeds] = cutCall(call, node, feeds, places, gone, false);
  const results = await runOnce(graphOf(cut), cutFeeds);
  for (const [i, { value }] of graph.outputs.entries()) {
    const expected = cutAll(value, all[outputName(i)] ?? Tensor.ints(0), places, gone, false);
    const found = results[outputName(i)] ?? Tensor.ints(0);
    const cuts = places.map(({ axis, block, from = "" }) => `${axis}/${block}/${from}`);
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
      `"com.microsoft.FusedMatMul ScatterND GatherND ScatterElements Shape Range Size NonZero OneHot EyeLike DynamicQuantizeLinear MatMulInteger DequantizeLinear QuantizeLinear"`,
    );
  });
});

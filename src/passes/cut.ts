// Cutting: the graph without some units of axis groups, its weights smaller and the integers that spell those axes rewritten.
import { AppError, defect, must } from "../base/index.ts";
import {
  type Builder,
  type Dim,
  type Graph,
  type Node,
  product,
  quotient,
  rebuild,
  type Value,
} from "../ir/index.ts";
import { type AxisSpelling, opDef, opTable } from "../ops/index.ts";
import { Tensor, take } from "../tensor/index.ts";
import type { AxisGroup } from "./axis-groups.ts";
import { NONE, nameOf } from "./axis-labels.ts";

/** Whether each index of an axis (of one period where its length is a symbol) stays. */
type Stays = readonly boolean[];
type Cuts = ReadonlyMap<Value, ReadonlyMap<number, Stays>>;

/**
 * The graph with only the kept units of each group; an AppError `input` that names the node where a length is used in a way
 * that does not follow.
 */
export function cutUnits(
  graph: Graph,
  groups: readonly AxisGroup[],
  keep: readonly (readonly number[])[],
): Graph {
  const cuts = cutsOf(graph, groups, keep);
  return rebuild(graph, opTable, {
    weight: (value, tensor) =>
      [...(cuts.get(value) ?? [])].reduce(
        (part, [axis, stays]) => take(part, axis, indicesOf(stays)),
        tensor,
      ),
    node: (b, node, inputs) => cutNode(b, node, inputs, cuts),
  });
}

/** The groups, fixed where one unit less cannot be spelled in the graph: nothing is spent on them. */
export function withCutsTried(graph: Graph, groups: readonly AxisGroup[]): readonly AxisGroup[] {
  const whyNot = (some: readonly AxisGroup[]): string | undefined => {
    try {
      const one = (units: number): readonly number[] => [...Array(units).keys()].slice(1);
      cutUnits(
        graph,
        some,
        some.map(({ units }) => one(units)),
      );
      return undefined;
    } catch (error) {
      if (error instanceof AppError && error.kind === "input") return error.message;
      throw error;
    }
  };
  const free = groups.filter((group) => group.fixed === undefined);
  if (whyNot(free) === undefined) return groups;
  return groups.map((group) => ({ ...group, fixed: group.fixed ?? whyNot([group]) }));
}

function cutsOf(graph: Graph, groups: readonly AxisGroup[], keep: readonly (readonly number[])[]): Cuts {
  const cuts = new Map<Value, Map<number, Stays>>();
  groups.forEach(({ axes, members }, g) => {
    if (members.some(({ weight }) => !graph.weights.has(weight))) throw defect("a group of another graph");
    const kept = new Set([NONE, ...must(keep[g], "kept units")]);
    for (const [value, row] of axes)
      for (const [axis, units] of row) {
        const own = cuts.get(value) ?? new Map<number, Stays>();
        cuts.set(value, own);
        const before = own.get(axis);
        own.set(
          axis,
          Array.from(units, (unit, i) => kept.has(unit) && (before?.[i] ?? true)),
        );
      }
  });
  return cuts;
}

const indicesOf = (stays: Stays): readonly number[] => stays.flatMap((stay, i) => (stay ? [i] : []));

const count = (stays: Stays): number => stays.filter(Boolean).length;

/** Length of an axis, up to `until` where that is given, after the cut; undefined where nothing is cut. */
function lengthAfter(cuts: Cuts, value: Value, axis: number, until?: number): Dim | undefined {
  const [stays, length] = [cuts.get(value)?.get(axis), value.type.shape[axis]];
  if (!stays || length === undefined) return undefined;
  if (typeof length === "number") return count(stays.slice(0, until));
  return product([quotient(length, stays.length) ?? 1, count(stays)]);
}

function cutNode(
  b: Builder,
  node: Node,
  given: readonly (Value | undefined)[],
  cuts: Cuts,
): readonly Value[] {
  const inputs = [...given];
  const spellings = opDef(node.op).spells?.(node) ?? [];
  for (const spelling of spellings) respell(b, node, inputs, spelling, cuts);
  refuseCounting(node, inputs);
  const outputs = b.opN(node.op, inputs, node.attrs, node.outputs.length, node.name);
  node.outputs.forEach((old, i) => {
    const shape = outputs[i]?.type.shape ?? [];
    old.type.shape.forEach((dim, axis) => {
      const wanted = lengthAfter(cuts, old, axis) ?? dim;
      const open = typeof dim === "string" && dim.includes("?");
      if (shape[axis] !== wanted && !open)
        throw refusal(node, `it would make [${shape}] of what was [${old.type.shape}]`);
    });
  });
  return outputs;
}

const refusal = (node: Node, what: string): AppError => new AppError("input", `${nameOf(node)}: ${what}`);

/** Lets an integer among a node's inputs spell the axis as it is after the cut. */
function respell(
  b: Builder,
  node: Node,
  inputs: (Value | undefined)[],
  { input, element, value, axis, until }: AxisSpelling,
  cuts: Cuts,
): void {
  const wanted = lengthAfter(cuts, value, axis, until);
  const integers = inputs[input];
  if (wanted === undefined || !integers || integers.type.known?.[element] === wanted) return;
  const written = withElement(b, integers, element, wanted);
  if (!written) throw refusal(node, `its input ${input} spells a length in a way that is not known`);
  inputs[input] = written;
}

/** Integers with another number at one place; undefined where what makes them cannot be followed. */
function withElement(b: Builder, integers: Value, element: number, wanted: Dim): Value | undefined {
  const { dtype, shape, known } = integers.type;
  const after = known?.map((item, i) => (i === element ? wanted : item));
  if (after?.every((item): item is number => typeof item === "number") && isFixed(shape))
    return b.constant(Tensor.from(dtype, shape, after));
  const node = b.producer(integers);
  const first = node?.inputs[0];
  if (!node || !first) return undefined;
  const again = (inputs: readonly (Value | undefined)[]): Value =>
    b.op(node.op, inputs, node.attrs, node.name);
  const sameElements = first.type.shape.length <= 1 && first.type.known?.length === known?.length;
  if (opDef(node.op).moves && sameElements) {
    const changed = withElement(b, first, element, wanted);
    return changed && again([changed, ...node.inputs.slice(1)]);
  }
  if (node.op === "Concat") return inConcat(b, node.inputs, element, wanted, again);
  if (node.op === "Where") return inWhere(b, node.inputs, element, wanted, again);
  if (node.op === "Mul") return inProduct(b, node.inputs, wanted, again);
  return undefined;
}

const isFixed = (shape: readonly Dim[]): shape is readonly number[] =>
  shape.every((dim) => typeof dim === "number");

type Again = (inputs: readonly (Value | undefined)[]) => Value;

function inConcat(
  b: Builder,
  parts: readonly (Value | undefined)[],
  element: number,
  wanted: Dim,
  again: Again,
): Value | undefined {
  let at = element;
  for (const [i, part] of parts.entries()) {
    const length = part?.type.shape[0];
    if (!part || typeof length !== "number") return undefined;
    if (at < length) {
      const changed = withElement(b, part, at, wanted);
      return changed && again(parts.with(i, changed));
    }
    at -= length;
  }
  return undefined;
}

/** Exporters choose between a shape and ones, element by element. */
function inWhere(
  b: Builder,
  [test, yes, no]: readonly (Value | undefined)[],
  element: number,
  wanted: Dim,
  again: Again,
): Value | undefined {
  const chosen = test?.type.known?.[element];
  const branch = chosen ? yes : no;
  if (typeof chosen !== "number" || !branch || branch.type.known?.length !== test?.type.known?.length)
    return undefined;
  const changed = withElement(b, branch, element, wanted);
  return changed && again(chosen ? [test, changed, no] : [test, yes, changed]);
}

/** One of two factors is a number. */
function inProduct(
  b: Builder,
  factors: readonly (Value | undefined)[],
  wanted: Dim,
  again: Again,
): Value | undefined {
  for (const [i, factor] of factors.entries()) {
    const [number, other] = [factor?.type.known, factors[1 - i]?.type.known];
    if (!factor || number?.length !== 1 || typeof number[0] !== "number" || other?.length !== 1) continue;
    const changed = other[0] === undefined ? undefined : quotient(wanted, other[0]);
    if (typeof changed !== "number") continue;
    return again(factors.with(i, b.constant(Tensor.from(factor.type.dtype, [...fixed(factor)], [changed]))));
  }
  return undefined;
}

const fixed = ({ type: { shape } }: Value): readonly number[] => shape.map(Number);

/** A length that is computed with, as the root of a head's size is, is no length alone: it must not change. */
function refuseCounting(node: Node, inputs: readonly (Value | undefined)[]): void {
  if (opDef(node.op).spells || node.outputs.some(({ type }) => type.known)) return;
  for (const [i, old] of node.inputs.entries()) {
    const now = inputs[i]?.type.known;
    const changed = old?.type.known?.some((item, at) => item !== now?.[at]);
    if (old?.type.known && changed) throw refusal(node, "it computes with a length that would change");
  }
}

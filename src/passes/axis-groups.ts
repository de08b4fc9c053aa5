// Axis groups: which axes of which weights are the same axis, so that they can only be cut together. Found from the ops' own links.
import { type Graph, type Node, product, type Value } from "../ir/index.ts";
import { opDef } from "../ops/index.ts";
import { isFloat } from "../tensor/index.ts";

export interface GroupMember {
  readonly weight: string;
  readonly axis: number;
  /** Consecutive indices of the axis that make one unit of the group (the head size, for heads). */
  readonly block: number;
  /** True where a product sums over this axis: the unit's effect on the output passes here. */
  readonly contracted: boolean;
}

export interface AxisGroup {
  /** Number of units that can be kept or cut. */
  readonly units: number;
  readonly members: readonly GroupMember[];
  /** Why the group cannot be cut; undefined when it can. */
  readonly fixed: string | undefined;
}

interface Cell {
  readonly value: Value;
  readonly axis: number;
  parent: Cell;
  /** Indices of this cell per index of its parent. */
  ratio: number;
  fixed: string | undefined;
}

/** All groups that contain a weight, in the order of their first weight. */
export function axisGroups(graph: Graph): readonly AxisGroup[] {
  const cells = new Map<Value, Cell[]>();
  const contracted = new Set<Cell>();
  const cellOf = (value: Value, axis: number): Cell => {
    const row = cells.get(value) ?? [];
    cells.set(value, row);
    const found = row[axis];
    if (found) return found;
    const cell = { value, axis, ratio: 1, fixed: undefined } as unknown as Cell;
    cell.parent = cell;
    row[axis] = cell;
    return cell;
  };
  for (const node of graph.nodes) linkNode(node, cellOf, contracted);
  for (const { name, type } of graph.inputs)
    for (const [axis] of type.shape.entries()) {
      const input = graph.inputs.find((one) => one.name === name);
      if (input) fix(cellOf(input, axis), `it is an axis of the input ${name}`);
    }
  for (const { name, value } of graph.outputs)
    for (const [axis] of value.type.shape.entries())
      fix(cellOf(value, axis), `it is an axis of the output ${name}`);
  return collect(graph, cells, contracted);
}

function linkNode(node: Node, cellOf: (value: Value, axis: number) => Cell, contracted: Set<Cell>): void {
  const links = opDef(node.op).axes?.(node) ?? [];
  const covered = new Set<Cell>();
  for (const link of links) {
    const [first, ...rest] = link;
    if (!first) continue;
    const inputsOnly = link.every(({ value }) => !node.outputs.includes(value));
    for (const place of link) {
      const cell = cellOf(place.value, place.axis);
      covered.add(cell);
      if (inputsOnly) contracted.add(cell);
    }
    for (const place of rest)
      unite(cellOf(first.value, first.axis), first.block, cellOf(place.value, place.axis), place.block);
  }
  for (const value of [...node.inputs, ...node.outputs]) {
    if (!value || !isFloat(value.type.dtype)) continue;
    value.type.shape.forEach((dim, axis) => {
      if (dim !== 1 && !covered.has(cellOf(value, axis)))
        fix(cellOf(value, axis), `${node.op} works across it`);
    });
  }
}

/** The root of a cell and the cell's indices per root index. */
function root(cell: Cell): { readonly cell: Cell; readonly ratio: number } {
  let ratio = 1;
  let at = cell;
  while (at.parent !== at) {
    ratio *= at.ratio;
    at = at.parent;
  }
  return { cell: at, ratio };
}

/** Says that `blockA` indices of a go with `blockB` indices of b. The root is the coarser of the two. */
function unite(a: Cell, blockA: number, b: Cell, blockB: number): void {
  const [ra, rb] = [root(a), root(b)];
  const perStepA = blockA / ra.ratio;
  const perStepB = blockB / rb.ratio;
  if (ra.cell === rb.cell) {
    if (perStepA !== perStepB) fix(ra.cell, "its parts are linked in two ways");
    return;
  }
  const [child, parent, ratio] =
    perStepA >= perStepB ? [ra.cell, rb.cell, perStepA / perStepB] : [rb.cell, ra.cell, perStepB / perStepA];
  child.parent = parent;
  child.ratio = ratio;
  if (child.fixed) fix(parent, child.fixed);
}

function fix(cell: Cell, why: string): void {
  root(cell).cell.fixed ??= why;
}

function collect(
  graph: Graph,
  cells: ReadonlyMap<Value, readonly Cell[]>,
  contracted: ReadonlySet<Cell>,
): AxisGroup[] {
  const groups = new Map<Cell, { members: GroupMember[]; units: number }>();
  for (const value of graph.weights.keys()) {
    for (const cell of cells.get(value) ?? []) {
      if (!cell || value.name === undefined) continue;
      const { cell: top, ratio } = root(cell);
      const length = Number(product([value.type.shape[cell.axis] ?? 1]));
      if (length === 1) continue;
      const group = groups.get(top) ?? { members: [], units: length / ratio };
      group.members.push({
        weight: value.name,
        axis: cell.axis,
        block: ratio,
        contracted: contracted.has(cell),
      });
      groups.set(top, group);
    }
  }
  return [...groups].map(([top, { members, units }]) => ({
    units,
    members,
    fixed: Number.isInteger(units) ? top.fixed : "its length is not a whole number of units",
  }));
}

// Axis groups: which indices of which weights can only be cut together, and what their units are to the graph.
import { type Graph, type Node, producersOf, type Value } from "../ir/index.ts";
import { AxisLabels, type AxisLink, type AxisView, axisView, NONE, nameOf } from "./axis-labels.ts";

export interface GroupMember {
  readonly weight: Value;
  readonly axis: number;
  /** The unit of each index; -1 for an index that stays whatever is cut. */
  readonly units: Int32Array;
  /** True where a product sums over this axis: the unit's effect on the output passes here. */
  readonly contracted: boolean;
}

export interface AxisGroup {
  /** Number of units that can be kept or cut. */
  readonly units: number;
  /** In the order of the graph's weights. */
  readonly members: readonly GroupMember[];
  /** All axes that are cut with the group, weights' and others', with the unit of each index (of one period where its length is a symbol). */
  readonly axes: ReadonlyMap<Value, ReadonlyMap<number, Int32Array>>;
  /**
   * Where products of two computed values, as attention's are, meet the units: each has products of its own (`apart`: heads),
   * or units are summed or listed by them (`inside`: indices of one head); undefined: no such product meets them.
   */
  readonly attention: "apart" | "inside" | undefined;
  /** Whether a product makes the units' values; those of a table's width are looked up. */
  readonly made: boolean;
  /** Why the group cannot be cut; undefined when it can. */
  readonly fixed: string | undefined;
}

/** One group for each axis of a weight that a product sums over; every axis is in one group. */
export function axisGroups(graph: Graph): readonly AxisGroup[] {
  const view = axisView(graph);
  const producers = producersOf(graph);
  const groups: AxisGroup[] = [];
  const seen = new Map<Value, Set<number>>();
  for (const node of graph.nodes)
    for (const link of view.links(node))
      for (const { value, axis } of link) {
        if (!isSum(link, node) || !view.constants.has(value) || seen.get(value)?.has(axis)) continue;
        const labels = new AxisLabels(view, value, axis);
        for (const [other, row] of labels.axes)
          seen.set(other, new Set([...(seen.get(other) ?? []), ...row.keys()]));
        const group = groupOf(view, producers, labels, [value, axis]);
        if (group) groups.push(group);
      }
  return groups;
}

/** A link that no output has: the op sums over its axis. */
const isSum = (link: AxisLink, { outputs }: Node): boolean =>
  link.every(({ value }) => !outputs.includes(value));

function groupOf(
  view: AxisView,
  producers: ReadonlyMap<Value, Node>,
  labels: AxisLabels,
  seed: readonly [Value, number],
): AxisGroup | undefined {
  const numbers = new Map<number, number>([[NONE, NONE]]);
  const numbered = (value: Value, axis: number): Int32Array =>
    (labels.of(value, axis) ?? new Int32Array()).map((label) => {
      const unit = numbers.get(label) ?? numbers.size - 1;
      numbers.set(label, unit);
      return unit;
    });
  numbered(...seed);
  const axes = new Map(
    [...labels.axes].map(
      ([value, row]) =>
        [value, new Map([...row.keys()].map((axis) => [axis, numbered(value, axis)]))] as const,
    ),
  );
  const { attention, made, sums, unsummed } = productsOf(view, axes);
  const contracted = summedWeights(view, producers, sums);
  const members = [...view.graph.weights.keys()].flatMap((weight) =>
    [...(axes.get(weight) ?? [])].map(
      ([axis, units]): GroupMember => ({
        weight,
        axis,
        units,
        contracted: contracted.get(weight)?.has(axis) ?? false,
      }),
    ),
  );
  const units = numbers.size - 1;
  const alone = units < 2 ? "all its indices go together" : undefined;
  return members.length === 0
    ? undefined
    : { units, members, axes, attention, made, fixed: labels.fixed ?? alone ?? unsummed };
}

/** How products meet labelled axes: of two computed values, and places of constants that they sum over. */
function productsOf(view: AxisView, axes: AxisGroup["axes"]) {
  const sums: (readonly [Value, number])[] = [];
  let [apart, inside, made] = [false, false, false];
  let unsummed: string | undefined;
  const isLabelled = (link: AxisLink): boolean =>
    link.some(({ value, axis }) =>
      axes
        .get(value)
        ?.get(axis)
        ?.some((unit) => unit !== NONE),
    );
  const nodes = new Set([...axes.keys()].flatMap((value) => view.touching(value)));
  for (const node of nodes) {
    const links = view.links(node);
    if (!links.some((link) => isSum(link, node))) continue;
    const operands = new Set(links.flatMap((link) => link.map(({ value }) => value)));
    const computed = [...operands].filter((one) => node.inputs.includes(one) && !view.constants.has(one));
    for (const link of links.filter(isLabelled)) {
      const both = computed.every((one) => link.some(({ value }) => value === one));
      if (computed.length > 1 && both && !isSum(link, node)) apart = true;
      else if (computed.length > 1) inside = true;
      if (!isSum(link, node)) made = true;
      if (!isSum(link, node)) continue;
      const weights = link.filter(({ value }) => view.constants.has(value));
      for (const { value, axis } of weights) sums.push([value, axis]);
      if (weights.length === 0) unsummed ??= `${nameOf(node)} sums over it, and no weight`;
    }
  }
  const attention = inside ? ("inside" as const) : apart ? ("apart" as const) : undefined;
  return { attention, made, sums, unsummed };
}

/** The weights' axes that become these axes of constants on the way to the products that sum over them. */
function summedWeights(
  view: AxisView,
  producers: ReadonlyMap<Value, Node>,
  sums: readonly (readonly [Value, number])[],
): ReadonlyMap<Value, ReadonlySet<number>> {
  const found = new Map<Value, Set<number>>();
  const queue = [...sums];
  for (const [value, axis] of queue) {
    if (found.get(value)?.has(axis)) continue;
    found.set(value, new Set([...(found.get(value) ?? []), axis]));
    const node = producers.get(value);
    if (!node) continue;
    for (const link of view.links(node))
      if (link.some((place) => place.value === value && place.axis === axis))
        for (const place of link)
          if (node.inputs.includes(place.value)) queue.push([place.value, place.axis]);
  }
  return found;
}

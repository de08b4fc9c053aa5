// Units that structured pruning takes away: heads and neurons, found by what their axes are to the graph.
import { must, type Refusal } from "../../base/index.ts";
import type { Bundle } from "../../families/index.ts";
import { type AxisGroup, axisGroups, withCutsTried } from "../../passes/index.ts";

export interface Kind {
  readonly kind: string;
  readonly unit: string;
  readonly describe: string;
  readonly chooses: (group: AxisGroup) => boolean;
  /** Units are kept in multiples of this. */
  readonly multiple: number;
}

/** Heads: units that have scores and a context of their own in attention. */
export const headKind: Kind = {
  kind: "heads",
  unit: "head",
  describe: "cut whole attention heads",
  multiple: 1,
  chooses: ({ attention }) => attention === "apart",
};

/** Neurons: units between two products that attention does not meet, the feed-forward's hidden width. */
export const neuronKind: Kind = {
  kind: "neurons",
  unit: "neuron",
  describe: "cut feed-forward neurons",
  multiple: 8,
  chooses: ({ attention, made, units }) => attention === undefined && made && units >= 16,
};

/** A group, and the name of its layer: that of its first weight. */
export interface UnitGroup extends AxisGroup {
  readonly layer: string;
}

/** Groups of one kind, those that can be cut and those that cannot. */
export interface Units {
  readonly groups: readonly UnitGroup[];
  readonly refused: readonly Refusal[];
}

const known = new WeakMap<Bundle, Map<Kind, Units>>();

/** The units of a model; a step asks for them before, while and after it cuts, and each of its parts again: they are found once. */
export function unitsOf(model: Bundle, kind: Kind): Units {
  const own = known.get(model) ?? new Map<Kind, Units>();
  known.set(model, own);
  const found = own.get(kind) ?? findUnits(model, kind);
  own.set(kind, found);
  return found;
}

function findUnits(model: Bundle, { chooses }: Kind): Units {
  const { graph } = model.model;
  const found = axisGroups(graph).filter((group) => chooses(group) && inOneLayer(model, group));
  const sound = found.filter(({ fixed }) => fixed === undefined);
  const tried = withCutsTried(graph, sound);
  const attending = found.filter(({ fixed, attention }) => fixed !== undefined && attention);
  const [all, taken] = [[...tried, ...attending], new Map<string, number>()];
  const named = all.map((group): UnitGroup => {
    const name = layerName(group);
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    return { ...group, layer: times === 1 ? name : `${name} (${times})` };
  });
  return {
    groups: named.filter(({ fixed }) => fixed === undefined),
    refused: named.flatMap(({ layer, fixed }) =>
      fixed === undefined ? [] : [{ target: layer, why: fixed }],
    ),
  };
}

/** A family's config describes the sizes of its layers only: what lies outside them (a pooler) keeps its width. */
function inOneLayer({ family }: Bundle, { members }: AxisGroup): boolean {
  if (family === undefined) return true;
  const layers = members.map(({ weight: { name } }) => family.layerOf(name ?? "")?.index);
  return new Set(layers).size === 1 && layers[0] !== undefined;
}

/** Why no unit of this kind can be cut; none where some can. */
export function unitRefusals(model: Bundle, kind: Kind, importance: string): readonly Refusal[] {
  const { groups, refused } = unitsOf(model, kind);
  const quantized = [...model.model.graph.weights.keys()].some(
    ({ type }) => type.dtype === "i8" || type.dtype === "u8",
  );
  if (quantized && (importance === "taylor" || groups.length === 0))
    return [
      { target: "model", why: "it is quantized: prune the float model that it was made from, then quantize" },
    ];
  if (groups.length > 0) return [];
  const [first] = refused;
  const because = first ? ` (${first.target}: ${first.why})` : "";
  return [
    { target: "model", why: `no group of ${kind.unit}s that can be cut was found in its graph${because}` },
  ];
}

function layerName({ members }: AxisGroup): string {
  const named = members.find(({ weight }) => weight.name !== undefined) ?? must(members[0], "member");
  return (named.weight.name ?? "a constant").replace(/\.(weight|bias)$/, "");
}

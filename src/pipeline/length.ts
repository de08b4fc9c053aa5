// How many tokens a graph can take: what its table of positions, its config and its fixed sizes allow.

import { portsOf } from "../engine/index.ts";
import type { Bundle } from "../families/index.ts";
import { type Graph, type Node, producersOf, type Value } from "../ir/index.ts";
import { opDef } from "../ops/index.ts";
import { fixedText } from "../tasks/index.ts";
import type { Tensor } from "../tensor/index.ts";

/** Keys of a config that bound the length, whatever the family. */
const KEYS = ["max_position_embeddings", "n_positions"] as const;

/** The longest sequence in tokens; undefined where nothing bounds it. */
export function lengthBound(graph: Graph, config: Bundle["config"]): number | undefined {
  const given = KEYS.map((key) => config[key]).filter((value) => typeof value === "number");
  const { length } = fixedText(portsOf(graph).inputs);
  const bounds = [
    ...given.filter((value) => value > 0),
    ...positions(graph),
    ...(length === undefined ? [] : [length]),
  ];
  return bounds.length === 0 ? undefined : Math.min(...bounds);
}

/** For each table that is looked up at positions: how many there are. */
function positions(graph: Graph): readonly number[] {
  const producers = producersOf(graph);
  return graph.nodes.flatMap((node) => {
    const { lookup } = opDef(node.op);
    const table = lookup && node.inputs[lookup.table];
    const indices = lookup && node.inputs[lookup.indices];
    const rows = table && graph.weights.has(table) ? table.type.shape[0] : undefined;
    if (!indices || typeof rows !== "number" || table?.type.shape.length !== 2) return [];
    return countedBy(indices, graph, producers, rows) ?? [];
  });
}

/**
 * How many indices below `rows` are counted up for a lookup: by a range, or in a stored list of positions. Undefined
 * where they come from the graph's inputs, or do not count up.
 */
function countedBy(
  indices: Value,
  graph: Graph,
  producers: ReadonlyMap<Value, Node>,
  rows: number,
): number | undefined {
  let found: number | undefined;
  const seen = new Set<Value>();
  const open = [indices];
  for (let value = open.pop(); value; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const [node, stored] = [producers.get(value), graph.weights.get(value)];
    const counted = stored ? countedIn(stored, rows) : node && opDef(node.op).counts ? rows : undefined;
    found = counted === undefined ? found : Math.min(found ?? rows, counted);
    if (stored || value.type.known?.every((item) => item !== undefined)) continue;
    if (!node) return undefined;
    open.push(...node.inputs.filter((input) => input !== undefined));
  }
  return found;
}

/** How many of a list of integers that counts up by one are below `rows`; undefined for any other tensor. */
function countedIn(tensor: Tensor, rows: number): number | undefined {
  if (tensor.size < 2 || (tensor.dtype !== "i64" && tensor.dtype !== "i32")) return undefined;
  const list = tensor.numbers();
  const first = list[0] ?? 0;
  if (!list.every((index, i) => index === first + i)) return undefined;
  return Math.max(0, Math.min(list.length, rows - first));
}

// The graph as it is written to a file: training leftovers out, equal nodes merged.
import type { Graph } from "../ir/index.ts";
import { mergeEqual } from "./simplify.ts";

/** Dropout is the identity at inference: it goes; nodes that compute the same thing become one. */
export function forExport(graph: Graph): Graph {
  return mergeEqual(graph, (_b, node, [first]) => (node.op === "Dropout" && first ? [first] : undefined));
}

// The graph as it is written to a file: training leftovers out, equal nodes merged.
import type { Builder, Graph, Value } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { mergeEqual } from "./simplify.ts";

/** Dropout is the identity at inference: it goes; nodes that compute the same thing become one. */
export function forExport(graph: Graph): Graph {
  return mergeEqual(graph, (b, { op, outputs }, [first]) => {
    if (op !== "Dropout" || !first) return undefined;
    return outputs.length > 1 ? [first, allKept(b, first)] : [first];
  });
}

/** Dropout's mask at inference: true everywhere. */
const allKept = (b: Builder, of: Value): Value =>
  b.op("ConstantOfShape", [b.op("Shape", [of])], { value: Tensor.from("bool", [1], [1]) });

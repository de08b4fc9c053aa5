// Roles of weights: how each one is read, and by that whether it is a parameter, a table or a constant; decided here and nowhere else.
import { type Graph, type Node, usesOf, type Value } from "../ir/index.ts";
import { opDef } from "../ops/index.ts";
import { isFloat } from "../tensor/index.ts";
import { quantizationOf } from "./quantization.ts";

/**
 * `parameter`: what a model learns: matrices, biases, gains, positions. `table`: a parameter whose rows are looked up.
 * `constant`: what the model was written with: scales of attention, masks, frequencies, shapes, indices. `scale` and
 * `zeroPoint`: what turns integers into floats.
 */
export type Role = "parameter" | "table" | "constant" | "scale" | "zeroPoint";

/** Whether training may change a weight of this role. */
export const isLearnt = (role: Role | undefined): boolean => role === "parameter" || role === "table";

/** One node that reads a weight, or what was made of it by nodes that only move or retype its elements. */
export interface Read {
  readonly node: Node;
  /** `right` and `left`: as an operand of a product; `lookup`: row by row; `other`: in another way. */
  readonly as: "right" | "left" | "lookup" | "other";
  /** Whether the weight's two axes were swapped on the way. */
  readonly transposed: boolean;
  /** Ops on the way that did more than swap two axes. */
  readonly through: readonly string[];
}

/** The reads of each weight, in the order of the nodes. */
export function readsOf(graph: Graph): ReadonlyMap<Value, readonly Read[]> {
  const uses = usesOf(graph);
  const follow = (value: Value, transposed: boolean, through: readonly string[]): readonly Read[] =>
    (uses.get(value) ?? []).flatMap((node): readonly Read[] => {
      if (!opDef(node.op).moves || node.inputs[0] !== value)
        return [{ node, as: placeOf(node, value), transposed, through }];
      const swaps = swapsAxes(node);
      const way = swaps || keeps(node) ? through : [...through, node.op];
      return node.outputs.flatMap((output) => follow(output, transposed !== swaps, way));
    });
  return new Map([...graph.weights.keys()].map((value) => [value, follow(value, false, [])]));
}

/** Whether a node swaps the two axes of a matrix. */
export const swapsAxes = ({ op, inputs, attrs }: Node): boolean =>
  op === "Transpose" && inputs[0]?.type.shape.length === 2 && String(attrs.perm ?? [1, 0]) === "1,0";

/** Whether a node gives what it was given. */
const keeps = ({ op, inputs, outputs }: Node): boolean =>
  op === "Identity" || (op === "Cast" && inputs[0]?.type.dtype === outputs[0]?.type.dtype);

function placeOf({ op, inputs, attrs }: Node, value: Value): Read["as"] {
  const { product, lookup } = opDef(op);
  if (product && inputs[0] === value) return "left";
  if (product && inputs[1] === value) return "right";
  const reads = lookup && inputs[lookup.table] === value && inputs[lookup.indices] !== value;
  return reads && (attrs.axis ?? 0) === 0 ? "lookup" : "other";
}

/** The role of each weight; integers that stand for floats are parameters. */
export function rolesOf(graph: Graph): ReadonlyMap<Value, Role> {
  const uses = usesOf(graph);
  const { apart, scaled } = quantizationOf(graph);
  const products = new Set(graph.nodes.flatMap(({ op, outputs }) => (opDef(op).product ? outputs : [])));
  return new Map(
    [...readsOf(graph)].map(([value, reads]): readonly [Value, Role] => {
      const tensor = graph.weights.get(value);
      const belongs = apart.get(value);
      if (belongs) return [value, belongs];
      if (scaled.has(value)) return [value, "parameter"];
      if (value.name === undefined || !tensor || !isFloat(tensor.dtype)) return [value, "constant"];
      if (reads.some(({ as }) => as === "lookup") && tensor.shape.length === 2) return [value, "table"];
      const vector = tensor.shape.filter((size) => size > 1).length < 2;
      if (vector && makesAngles(value, uses)) return [value, "constant"];
      if (reads.some(({ as }) => as === "left" || as === "right")) return [value, "parameter"];
      const own =
        tensor.size > 1
          ? tensor.shape.length < 2 || !isMask(tensor.floats)
          : reads.some((read) => isBias(read, products));
      return [value, own ? "parameter" : "constant"];
    }),
  );
}

/** Whether a single number is the bias of the one channel of a product: one number for many channels is a constant. */
function isBias({ node }: Read, products: ReadonlySet<Value>): boolean {
  const { product } = opDef(node.op);
  const added = node.op === "Add" && node.inputs.some((input) => input && products.has(input));
  return (product || added) && node.outputs[0]?.type.shape.at(-1) === 1;
}

/** What is added to scores where nothing may be seen is at most this. */
const HIDDEN = -1e4;

/** Whether all values are zeros or hide what they are added to. */
function isMask(values: Float32Array): boolean {
  let hides = false;
  for (const value of values) {
    if (value === 0) continue;
    if (!(value <= HIDDEN)) return false;
    hides = true;
  }
  return hides;
}

/** Whether a value ends in sines and cosines alone, as frequencies of rotary positions do, times positions on the way. */
function makesAngles(value: Value, uses: ReadonlyMap<Value, readonly Node[]>, depth = 8): boolean {
  const readers = uses.get(value) ?? [];
  return (
    depth > 0 &&
    readers.length > 0 &&
    readers.every(({ op, outputs }) => {
      if (op === "Sin" || op === "Cos") return true;
      const { moves, product } = opDef(op);
      const on = moves || product || op === "Mul" || op === "Concat";
      return on && outputs.every((output) => makesAngles(output, uses, depth - 1));
    })
  );
}

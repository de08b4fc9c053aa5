// Canonical form of what a file has: what it does to a weight alone is done to the weight, once, so that a product reads the weight itself.
import { must } from "../base/index.ts";
import { type Builder, type Graph, type Node, rebuild, type Value } from "../ir/index.ts";
import { opDef, opTable } from "../ops/index.ts";
import { type DType, dtypes, isFloat, Tensor, transposed } from "../tensor/index.ts";
import { swapsAxes } from "./roles.ts";

/**
 * The graph in which weights stand where Identity, Cast to a wider float, or Transpose of them stood: the same numbers, bit for
 * bit. A transposed matrix is written the other way only where nothing reads it as it lay. Matrices of Constant nodes that a
 * product reads get names: they are weights. The graph itself where there is nothing to do.
 */
export const canonical = (graph: Graph): Graph => withNames(withFolds(graph));

function withFolds(graph: Graph): Graph {
  const folds = foldsOf(graph);
  if (folds.size === 0) return graph;
  const made = new Map<string, Value>();
  return rebuild(graph, opTable, {
    node(b, node, [first]) {
      const fold = folds.get(node);
      return fold && first && [folded(b, first, fold, made)];
    },
  });
}

/** What becomes of a weight: the same numbers in another type, or the other way round, and their name. */
interface Fold {
  readonly name: string | undefined;
  readonly to: DType | "transposed" | "same";
}

/** Nodes that stand for a weight. */
function foldsOf(graph: Graph): ReadonlyMap<Node, Fold> {
  const { rootOf, readers, outputs } = sourcesOf(graph);
  const folds = new Map<Node, Fold>();
  /** Names of weights, and of what stands for one. */
  const names = new Map<Value, string | undefined>(
    [...graph.weights.keys()].map((value) => [value, value.name]),
  );
  for (const node of graph.nodes) {
    const [input, output] = [node.inputs[0], node.outputs[0]];
    const root = input && rootOf(input);
    if (!input || !output || !root || !names.has(root) || !isFloat(root.type.dtype)) continue;
    const name = names.get(root);
    const alone = (same: (other: Node) => boolean): boolean =>
      !outputs.has(root) && (readers.get(root) ?? []).every(same);
    const { dtype } = output.type;
    const widens = (one: Node): boolean => one.op === "Cast" && one.outputs[0]?.type.dtype === dtype;
    if (node.op === "Identity") folds.set(node, { name, to: "same" });
    else if (widens(node) && isFloat(dtype) && dtypes[dtype].bits > dtypes[root.type.dtype].bits)
      folds.set(node, { name: alone(widens) || name === undefined ? name : `${name}_${dtype}`, to: dtype });
    else if (swapsAxes(node) && alone(swapsAxes)) folds.set(node, { name, to: "transposed" });
    else continue;
    names.set(rootOf(output), folds.get(node)?.name);
  }
  return folds;
}

/** What each value is, Identities seen through: the nodes that read it, and whether it is an output. */
function sourcesOf(graph: Graph) {
  const roots = new Map<Value, Value>();
  const readers = new Map<Value, Node[]>();
  const rootOf = (value: Value): Value => roots.get(value) ?? value;
  for (const node of graph.nodes) {
    const [input, output] = [node.inputs[0], node.outputs[0]];
    if (node.op === "Identity" && input && output) roots.set(output, rootOf(input));
    else
      for (const one of new Set(node.inputs))
        if (one) readers.set(rootOf(one), [...(readers.get(rootOf(one)) ?? []), node]);
  }
  const outputs = new Set(graph.outputs.map(({ value }) => rootOf(value)));
  return { rootOf, readers, outputs };
}

function folded(b: Builder, value: Value, { name, to }: Fold, made: Map<string, Value>): Value {
  if (to === "same") return value;
  const tensor = must(b.tensor(value), "weight");
  const make = (): Value => b.weight(name, to === "transposed" ? transposed(tensor) : widened(tensor, to));
  return name === undefined ? make() : once(made, `${to} ${name}`, make);
}

function once(made: Map<string, Value>, key: string, make: () => Value): Value {
  const value = made.get(key) ?? make();
  made.set(key, value);
  return value;
}

/** The same numbers in a wider type; made when they are first read. */
const widened = (tensor: Tensor, dtype: DType): Tensor =>
  new Tensor(dtype, tensor.shape, () => Tensor.from(dtype, tensor.shape, tensor.floats).bytes);

/** The graph in which the matrices of Constant nodes have names. */
function withNames(graph: Graph): Graph {
  const names = namesOf(graph);
  if (names.size === 0) return graph;
  const made = new Map<string, Value>();
  return rebuild(graph, opTable, {
    node(b, node, inputs) {
      if (!node.inputs.some((input) => input && names.has(input))) return undefined;
      const named = node.inputs.map((input, i) => {
        const name = input && names.get(input);
        const tensor = input && graph.weights.get(input);
        return name === undefined || !tensor ? inputs[i] : once(made, name, () => b.weight(name, tensor));
      });
      return b.opN(node.op, named, node.attrs, node.outputs.length, node.name);
    },
  });
}

/** Names for the matrices without one that a product reads as its right operand. */
function namesOf(graph: Graph): ReadonlyMap<Value, string> {
  const taken = new Set([...graph.weights.keys(), ...graph.inputs].map(({ name }) => name));
  const names = new Map<Value, string>();
  for (const [i, { op, name, inputs }] of graph.nodes.entries()) {
    const right = inputs[1];
    if (!right || right.name !== undefined || !opDef(op).product || names.has(right)) continue;
    if (!graph.weights.has(right) || !isFloat(right.type.dtype)) continue;
    let own = `${name ?? `${op}_${i}`}.weight`;
    while (taken.has(own)) own = `${own}_`;
    taken.add(own);
    names.set(right, own);
  }
  return names;
}

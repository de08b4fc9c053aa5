// The builder: the one way to make a graph. It infers each type, and sweeps what nothing reads.
import { defect } from "../base/index.ts";
import { type DType, dtypes, Tensor } from "../tensor/index.ts";
import { canonical, type Dim } from "./dims.ts";
import {
  type Attrs,
  type Graph,
  KNOWN,
  type Node,
  type OpTable,
  type Value,
  type ValueType,
} from "./graph.ts";

interface SumOptions {
  readonly keep?: boolean;
}

/** Adds inputs, weights, constants and nodes; `finish` gives the readonly graph. */
export class Builder {
  readonly ops: OpTable;
  readonly #inputs: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #weights = new Map<Value, Tensor>();
  readonly #producers = new Map<Value, Node>();
  readonly #scalars = new Map<string, Value>();
  #fresh = 0;

  constructor(ops: OpTable) {
    this.ops = ops;
  }

  input(name: string, dtype: DType, shape: readonly Dim[]): Value {
    const value = { name, type: { dtype, shape: shape.map(canonical) } };
    this.#inputs.push(value);
    return value;
  }

  /** A named weight. */
  weight(name: string | undefined, tensor: Tensor): Value {
    const value = { name, type: typeOf(tensor) };
    this.#weights.set(value, tensor);
    return value;
  }

  constant(tensor: Tensor): Value {
    return this.weight(undefined, tensor);
  }

  /** An int64 vector constant. */
  ints(values: readonly number[]): Value {
    return this.#once(`ints ${values}`, () => Tensor.ints(values));
  }

  /** A scalar of `like`'s element type. */
  scalar(x: number, like: Value | DType): Value {
    const dtype = typeof like === "string" ? like : like.type.dtype;
    return this.#once(`${dtype} ${Object.is(x, -0) ? "-0" : x}`, () => Tensor.from(dtype, [], [x]));
  }

  #once(key: string, make: () => Tensor): Value {
    const found = this.#scalars.get(key);
    if (found) return found;
    const value = this.constant(make());
    this.#scalars.set(key, value);
    return value;
  }

  /** The first output of a new node. */
  op(op: string, inputs: readonly (Value | undefined)[], attrs: Attrs = {}, name?: string): Value {
    const [first] = this.opN(op, inputs, attrs, 1, name);
    if (!first) throw defect(`${op} has no output`);
    return first;
  }

  /** The first `count` outputs of a new node (all that the op has when undefined). */
  opN(
    op: string,
    inputs: readonly (Value | undefined)[],
    attrs: Attrs = {},
    count?: number,
    name?: string,
  ): readonly Value[] {
    const full = this.ops.attributes(op, attrs);
    const types = this.ops.infer({ op, inputs, attrs: full, fresh: () => `?${++this.#fresh}` });
    const outputs = types.slice(0, count ?? types.length).map((type): Value => ({ name: undefined, type }));
    const node: Node = { op, name, inputs: trimmed(inputs), outputs, attrs: full };
    this.#nodes.push(node);
    for (const output of outputs) this.#producers.set(output, node);
    return outputs;
  }

  /** The node that makes `value`, if it was made here. */
  producer(value: Value): Node | undefined {
    return this.#producers.get(value);
  }

  /** The content of a weight or constant. */
  tensor(value: Value): Tensor | undefined {
    return this.#weights.get(value);
  }

  /** The finished graph: nodes and weights that no output needs are left out; inputs stay. */
  finish(outputs: Readonly<Record<string, Value>>): Graph {
    const live = new Set<Value>(Object.values(outputs));
    const nodes: Node[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some((output) => live.has(output))) continue;
      nodes.push(node);
      for (const input of node.inputs) if (input) live.add(input);
    }
    return {
      inputs: [...this.#inputs],
      outputs: Object.entries(outputs).map(([name, value]) => ({ name, value })),
      nodes: nodes.reverse(),
      weights: new Map([...this.#weights].filter(([value]) => live.has(value))),
    };
  }

  add(a: Value, b: Value): Value {
    return this.op("Add", [a, b]);
  }
  sub(a: Value, b: Value): Value {
    return this.op("Sub", [a, b]);
  }
  mul(a: Value, b: Value): Value {
    return this.op("Mul", [a, b]);
  }
  div(a: Value, b: Value): Value {
    return this.op("Div", [a, b]);
  }
  neg(a: Value): Value {
    return this.op("Neg", [a]);
  }
  exp(a: Value): Value {
    return this.op("Exp", [a]);
  }
  log(a: Value): Value {
    return this.op("Log", [a]);
  }
  sqrt(a: Value): Value {
    return this.op("Sqrt", [a]);
  }
  /** k * a for a number k. */
  scale(a: Value, k: number): Value {
    return k === 1 ? a : this.mul(a, this.scalar(k, a));
  }
  /** a + k for a number k. */
  shift(a: Value, k: number): Value {
    return this.add(a, this.scalar(k, a));
  }
  matmul(a: Value, b: Value): Value {
    return this.op("MatMul", [a, b]);
  }
  transpose(a: Value, perm: readonly number[]): Value {
    return this.op("Transpose", [a], { perm });
  }
  cast(a: Value, dtype: DType): Value {
    return a.type.dtype === dtype ? a : this.op("Cast", [a], { to: dtypes[dtype].onnx });
  }
  where(condition: Value, a: Value, b: Value): Value {
    return this.op("Where", [condition, a, b]);
  }
  /** Sum over axes; axes of length 1 stay when `keep`. */
  sum(a: Value, axes: number | readonly number[], { keep = false }: SumOptions = {}): Value {
    return this.#reduce("ReduceSum", a, axes, keep);
  }
  mean(a: Value, axes: number | readonly number[], { keep = false }: SumOptions = {}): Value {
    return this.#reduce("ReduceMean", a, axes, keep);
  }
  #reduce(op: string, a: Value, axes: number | readonly number[], keep: boolean): Value {
    const list = typeof axes === "number" ? [axes] : axes;
    return list.length === 0 ? a : this.op(op, [a, this.ints(list)], { keepdims: keep ? 1 : 0 });
  }
  /** Reshape to a shape whose numbers are fixed; at most one symbolic dimension becomes -1. */
  reshape(a: Value, shape: readonly Dim[]): Value {
    const symbols = shape.filter((dim) => typeof dim === "string").length;
    if (symbols <= 1)
      return this.op("Reshape", [a, this.ints(shape.map((dim) => (typeof dim === "number" ? dim : -1)))]);
    throw defect(`reshape to [${shape}] needs more than one dynamic dimension; use reshapeLike`);
  }
  /** Reshape to the run-time shape of `like`. */
  reshapeLike(a: Value, like: Value): Value {
    const symbols = like.type.shape.filter((dim) => typeof dim === "string").length;
    return symbols <= 1
      ? this.reshape(a, like.type.shape)
      : this.op("Reshape", [a, this.op("Shape", [like])]);
  }
  unsqueeze(a: Value, axes: readonly number[]): Value {
    return this.op("Unsqueeze", [a, this.ints(axes)]);
  }
  squeeze(a: Value, axes: readonly number[]): Value {
    return this.op("Squeeze", [a, this.ints(axes)]);
  }
  concat(parts: readonly Value[], axis: number): Value {
    return this.op("Concat", parts, { axis });
  }
  gather(data: Value, indices: Value, axis = 0): Value {
    return this.op("Gather", [data, indices], { axis });
  }
  /** data[starts:ends] along axes. */
  slice(data: Value, starts: readonly number[], ends: readonly number[], axes: readonly number[]): Value {
    return this.op("Slice", [data, this.ints(starts), this.ints(ends), this.ints(axes)]);
  }
}

function trimmed(inputs: readonly (Value | undefined)[]): readonly (Value | undefined)[] {
  let end = inputs.length;
  while (end > 0 && inputs[end - 1] === undefined) end--;
  return inputs.slice(0, end);
}

const knowable = (dtype: DType): boolean => dtype === "i64" || dtype === "i32" || dtype === "bool";

function typeOf(tensor: Tensor): ValueType {
  const { dtype, shape } = tensor;
  const small = knowable(dtype) && shape.length <= 1 && tensor.size <= KNOWN;
  return small ? { dtype, shape, known: tensor.numbers() } : { dtype, shape };
}

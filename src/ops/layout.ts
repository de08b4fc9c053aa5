// Ops that give the same elements another shape or order.
import { AppError } from "../base/index.ts";
import { type Dim, isStatic, product, quotient, type Value } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, int, ints, type Link, maybe, type Place, whole } from "./define.ts";
import { alignedLinks, axisOf, broadcast, dimsOf, fixedNumbers, typed } from "./shapes.ts";

/** Axes that a reshape splits or merges: one axis on one side, whose product the others make. */
function reshapeLinks(from: readonly Dim[], to: readonly Dim[]): Link[] {
  const links: Link[] = [];
  let [i, j] = [0, 0];
  while (i < from.length && j < to.length) {
    let [a, c] = [i + 1, j + 1];
    const left = (): Dim => product(from.slice(i, a));
    const right = (): Dim => product(to.slice(j, c));
    while (left() !== right()) {
      if (a < from.length && (c === to.length || quotient(right(), left()) !== undefined)) a++;
      else if (c < to.length) c++;
      else return links;
    }
    links.push(...segment(from.slice(i, a), to.slice(j, c), i, j));
    [i, j] = [a, c];
  }
  return links;
}

/** One axis against several: the outermost of the several steps by whole blocks of the one. */
function segment(from: readonly Dim[], to: readonly Dim[], i: number, j: number): Link[] {
  const block = (dims: readonly Dim[]): number | undefined => {
    const rest = product(dims.slice(1));
    return typeof rest === "number" ? rest : undefined;
  };
  const [outIn, outOut] = [block(from), block(to)];
  const link = (from: Place, to: Place): Link[] => [[from, to]];
  if (from.length === 1 && to.length === 1) return link(["X", i], ["Y", j]);
  if (from.length === 1 && outOut !== undefined && to[0] !== 1) return link(["X", i, outOut], ["Y", j]);
  if (to.length === 1 && outIn !== undefined && from[0] !== 1) return link(["X", i], ["Y", j, outIn]);
  return [];
}

export const Reshape = defineOp({
  type: "Reshape",
  since: 14,
  inputs: ["X", "shape"],
  outputs: ["Y"],
  takes: { shape: whole },
  attrs: { allowzero: int(0) },
  moves: true,
  infer({ X, shape, attrs, fresh }) {
    const dims = dimsOf(shape, "Reshape").map((dim, i) =>
      dim === 0 && !attrs.allowzero ? X.type.shape[i] : dim,
    );
    const given = dims.filter((dim): dim is Dim => dim !== -1 && dim !== undefined);
    const rest = quotient(product(X.type.shape), product(given));
    const single = dims.length - given.length === 1;
    const whole = dims.map((dim) => (dim !== -1 && dim !== undefined ? dim : (single && rest) || fresh()));
    const misfit = single ? rest === undefined : given.length === dims.length && rest !== 1;
    if (misfit && isStatic(given) && isStatic(X.type.shape) && !given.includes(0)) {
      throw new AppError("input", `Reshape: [${X.type.shape}] does not fit into [${dims}]`);
    }
    return { Y: typed(X.type.dtype, whole, whole.length <= 1 ? X.type.known : undefined) };
  },
  grad: (b, { X, dY }) => ({ X: b.reshapeLike(dY, X) }),
  axes: ({ X, Y }) => reshapeLinks(X.type.shape, Y.type.shape),
  examples: [
    { inputs: [[2, 6], Tensor.ints([2, 3, 2])] },
    { inputs: [[2, 3, 4], Tensor.ints([0, -1])] },
    { inputs: [[4, 1, 6], Tensor.ints([4, 1, 2, 3])] },
    { inputs: [[2, 3, 4], Tensor.ints([6, 4])] },
    { inputs: [Tensor.ints([7]), Tensor.ints([])] },
  ],
});

const permOf = (X: Value, perm: readonly number[] | undefined): readonly number[] =>
  perm ?? X.type.shape.map((_, i) => X.type.shape.length - 1 - i);

export const Transpose = defineOp({
  type: "Transpose",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { perm: maybe(ints()) },
  moves: true,
  infer({ X, attrs }) {
    const perm = permOf(X, attrs.perm);
    if (perm.length !== X.type.shape.length || perm.some((_, axis) => !perm.includes(axis))) {
      throw new AppError("input", `Transpose: perm [${perm}] against shape [${X.type.shape}]`);
    }
    return { Y: { dtype: X.type.dtype, shape: perm.map((axis) => X.type.shape[axis] ?? 1) } };
  },
  grad(b, { X, dY, attrs }) {
    const perm = permOf(X, attrs.perm);
    const inverse = perm.map((_, i) => perm.indexOf(i));
    return { X: b.transpose(dY, inverse) };
  },
  axes: ({ X, attrs }) =>
    permOf(X, attrs.perm).map((axis, i) => [
      ["X", axis],
      ["Y", i],
    ]),
  examples: [{ inputs: [[2, 3]] }, { inputs: [[2, 3, 1, 4]], attrs: { perm: [0, 2, 1, 3] } }],
});

export const Unsqueeze = defineOp({
  type: "Unsqueeze",
  since: 13,
  inputs: ["X", "axes"],
  outputs: ["Y"],
  takes: { axes: whole },
  moved: { axes: "axes" },
  moves: true,
  infer({ X, axes }) {
    const list = fixedNumbers(axes, "Unsqueeze", "axes");
    const rank = X.type.shape.length + list.length;
    const at = new Set(list.map((axis) => axisOf(axis, rank, "Unsqueeze")));
    const old = [...X.type.shape];
    return {
      Y: typed(
        X.type.dtype,
        Array.from({ length: rank }, (_, i) => (at.has(i) ? 1 : (old.shift() ?? 1))),
        rank === 1 ? X.type.known : undefined,
      ),
    };
  },
  grad: (b, { X, dY }) => ({ X: b.reshapeLike(dY, X) }),
  axes: ({ X, Y }) => reshapeLinks(X.type.shape, Y.type.shape),
  examples: [
    { inputs: [[2, 3], Tensor.ints([1])] },
    { inputs: [[2, 3], Tensor.ints([0, -1])] },
    { inputs: [Tensor.ints(7), Tensor.ints([0])] },
  ],
});

export const Squeeze = defineOp({
  type: "Squeeze",
  since: 13,
  inputs: ["X", "axes?"],
  outputs: ["Y"],
  takes: { axes: whole },
  moved: { axes: "axes" },
  moves: true,
  infer({ X, axes }) {
    const { shape } = X.type;
    const list = axes
      ? fixedNumbers(axes, "Squeeze", "axes")
      : shape.flatMap((dim, i) => (dim === 1 ? [i] : []));
    const gone = new Set(list.map((axis) => axisOf(axis, shape.length, "Squeeze")));
    return {
      Y: typed(
        X.type.dtype,
        shape.filter((_, i) => !gone.has(i)),
        X.type.known,
      ),
    };
  },
  grad: (b, { X, dY }) => ({ X: b.reshapeLike(dY, X) }),
  axes: ({ X, Y }) => reshapeLinks(X.type.shape, Y.type.shape),
  examples: [
    { inputs: [[2, 1, 3], Tensor.ints([1])] },
    { inputs: [[1, 4], null] },
    { inputs: [Tensor.ints([7])] },
  ],
});

export const Flatten = defineOp({
  type: "Flatten",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { axis: int(1) },
  moves: true,
  infer({ X, attrs }) {
    const axis = attrs.axis < 0 ? attrs.axis + X.type.shape.length : attrs.axis;
    return {
      Y: {
        dtype: X.type.dtype,
        shape: [product(X.type.shape.slice(0, axis)), product(X.type.shape.slice(axis))],
      },
    };
  },
  grad: (b, { X, dY }) => ({ X: b.reshapeLike(dY, X) }),
  axes: ({ X, Y }) => reshapeLinks(X.type.shape, Y.type.shape),
  examples: [{ inputs: [[2, 3, 4]] }, { inputs: [[2, 3, 4]], attrs: { axis: 2 } }],
});

export const Expand = defineOp({
  type: "Expand",
  since: 13,
  inputs: ["X", "shape"],
  outputs: ["Y"],
  takes: { shape: whole },
  moves: true,
  infer({ X, shape, fresh }) {
    const dims = dimsOf(shape, "Expand").map((dim) => dim ?? fresh());
    return { Y: { dtype: X.type.dtype, shape: broadcast([X.type.shape, dims], fresh, "Expand") } };
  },
  grad: (_b, { dY }) => ({ X: dY }),
  axes: ({ X, Y }) => alignedLinks({ X, Y }, "Y").filter((link) => link.length > 1),
  examples: [{ inputs: [[1, 3], Tensor.ints([2, 3])] }, { inputs: [[3], Tensor.ints([2, 1, 3])] }],
});

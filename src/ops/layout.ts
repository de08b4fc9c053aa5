// Ops that give the same elements another shape or order.
import { AppError } from "../base/index.ts";
import { type Dim, isStatic, product, quotient, type Value } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, int, ints, type Link, maybe, whole } from "./define.ts";
import { alignedLinks, axisOf, broadcast, dimsOf, fixedNumbers, spelledLengths, typed } from "./shapes.ts";

/**
 * Axes that a reshape splits or merges. Both sides count the same elements from the last one on, so an axis lies inside
 * one of the other side where that one's steps and its end are multiples of its own: a block of it, again and again.
 */
function reshapeLinks(from: readonly Dim[], to: readonly Dim[]): Link[] {
  const [X, Y] = [spansOf(from), spansOf(to)];
  const inside = (a: Span, b: Span): number | undefined => {
    const block = quotient(a.step, b.step);
    const ends = b.axis === 0 || quotient(b.end, a.end) !== undefined;
    return ends && a.length !== 1 && b.length !== 1 && typeof block === "number" ? block : undefined;
  };
  return X.flatMap((x) =>
    Y.flatMap((y): Link[] => {
      const block = inside(x, y);
      if (block !== undefined)
        return [
          [
            ["X", x.axis],
            ["Y", y.axis, block],
          ],
        ];
      const other = inside(y, x);
      return other === undefined
        ? []
        : [
            [
              ["X", x.axis, other],
              ["Y", y.axis],
            ],
          ];
    }),
  );
}

/** An axis in the order of all elements: how many lie between its steps, and how many it covers. */
interface Span {
  readonly axis: number;
  readonly length: Dim;
  readonly step: Dim;
  readonly end: Dim;
}

const spansOf = (shape: readonly Dim[]): readonly Span[] =>
  shape.map((length, axis) => ({
    axis,
    length,
    step: product(shape.slice(axis + 1)),
    end: product(shape.slice(axis)),
  }));

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
  spells: ({ shape, Y }) => spelledLengths(shape, Y),
  examples: [
    { inputs: [[2, 6], Tensor.ints([2, 3, 2])] },
    { inputs: [[2, 12], Tensor.ints([2, 2, 3, 2])] },
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
  axes: ({ X, Y }) => alignedLinks({ X, Y }, "Y"),
  spells: ({ shape, Y }) => spelledLengths(shape, Y),
  examples: [{ inputs: [[1, 3], Tensor.ints([2, 3])] }, { inputs: [[3], Tensor.ints([2, 1, 3])] }],
});

// Ops that take tensors apart and put them together: concat, split, slice, pad.
import { AppError } from "../base/index.ts";
import { type Dim, sum, type Value, type ValueType } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, int, type Link, maybe } from "./define.ts";
import { axisOf, fixedNumbers, numbersOf, sameAxes, typed } from "./shapes.ts";

const ends = Number.MAX_SAFE_INTEGER;

export const Concat = defineOp({
  type: "Concat",
  since: 13,
  inputs: ["...Xs"],
  outputs: ["Y"],
  attrs: { axis: int() },
  infer({ Xs, attrs }) {
    const first = Xs[0];
    if (!first) throw new AppError("input", "Concat needs an input");
    const axis = axisOf(attrs.axis, first.type.shape.length, "Concat");
    const along = Xs.map(({ type }) => type.shape[axis] ?? 1).reduce(sum);
    const known = Xs.every(({ type }) => type.known) ? Xs.flatMap(({ type }) => type.known ?? []) : undefined;
    const mixed =
      known ?? (first.type.shape.length === 1 && first.type.dtype === "i64" ? partial(Xs) : undefined);
    return {
      Y: typed(
        first.type.dtype,
        first.type.shape.map((dim, i) => (i === axis ? along : dim)),
        mixed,
      ),
    };
  },
  grad(b, { Xs, dY, attrs }) {
    let at = 0;
    const axis = axisOf(attrs.axis, dY.type.shape.length, "Concat");
    return {
      Xs: Xs.map(({ type }) => {
        const length = type.shape[axis];
        if (typeof length !== "number")
          throw new AppError("input", "Concat: the gradient needs fixed lengths");
        at += length;
        return b.slice(dY, [at - length], [at], [axis]);
      }),
    };
  },
  axes: ({ Xs, Y, attrs }) =>
    Y.type.shape.flatMap((_, axis): Link[] =>
      axis === axisOf(attrs.axis, Y.type.shape.length, "Concat")
        ? []
        : [[["Y", axis], ...Xs.map((_x, i) => [`Xs.${i}`, axis] as const)]],
    ),
  examples: [
    {
      inputs: [
        [2, 3],
        [2, 1],
      ],
      attrs: { axis: 1 },
    },
    { inputs: [[2], [3], [1]], attrs: { axis: 0 } },
  ],
});

/** Known elements of a concatenation where some parts are not known. */
const partial = (parts: readonly Value[]): ValueType["known"] =>
  parts.every(({ type }) => typeof type.shape[0] === "number")
    ? parts.flatMap(
        ({ type }) => type.known ?? Array.from({ length: Number(type.shape[0]) }, () => undefined),
      )
    : undefined;

export const Split = defineOp({
  type: "Split",
  since: 18,
  inputs: ["X", "split?"],
  outputs: ["...Ys"],
  attrs: { axis: int(0), num_outputs: maybe(int()) },
  moved: { split: "split" },
  infer({ X, split, attrs }) {
    const axis = axisOf(attrs.axis, X.type.shape.length, "Split");
    const sizes = split
      ? fixedNumbers(split, "Split", "split")
      : evenly(X.type.shape[axis] ?? 1, attrs.num_outputs ?? 1);
    return {
      Ys: sizes.map((size) => ({
        dtype: X.type.dtype,
        shape: X.type.shape.map((dim, i) => (i === axis ? size : dim)),
      })),
    };
  },
  grad: (b, { dYs, attrs }) => ({ X: b.concat(dYs, attrs.axis) }),
  axes: ({ X, Ys, attrs }) =>
    X.type.shape.flatMap((_, axis): Link[] =>
      axis === axisOf(attrs.axis, X.type.shape.length, "Split")
        ? []
        : [[["X", axis], ...Ys.map((_y, i) => [`Ys.${i}`, axis] as const)]],
    ),
  examples: [
    { inputs: [[2, 5], Tensor.ints([2, 3])], attrs: { axis: 1 }, outputs: 2 },
    { inputs: [[4, 2], null], attrs: { num_outputs: 2 }, outputs: 2 },
  ],
});

function evenly(length: Dim, parts: number): number[] {
  if (typeof length !== "number") throw new AppError("input", "Split: the length of the axis must be fixed");
  const size = Math.ceil(length / parts);
  return Array.from({ length: parts }, (_, i) => Math.min(size, length - i * size));
}

export const Slice = defineOp({
  type: "Slice",
  since: 13,
  inputs: ["X", "starts", "ends", "axes?", "steps?"],
  outputs: ["Y"],
  moved: { starts: "starts", ends: "ends", axes: "axes" },
  infer({ X, starts, ends: stops, axes, steps, fresh }) {
    const { shape, known } = X.type;
    const list = axes
      ? fixedNumbers(axes, "Slice", "axes")
      : Array.from({ length: Number(starts.type.shape[0] ?? 0) }, (_, i) => i);
    const by = numbersOf(steps) ?? list.map(() => 1);
    const out = [...shape];
    let picked = known;
    list.forEach((raw, i) => {
      const axis = axisOf(raw, shape.length, "Slice");
      const [from, to, step] = [starts.type.known?.[i], stops.type.known?.[i], by[i] ?? 1];
      const length = shape[axis] ?? 1;
      out[axis] = span(length, from, to, step) ?? fresh();
      picked =
        typeof from === "number" && typeof to === "number" && typeof length === "number"
          ? elements(picked, length, from, to, step)
          : undefined;
    });
    return { Y: typed(X.type.dtype, out, shape.length === 1 ? picked : undefined) };
  },
  // Pads back with zeros; steps other than 1 are scattered.
  grad(b, { X, dY, starts, ends: stops, axes, steps }) {
    if (numbersOf(steps)?.some((step) => step !== 1))
      throw new AppError("input", "Slice: the gradient of a step other than 1 is not known");
    const { shape } = X.type;
    const list = axes ? fixedNumbers(axes, "Slice", "axes") : shape.map((_, i) => i);
    const [from, to] = [fixedNumbers(starts, "Slice", "starts"), fixedNumbers(stops, "Slice", "ends")];
    const before = shape.map(() => 0);
    const after = shape.map(() => 0);
    list.forEach((raw, i) => {
      const axis = axisOf(raw, shape.length, "Slice");
      const length = Number(shape[axis]);
      before[axis] = clamp(from[i] ?? 0, length);
      after[axis] = length - clamp(to[i] ?? ends, length);
    });
    return { X: b.op("Pad", [dY, b.ints([...before, ...after])]) };
  },
  axes: ({ X, Y, axes }) =>
    sameAxes(
      X,
      X.type.shape.flatMap((dim, i) =>
        dim === Y.type.shape[i] &&
        !numbersOf(axes)?.some((axis) => axisOf(axis, X.type.shape.length, "Slice") === i)
          ? []
          : [i],
      ),
    ),
  examples: [
    { inputs: [[4, 5], Tensor.ints([1]), Tensor.ints([3]), Tensor.ints([0])] },
    { inputs: [[4, 5], Tensor.ints([0, -3]), Tensor.ints([2, ends]), Tensor.ints([0, 1])] },
  ],
});

const clamp = (index: number, length: number): number =>
  Math.min(Math.max(index < 0 ? index + length : index, 0), length);

function span(length: Dim, from: Dim | undefined, to: Dim | undefined, step: number): Dim | undefined {
  if (from === 0 && step === 1 && (to === length || (typeof to === "number" && to >= 2 ** 31))) return length;
  if (from === 0 && step === 1 && typeof to === "string") return to;
  if (typeof length !== "number" || typeof from !== "number" || typeof to !== "number") return undefined;
  if (step < 0)
    return Math.max(
      0,
      Math.ceil(
        (Math.max(to < 0 ? Math.max(to + length, -1) : Math.min(to, length - 1), -1) -
          Math.min(from < 0 ? from + length : from, length - 1)) /
          step,
      ),
    );
  return Math.max(0, Math.ceil((clamp(to, length) - clamp(from, length)) / step));
}

const elements = (
  known: ValueType["known"],
  length: number,
  from: number,
  to: number,
  step: number,
): ValueType["known"] =>
  step > 0
    ? known?.slice(clamp(from, length), clamp(to, length)).filter((_, i) => i % step === 0)
    : undefined;

export const Pad = defineOp({
  type: "Pad",
  since: 18,
  inputs: ["X", "pads", "value?", "axes?"],
  outputs: ["Y"],
  moved: { pads: "pads", value: "value" },
  infer({ X, pads, axes, fresh }) {
    const list = axes ? fixedNumbers(axes, "Pad", "axes") : X.type.shape.map((_, i) => i);
    const by = numbersOf(pads);
    const shape = X.type.shape.map((dim, i) => {
      const at = list.findIndex((axis) => axisOf(axis, X.type.shape.length, "Pad") === i);
      if (at < 0) return dim;
      return by ? sum(dim, (by[at] ?? 0) + (by[at + list.length] ?? 0)) : fresh();
    });
    return { Y: { dtype: X.type.dtype, shape } };
  },
  grad(b, { X, pads, axes, dY }) {
    const by = fixedNumbers(pads, "Pad", "pads");
    const list = axes ? fixedNumbers(axes, "Pad", "axes") : X.type.shape.map((_, i) => i);
    const starts = list.map((_, i) => by[i] ?? 0);
    return {
      X: b.slice(
        dY,
        starts,
        list.map((axis, i) => (by[i] ?? 0) + Number(X.type.shape.at(axis) ?? 1)),
        list,
      ),
    };
  },
  examples: [{ inputs: [[2, 3], Tensor.ints([1, 0, 0, 2])] }],
});

// Ops that take tensors apart and put them together: concat, split, slice, pad.
import { AppError, unread } from "../base/index.ts";
import { type Dim, difference, KNOWN, sum, type Value, type ValueType } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, int, type Link, maybe, str, whole } from "./define.ts";
import { axisOf, fixedNumbers, numbersOf, placedBack, sameAxes, typed } from "./shapes.ts";

const ends = Number.MAX_SAFE_INTEGER;
const shapes = (...list: readonly (readonly number[])[]): readonly (readonly number[])[] => list;

export const Concat = defineOp({
  type: "Concat",
  since: 13,
  inputs: ["...Xs"],
  outputs: ["Y"],
  alike: [["Xs"]],
  attrs: { axis: int() },
  infer({ Xs, attrs }) {
    const first = Xs[0];
    if (!first) throw new AppError("input", "Concat needs an input");
    const rank = first.type.shape.length;
    const axis = axisOf(attrs.axis, rank, "Concat");
    if (Xs.some(({ type }) => type.shape.length !== rank)) throw misfit(Xs);
    const shape = first.type.shape.map((_, i) => {
      const dims = Xs.map(({ type }) => type.shape[i] ?? 1);
      if (i === axis) return dims.reduce(sum);
      const numbers = [...new Set(dims.filter((dim) => typeof dim === "number"))];
      if (numbers.length > 1) throw misfit(Xs);
      return numbers[0] ?? dims[0] ?? 1;
    });
    return { Y: typed(first.type.dtype, shape, rank === 1 ? joined(Xs) : undefined) };
  },
  grad(b, { Xs, dY, attrs }) {
    let at = 0;
    const axis = axisOf(attrs.axis, dY.type.shape.length, "Concat");
    return {
      Xs: Xs.map(({ type }) => {
        const length = fixedDim(type.shape[axis] ?? 1, "Concat: the gradient needs fixed lengths");
        at += length;
        return b.slice(dY, [at - length], [at], [axis]);
      }),
    };
  },
  axes: ({ Xs, Y, attrs }) =>
    Y.type.shape.flatMap((_, axis): Link[] =>
      axis === axisOf(attrs.axis, Y.type.shape.length, "Concat")
        ? segments("Y", Y, "Xs", Xs, axis)
        : [[["Y", axis], ...Xs.map((_x, i) => [`Xs.${i}`, axis] as const)]],
    ),
  examples: [
    { inputs: shapes([2, 3], [2, 1]), attrs: { axis: 1 } },
    { inputs: shapes([2, 1, 2], [2, 1, 2], [2, 3, 2]), attrs: { axis: -2 } },
    { inputs: [[2], [3], [1]], attrs: { axis: 0 } },
    { inputs: [Tensor.ints([4, 5]), Tensor.ints([6])], attrs: { axis: 0 } },
  ],
});

/** Parts of an axis one after the other; none where a length is a symbol. */
function segments(name: string, whole: Value, names: string, parts: readonly Value[], axis: number): Link[] {
  if (typeof whole.type.shape[axis] !== "number") return [];
  let from = 0;
  return parts.map((part, i): Link => {
    const link: Link = [
      [`${names}.${i}`, axis],
      [name, axis, 1, from],
    ];
    from += Number(part.type.shape[axis]);
    return link;
  });
}

/** Inputs that a message lists. */
const LISTED = 8;

function misfit(Xs: readonly Value[]): AppError {
  const more = Xs.length > LISTED ? ` and ${Xs.length - LISTED} more` : "";
  const list = Xs.slice(0, LISTED).map(({ type }) => `[${type.shape}]`);
  return new AppError("input", `Concat: ${list.join(", ")}${more} do not fit`);
}

/** Known elements of a concatenation; those of parts that are not known stay open. */
function joined(parts: readonly Value[]): ValueType["known"] {
  const known = parts.map(({ type }) => {
    const length = type.shape[0];
    const open = typeof length === "number" && length <= KNOWN;
    return type.known ?? (open ? Array<undefined>(length).fill(undefined) : undefined);
  });
  return known.every((part) => part !== undefined) ? known.flat() : undefined;
}

export const Split = defineOp({
  type: "Split",
  since: 18,
  inputs: ["X", "split?"],
  outputs: ["...Ys"],
  takes: { split: whole },
  attrs: { axis: int(0), num_outputs: maybe(int()) },
  moved: { split: "split" },
  moves: true,
  infer({ X, split, attrs }) {
    const axis = axisOf(attrs.axis, X.type.shape.length, "Split");
    const count = attrs.num_outputs;
    if ((split === undefined) === (count === undefined)) {
      const found = split ? "both" : "neither";
      throw new AppError("input", `Split: it takes its input split or num_outputs, and has ${found}`);
    }
    const sizes = split ? fixedNumbers(split, "Split", "split") : evenly(X.type.shape[axis] ?? 1, count ?? 1);
    const [whole, parts] = [X.type.shape[axis], sizes.reduce((all, size) => all + size, 0)];
    if (typeof whole === "number" && whole !== parts) {
      throw new AppError("input", `Split: an axis of length ${whole} into [${sizes}]`);
    }
    return {
      Ys: sizes.map((size) => ({
        dtype: X.type.dtype,
        shape: X.type.shape.map((dim, i) => (i === axis ? size : dim)),
      })),
    };
  },
  grad: (b, { dYs, attrs }) => ({ X: b.concat(dYs, attrs.axis) }),
  axes({ X, split, Ys, attrs }) {
    const parted = axisOf(attrs.axis, X.type.shape.length, "Split");
    const even = Ys.every(({ type }) => type.shape[parted] === Ys[0]?.type.shape[parted]);
    return X.type.shape.flatMap((_, axis): Link[] => {
      if (axis === parted && split) return segments("X", X, "Ys", Ys, axis);
      // parts that only their number tells apart are cut alike
      return axis !== parted || even ? [[["X", axis], ...Ys.map((_y, i) => [`Ys.${i}`, axis] as const)]] : [];
    });
  },
  spells: ({ X, split, Ys, attrs }) =>
    split
      ? Ys.map((_, element) => ({
          input: "split",
          element,
          of: `Ys.${element}`,
          axis: axisOf(attrs.axis, X.type.shape.length, "Split"),
        }))
      : [],
  examples: [
    { inputs: [[2, 5], Tensor.ints([2, 3])], attrs: { axis: 1 }, outputs: 2 },
    { inputs: [[4, 2], null], attrs: { num_outputs: 2 }, outputs: 2 },
  ],
});

/** Most parts that an axis is split into by their number. */
const PARTS = 4096;

function evenly(length: Dim, parts: number): number[] {
  if (parts < 1 || parts > PARTS) {
    throw new AppError("input", `Split: num_outputs is ${parts}; 1 to ${PARTS} parts are read`);
  }
  const whole = fixedDim(length, "Split: the length of the axis must be fixed");
  const size = Math.ceil(whole / parts);
  return Array.from({ length: parts }, (_, i) => Math.min(size, whole - i * size));
}

function fixedDim(dim: Dim, message: string): number {
  if (typeof dim !== "number") throw unread(message);
  return dim;
}

/** Axes that a slice or pad names: the first `count`, in order, when it names none. */
function namedAxes(
  axes: Value | undefined,
  count: Dim | undefined,
  rank: number,
  op: string,
): readonly number[] {
  if (axes) return fixedNumbers(axes, op, "axes").map((axis) => axisOf(axis, rank, op));
  if (typeof count === "number" && count <= rank) return Array.from({ length: count }, (_, i) => i);
  throw new AppError("input", `${op}: of a tensor of ${rank} axes it names ${count ?? "an open number of"}`);
}

/** Indices are clamped to the axis; where a length is a symbol it is taken to be at least 1. */
export const Slice = defineOp({
  type: "Slice",
  since: 13,
  inputs: ["X", "starts", "ends", "axes?", "steps?"],
  outputs: ["Y"],
  takes: { starts: whole, ends: whole, axes: whole, steps: whole },
  moved: { starts: "starts", ends: "ends", axes: "axes" },
  moves: true,
  infer({ X, starts, ends: stops, axes, steps, fresh }) {
    const { shape, known } = X.type;
    const out = [...shape];
    let picked = known;
    for (const [name, value] of Object.entries({ starts, ends: stops, axes, steps })) {
      const rank = value?.type.shape.length ?? 1;
      if (rank !== 1) throw new AppError("input", `Slice: ${name} must have one axis, and has ${rank}`);
    }
    namedAxes(axes, starts.type.shape[0], shape.length, "Slice").forEach((axis, i) => {
      const step = steps ? numbersOf(steps)?.[i] : 1;
      const [from, to] = [starts.type.known?.[i], stops.type.known?.[i]];
      const length = shape[axis] ?? 1;
      out[axis] = span(length, from, to, step) ?? fresh();
      picked = elements(picked, from, to, step);
    });
    return { Y: typed(X.type.dtype, out, shape.length === 1 ? picked : undefined) };
  },
  // Pads back with zeros.
  grad(b, { X, dY, starts, axes, steps }) {
    if (steps && numbersOf(steps)?.some((step) => step !== 1) !== false) {
      throw new AppError("input", "Slice: the gradient of a step other than 1 is not known");
    }
    const { shape } = X.type;
    const from = fixedNumbers(starts, "Slice", "starts");
    const before = shape.map(() => 0);
    namedAxes(axes, from.length, shape.length, "Slice").forEach((axis, i) => {
      const [start = 0, length = 1] = [from[i], shape[axis]];
      const negative = "Slice: the gradient of a negative start needs a fixed length";
      if (start !== 0)
        before[axis] =
          start > 0 && typeof length === "string" ? start : clamp(start, fixedDim(length, negative));
    });
    return { X: placedBack(b, X, dY, before) };
  },
  axes({ X, starts, ends: stops, axes, steps }) {
    const list = namedAxes(axes, starts.type.shape[0], X.type.shape.length, "Slice");
    const parts = list.flatMap((axis, i): Link[] => {
      const part = partOf(X, axis, starts, stops, i);
      if (!part || (steps && numbersOf(steps)?.[i] !== 1)) return [];
      return [
        [
          ["Y", axis],
          ["X", axis, 1, part.from],
        ],
      ];
    });
    return [...sameAxes(X, list), ...parts];
  },
  spells({ X, starts, ends: stops, axes }) {
    return namedAxes(axes, starts.type.shape[0], X.type.shape.length, "Slice").flatMap((axis, element) => {
      const part = partOf(X, axis, starts, stops, element);
      const [length, end] = [X.type.shape[axis], stops.type.known?.[element]];
      if (!part || typeof length !== "number") return [];
      const place = { element, of: "X", axis };
      return [
        ...(part.from > 0 ? [{ ...place, input: "starts", until: part.from }] : []),
        ...(typeof end === "number" && end <= length ? [{ ...place, input: "ends", until: part.to }] : []),
      ];
    });
  },
  examples: [
    { inputs: [[4, 5], Tensor.ints([1]), Tensor.ints([3]), Tensor.ints([0])] },
    { inputs: [[4, 5], Tensor.ints([0, -3]), Tensor.ints([2, ends]), Tensor.ints([0, 1])] },
    { inputs: [[3, 2], Tensor.ints([1]), Tensor.ints([2])] },
    { inputs: [[5], Tensor.ints([-1]), Tensor.ints([-ends]), Tensor.ints([0]), Tensor.ints([-2])] },
    { inputs: [[7, 2], Tensor.ints([1]), Tensor.ints([6]), Tensor.ints([0]), Tensor.ints([3])] },
    {
      inputs: [
        Tensor.ints([4, 5, 6, 7, 8]),
        Tensor.ints([1]),
        Tensor.ints([5]),
        Tensor.ints([0]),
        Tensor.ints([2]),
      ],
    },
  ],
});

/** The indices of an axis that entry `i` of a slice takes; undefined where they are not fixed. */
function partOf(
  X: Value,
  axis: number,
  starts: Value,
  stops: Value,
  i: number,
): { readonly from: number; readonly to: number } | undefined {
  const [length, from, to] = [X.type.shape[axis], starts.type.known?.[i], stops.type.known?.[i]];
  if (typeof length !== "number" || typeof from !== "number" || typeof to !== "number") return undefined;
  return { from: clamp(from, length), to: clamp(to, length) };
}

const clamp = (index: number, length: number): number =>
  Math.min(Math.max(index < 0 ? index + length : index, 0), length);

/** Length of length[from:to:step]; undefined where it cannot be told. */
function span(
  length: Dim,
  from: Dim | undefined,
  to: Dim | undefined,
  step: number | undefined,
): Dim | undefined {
  if (from === undefined || to === undefined || step === undefined) return undefined;
  if (typeof length === "number" && typeof from === "number" && typeof to === "number") {
    if (step > 0) return Math.max(0, Math.ceil((clamp(to, length) - clamp(from, length)) / step));
    // Backwards the last place is before the first: -1 after clamping.
    const back = (index: number): number =>
      Math.min(Math.max(index < 0 ? index + length : index, -1), length - 1);
    return Math.max(0, Math.ceil((back(to) - back(from)) / step));
  }
  const [start, end] = [place(length, from), place(length, to)];
  return step === 1 && start !== undefined && end !== undefined ? difference(end, start) : undefined;
}

/** An index into an axis where one of the two is a symbol; a symbol is taken to lie inside. */
function place(length: Dim, index: Dim): Dim | undefined {
  if (typeof index === "number") {
    if (typeof length === "number") return clamp(index, length);
    if (index >= 2 ** 31 - 1) return length;
    if (index === 0 || index === 1) return index;
    return index === -1 ? sum(length, -1) : undefined;
  }
  if (!index.startsWith("-")) return index;
  return index.includes("+") ? undefined : sum(length, index);
}

function elements(
  known: ValueType["known"],
  from: Dim | undefined,
  to: Dim | undefined,
  step: number | undefined,
): ValueType["known"] {
  if (typeof from !== "number" || typeof to !== "number" || step === undefined || step < 1) return undefined;
  return known?.slice(clamp(from, known.length), clamp(to, known.length)).filter((_, i) => i % step === 0);
}

/** A border of `value` (0 when absent) around X, or cut off where a pad is negative. */
export const Pad = defineOp({
  type: "Pad",
  since: 18,
  inputs: ["X", "pads", "value?", "axes?"],
  outputs: ["Y"],
  alike: [["X", "value"]],
  takes: { pads: whole, axes: whole },
  attrs: { mode: str("constant") },
  moved: { pads: "pads", value: "value" },
  infer({ X, pads, axes, fresh }) {
    const { shape } = X.type;
    const list = namedAxes(axes, shape.length, shape.length, "Pad");
    const out = [...shape];
    list.forEach((axis, i) => {
      const [before, after] = [pads.type.known?.[i], pads.type.known?.[i + list.length]];
      const open = before === undefined || after === undefined;
      out[axis] = open ? fresh() : sum(shape[axis] ?? 1, sum(before, after));
    });
    return { Y: { dtype: X.type.dtype, shape: out } };
  },
  // What is left of the border's gradient is that of the value.
  grad(b, { X, pads, axes, dY, attrs, wants }) {
    const by = fixedNumbers(pads, "Pad", "pads");
    if (attrs.mode !== "constant" || by.some((pad) => pad < 0)) {
      throw new AppError("input", "Pad: the gradient is known for a constant border only");
    }
    const list = namedAxes(axes, X.type.shape.length, X.type.shape.length, "Pad");
    const stops = list.map((_, i) => (by[i + list.length] === 0 ? ends : -(by[i + list.length] ?? 0)));
    const dX = b.slice(dY, by.slice(0, list.length), stops, list);
    const all = X.type.shape.map((_, i) => i);
    return { X: dX, ...(wants("value") && { value: b.sub(b.sum(dY, all), b.sum(dX, all)) }) };
  },
  axes({ X, pads, axes }) {
    const list = namedAxes(axes, X.type.shape.length, X.type.shape.length, "Pad");
    const still = (i: number): boolean =>
      numbersOf(pads)?.[i] === 0 && numbersOf(pads)?.[i + list.length] === 0;
    return sameAxes(
      X,
      list.filter((_, i) => !still(i)),
    );
  },
  examples: [
    { inputs: [[2, 3], Tensor.ints([1, 0, 0, 2])] },
    { inputs: [[2, 3], Tensor.ints([0, 2, 0, 1]), []] },
    { inputs: [[2, 3, 2], Tensor.ints([1, 1]), null, Tensor.ints([-2])] },
  ],
});

// Ops that read or write by index, and ops that make shapes and ranges.
import { AppError } from "../base/index.ts";
import { type Builder, type Dim, difference, isStatic, KNOWN, product, type Value } from "../ir/index.ts";
import { type DType, isFloat, Tensor } from "../tensor/index.ts";
import { defineOp, int, type Link, maybe, str, tensor, whole } from "./define.ts";
import { apart, axisOf, dimsOf, numbersOf, placedBack, spelledLengths, typed } from "./shapes.ts";

const ids = (random: number): number => Math.floor(random * 3);

const zeros = (b: Builder, shape: Value, dtype: DType): Value =>
  b.op("ConstantOfShape", [shape], { value: Tensor.from(dtype, [1], [0]) });

/**
 * Zeros in the shape of `data` with the rows of dY added at indices along an axis; equal indices add up. Made of
 * ScatterElements: ONNX Runtime's ScatterND loses sums of equal indices when it runs on several threads.
 */
function addedRows(b: Builder, data: Value, axis: number, indices: Value, dY: Value): Value {
  const [rank, count] = [data.type.shape.length, indices.type.shape.length];
  const after = rank - 1 - axis;
  const part = (start: number, end: number): Value => b.op("Shape", [dY], { start, end });
  const parts = [part(0, axis), b.ints([-1]), part(axis + count, rank - 1 + count)];
  const rows = count === 1 ? dY : b.op("Reshape", [dY, b.concat(parts, 0)]);
  const column = b.reshape(b.cast(indices, "i64"), [-1, ...Array<number>(after).fill(1)]);
  const at = b.op("Expand", [column, b.op("Shape", [rows])]);
  const empty = zeros(b, b.op("Shape", [data]), dY.type.dtype);
  return b.op("ScatterElements", [empty, at, rows], { axis, reduction: "add" });
}

/** Rows of `data` along `axis`. The gradient adds rows back; training does it itself, by `lookup`. */
export const Gather = defineOp({
  type: "Gather",
  since: 13,
  inputs: ["data", "indices"],
  outputs: ["Y"],
  takes: { indices: whole },
  attrs: { axis: int(0) },
  lookup: { table: "data", indices: "indices" },
  infer({ data, indices, attrs }) {
    const axis = axisOf(attrs.axis, data.type.shape.length, "Gather");
    const shape = [
      ...data.type.shape.slice(0, axis),
      ...indices.type.shape,
      ...data.type.shape.slice(axis + 1),
    ];
    const at = numbersOf(indices);
    const known = data.type.known && at ? at.map((i) => data.type.known?.at(i)) : undefined;
    return { Y: typed(data.type.dtype, shape, data.type.shape.length === 1 ? known : undefined) };
  },
  grad(b, { data, indices, dY, attrs }) {
    const axis = axisOf(attrs.axis, data.type.shape.length, "Gather");
    const [at, count] = [numbersOf(indices), indices.type.shape.length];
    if (at?.[0] === undefined || at[0] < 0 || count > 0)
      return { data: addedRows(b, data, axis, indices, dY) };
    const before = data.type.shape.map((_, i) => (i === axis ? (at[0] ?? 0) : 0));
    return { data: placedBack(b, data, b.unsqueeze(dY, [axis]), before) };
  },
  axes({ data, indices, attrs }) {
    const axis = axisOf(attrs.axis, data.type.shape.length, "Gather");
    const count = indices.type.shape.length;
    const kept = data.type.shape.map(
      (_, i): Link => [
        ["data", i],
        ["Y", i < axis ? i : i + count - 1],
      ],
    );
    const looked = indices.type.shape.map(
      (_, i): Link => [
        ["indices", i],
        ["Y", axis + i],
      ],
    );
    return [...kept.filter((_, i) => i !== axis), ...looked];
  },
  examples: [
    {
      inputs: [
        [4, 3],
        [2, 2],
      ],
      dtypes: ["f32", "i64"],
      sample: (random, _i, input) => (input ? ids(random) : random),
    },
    { inputs: [[2, 4, 3], Tensor.ints(1)], attrs: { axis: 1 } },
    { inputs: [[2, 4, 3], Tensor.ints(-1)], attrs: { axis: 1 } },
    { inputs: [[2, 4, 3], Tensor.from("i64", [2, 2], [0, 3, 3, -1])], attrs: { axis: 1 } },
    { inputs: [[4, 3], Tensor.from("i32", [2], [1, 1])] },
    { inputs: [[2, 4], Tensor.ints([0, 3, 0])], attrs: { axis: -1 } },
    { inputs: [Tensor.ints([4, 5, 6]), Tensor.ints([2, 0])] },
    { inputs: [Tensor.ints([4, 5, 6]), Tensor.ints(-1)] },
  ],
});

/** Elements of `data` at `indices` along `axis`. */
export const GatherElements = defineOp({
  type: "GatherElements",
  since: 13,
  inputs: ["data", "indices"],
  outputs: ["Y"],
  takes: { indices: whole },
  attrs: { axis: int(0) },
  infer: ({ data, indices }) => ({ Y: { dtype: data.type.dtype, shape: indices.type.shape } }),
  grad(b, { data, indices, dY, attrs }) {
    const empty = zeros(b, b.op("Shape", [data]), dY.type.dtype);
    return { data: b.op("ScatterElements", [empty, indices, dY], { axis: attrs.axis, reduction: "add" }) };
  },
  axes: ({ data, indices, attrs }) =>
    data.type.shape.flatMap((dim, axis): Link[] =>
      axis === axisOf(attrs.axis, data.type.shape.length, "GatherElements") ||
      dim !== indices.type.shape[axis]
        ? []
        : [["data", "indices", "Y"].map((name) => [name, axis] as const)],
    ),
  examples: [
    {
      inputs: [
        [3, 4],
        [3, 1],
      ],
      attrs: { axis: 1 },
      dtypes: ["f32", "i64"],
      sample: (random, _i, input) => (input ? ids(random) : random),
    },
  ],
});

function matching(updates: Value, expected: readonly Dim[], op: string): void {
  const { shape } = updates.type;
  if (shape.length === expected.length && !shape.some((dim, i) => apart(dim, expected[i] ?? dim))) return;
  throw new AppError("input", `${op}: updates of shape [${shape}] where [${expected}] is needed`);
}

/** `data` with `updates` written at row indices, or added; on several threads no two may then be equal. */
export const ScatterND = defineOp({
  type: "ScatterND",
  since: 18,
  inputs: ["data", "indices", "updates"],
  outputs: ["Y"],
  alike: [["data", "updates"]],
  takes: { indices: whole },
  attrs: { reduction: str("none") },
  infer({ data, indices, updates }) {
    const { dtype, shape } = data.type;
    const rows = [...indices.type.shape.slice(0, -1), ...shape.slice(Number(indices.type.shape.at(-1)))];
    matching(updates, rows, "ScatterND");
    return { Y: { dtype, shape } };
  },
  grad(b, { indices, dY, attrs, wants }) {
    if (attrs.reduction !== "add")
      throw new AppError("input", `ScatterND: the gradient of reduction "${attrs.reduction}" is not known`);
    return { data: dY, ...(wants("updates") && { updates: b.op("GatherND", [dY, indices]) }) };
  },
  examples: [
    { inputs: [[4, 2], Tensor.from("i64", [3, 1], [0, 2, 0]), [3, 2]], attrs: { reduction: "add" } },
  ],
});

export const GatherND = defineOp({
  type: "GatherND",
  since: 13,
  inputs: ["data", "indices"],
  outputs: ["Y"],
  takes: { indices: whole },
  attrs: { batch_dims: int(0) },
  infer({ data, indices, attrs }) {
    const width = indices.type.shape.at(-1);
    if (typeof width !== "number")
      throw new AppError("input", "GatherND: the width of its indices must be fixed");
    return {
      Y: {
        dtype: data.type.dtype,
        shape: [...indices.type.shape.slice(0, -1), ...data.type.shape.slice(attrs.batch_dims + width)],
      },
    };
  },
  grad(b, { data, indices, dY, attrs }) {
    if (attrs.batch_dims !== 0)
      throw new AppError("input", "GatherND: the gradient with batch_dims is not known");
    const sizes: readonly Dim[] = data.type.shape.slice(0, Number(indices.type.shape.at(-1)));
    if (!isStatic(sizes))
      throw new AppError("input", "GatherND: the gradient needs fixed sizes where it looks");
    // Row-major: the indices of an element of the first axes as one index into all of them.
    const steps = sizes.map((_, i) => sizes.slice(i + 1).reduce((all, size) => all * size, 1));
    const negative = b.op("Less", [indices, b.scalar(0, "i64")]);
    const inside = b.where(negative, b.add(b.cast(indices, "i64"), b.ints(sizes)), indices);
    const flat = b.sum(b.mul(inside, b.ints(steps)), -1);
    const rest = b.op("Shape", [data], { start: sizes.length });
    const rows = b.op("Reshape", [data, b.concat([b.ints([-1]), rest], 0)]);
    return { data: b.reshapeLike(addedRows(b, rows, 0, flat, dY), data) };
  },
  examples: [
    { inputs: [[4, 2], Tensor.from("i64", [3, 1], [0, 2, 0])] },
    { inputs: [[2, 3, 2], Tensor.from("i64", [2, 2, 2], [0, 2, 1, 1, -2, 2, 1, -1])] },
  ],
});

export const ScatterElements = defineOp({
  type: "ScatterElements",
  since: 18,
  inputs: ["data", "indices", "updates"],
  outputs: ["Y"],
  alike: [["data", "updates"]],
  takes: { indices: whole },
  attrs: { axis: int(0), reduction: str("none") },
  infer({ data, indices, updates }) {
    matching(updates, indices.type.shape, "ScatterElements");
    return { Y: { dtype: data.type.dtype, shape: data.type.shape } };
  },
  grad(b, { indices, dY, attrs, wants }) {
    if (attrs.reduction !== "add")
      throw new AppError(
        "input",
        `ScatterElements: the gradient of reduction "${attrs.reduction}" is not known`,
      );
    return {
      data: dY,
      ...(wants("updates") && { updates: b.op("GatherElements", [dY, indices], { axis: attrs.axis }) }),
    };
  },
  examples: [
    { inputs: [[3, 4], Tensor.from("i64", [3, 1], [0, 2, 1]), [3, 1]], attrs: { axis: 1, reduction: "add" } },
  ],
});

export const Shape = defineOp({
  type: "Shape",
  since: 15,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { start: int(0), end: maybe(int()) },
  constant: true,
  infer({ X, attrs }) {
    const known = X.type.shape.slice(attrs.start, attrs.end);
    return { Y: typed("i64", [known.length], known) };
  },
  measures: true,
  examples: [{ inputs: [[2, 3, 4]] }, { inputs: [[2, 3, 4]], attrs: { start: 1, end: -1 } }],
});

export const ConstantOfShape = defineOp({
  type: "ConstantOfShape",
  since: 9,
  inputs: ["shape"],
  outputs: ["Y"],
  takes: { shape: whole },
  attrs: { value: tensor(Tensor.floats([1], [0])) },
  constant: true,
  infer({ shape, attrs, fresh }) {
    const dims = dimsOf(shape, "ConstantOfShape").map((dim) => dim ?? fresh());
    const { dtype, size } = attrs.value;
    if (size !== 1) throw new AppError("input", `ConstantOfShape: its value has ${size} elements, not 1`);
    const count = dims.length === 0 ? 1 : dims[0];
    const small =
      dims.length <= 1 && typeof count === "number" && count >= 0 && count <= KNOWN && !isFloat(dtype);
    const known = small ? Array<number>(count).fill(attrs.value.numbers()[0] ?? 0) : undefined;
    return { Y: typed(dtype, dims, known) };
  },
  axes: ({ Y }) => Y.type.shape.map((_, axis): Link => [["Y", axis]]),
  spells: ({ shape, Y }) => spelledLengths(shape, Y),
  examples: [
    { inputs: [Tensor.ints([2, 3])] },
    { inputs: [Tensor.ints([3])], attrs: { value: Tensor.ints([7]) } },
  ],
});

export const Range = defineOp({
  type: "Range",
  since: 11,
  inputs: ["start", "limit", "delta"],
  outputs: ["Y"],
  alike: [["start", "limit", "delta"]],
  constant: true,
  counts: true,
  infer({ start, limit, delta, fresh }) {
    const [from, to, by] = [start.type.known?.[0], limit.type.known?.[0], delta.type.known?.[0]];
    const length = rangeLength(from, to, by) ?? fresh();
    const small =
      typeof from === "number" && typeof by === "number" && typeof length === "number" && length <= KNOWN;
    const known = small ? Array.from({ length }, (_, i) => from + i * by) : undefined;
    return { Y: typed(start.type.dtype, [length], known) };
  },
  examples: [
    { inputs: [Tensor.ints(0), Tensor.ints(5), Tensor.ints(2)] },
    { inputs: [Tensor.ints(7), Tensor.ints(1), Tensor.ints(-3)] },
    { inputs: [Tensor.ints(4), Tensor.ints(1), Tensor.ints(1)] },
  ],
});

/** Where a bound is a symbol, the limit is taken to lie past the start. */
function rangeLength(from: Dim | undefined, to: Dim | undefined, by: Dim | undefined): Dim | undefined {
  if (from === undefined || to === undefined || typeof by !== "number") return undefined;
  const span = difference(to, from);
  return typeof span === "number" ? Math.max(0, Math.ceil(span / by)) : by === 1 ? span : undefined;
}

export const Size = defineOp({
  type: "Size",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  constant: true,
  infer: ({ X }) => ({ Y: typed("i64", [], [product(X.type.shape)]) }),
  measures: true,
  examples: [{ inputs: [[2, 3]] }],
});

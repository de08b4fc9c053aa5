// Tile, and blocks of places to channels and back.
import { AppError } from "../base/index.ts";
import { type Builder, type Dim, product, quotient, type Value } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, int, str } from "./define.ts";
import { dimsOf, fixedNumbers, sameAxes, sizeOfAxes } from "./shapes.ts";

/** X several times over along each axis. The gradient sums over the copies. */
export const Tile = defineOp({
  type: "Tile",
  since: 13,
  inputs: ["X", "repeats"],
  outputs: ["Y"],
  takes: { repeats: ["i64"] },
  moves: true,
  infer({ X, repeats, fresh }) {
    const times = dimsOf(repeats, "Tile");
    if (times.length !== X.type.shape.length)
      throw new AppError("input", `Tile: ${times.length} repeats of a tensor of rank ${X.type.shape.length}`);
    const shape = X.type.shape.map((dim, i): Dim => {
      const count = times[i];
      return count === undefined ? fresh() : product([dim, count]);
    });
    return { Y: { dtype: X.type.dtype, shape } };
  },
  grad(b, { X, repeats, dY }) {
    const times = fixedNumbers(repeats, "Tile", "repeats");
    const apart = sizeOfAxes(
      b,
      X,
      times.flatMap((count, axis) => [[count] as const, axis]),
    );
    const copies = times.map((_, axis) => 2 * axis);
    return { X: b.sum(b.op("Reshape", [dY, apart]), copies) };
  },
  axes: ({ X }) => sameAxes(X),
  examples: [
    { inputs: [[2, 3], Tensor.ints([2, 1])] },
    { inputs: [[2, 1, 3], Tensor.ints([1, 3, 2])] },
    { inputs: [[3], Tensor.ints([1])] },
  ],
});

interface Blocks {
  readonly batch: Dim;
  readonly channels: Dim;
  readonly height: Dim;
  readonly width: Dim;
  readonly size: number;
}

function blocksOf(op: string, X: Value, size: number): Blocks {
  const [batch = 1, channels = 1, height = 1, width = 1, ...more] = X.type.shape;
  if (X.type.shape.length !== 4 || more.length > 0 || size < 1)
    throw new AppError("input", `${op}: blocks of ${size} in a tensor of shape [${X.type.shape}]`);
  return { batch, channels, height, width, size };
}

/** A size divided by a number; undefined where an open one may be divided or not. */
function divided(op: string, dim: Dim, by: number): Dim | undefined {
  const found = quotient(dim, by);
  if (found === undefined && typeof dim === "number")
    throw new AppError("input", `${op}: ${dim} is not a multiple of ${by}`);
  return found;
}

/** Blocks of channels become blocks of places; DCR has the block's place outside the channel, CRD inside. */
export const DepthToSpace = defineOp({
  type: "DepthToSpace",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { blocksize: int(), mode: str("DCR") },
  moves: true,
  infer({ X, attrs, fresh }) {
    const { batch, channels, height, width, size } = blocksOf("DepthToSpace", X, attrs.blocksize);
    if (attrs.mode !== "DCR" && attrs.mode !== "CRD")
      throw new AppError("input", `DepthToSpace: mode is ${JSON.stringify(attrs.mode)}`);
    const left = divided("DepthToSpace", channels, size * size) ?? fresh();
    return {
      Y: { dtype: X.type.dtype, shape: [batch, left, product([height, size]), product([width, size])] },
    };
  },
  decompose(b, { X, attrs }) {
    const size = attrs.blocksize;
    const crd = attrs.mode === "CRD";
    const inner = [[size], [size]] as const;
    const left = [quotientNumber(X, 1, size * size)] as const;
    const apart = reshaped(b, X, X, [0, ...(crd ? [left, ...inner] : [...inner, left]), 2, 3]);
    const moved = b.transpose(apart, crd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
    return [reshaped(b, moved, X, [0, left, [2, size], [3, size]])];
  },
  axes: () => [
    [
      ["X", 0],
      ["Y", 0],
    ],
  ],
  examples: [
    { inputs: [[2, 8, 2, 3]], attrs: { blocksize: 2 } },
    { inputs: [[1, 4, 3, 2]], attrs: { blocksize: 2, mode: "CRD" } },
  ],
});

/** Blocks of places become channels, the block's place outside the channel. */
export const SpaceToDepth = defineOp({
  type: "SpaceToDepth",
  since: 13,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { blocksize: int() },
  moves: true,
  infer({ X, attrs, fresh }) {
    const { batch, channels, height, width, size } = blocksOf("SpaceToDepth", X, attrs.blocksize);
    const places = [height, width].map((dim) => divided("SpaceToDepth", dim, size) ?? fresh());
    return { Y: { dtype: X.type.dtype, shape: [batch, product([channels, size * size]), ...places] } };
  },
  decompose(b, { X, attrs }) {
    const size = attrs.blocksize;
    const [height, width] = [quotientNumber(X, 2, size), quotientNumber(X, 3, size)];
    const apart = reshaped(b, X, X, [0, 1, [height], [size], [width], [size]]);
    const moved = b.transpose(apart, [0, 3, 5, 1, 2, 4]);
    return [reshaped(b, moved, X, [0, [1, size * size], [height], [width]])];
  },
  axes: () => [
    [
      ["X", 0],
      ["Y", 0],
    ],
  ],
  examples: [
    { inputs: [[2, 2, 4, 6]], attrs: { blocksize: 2 } },
    { inputs: [[1, 1, 2, 2]], attrs: { blocksize: 2 } },
  ],
});

const reshaped = (b: Builder, value: Value, like: Value, parts: Parameters<typeof sizeOfAxes>[2]): Value =>
  b.op("Reshape", [value, sizeOfAxes(b, like, parts)]);

/** An axis divided by a number; its length must be fixed. */
function quotientNumber(X: Value, axis: number, by: number): number {
  const found = quotient(X.type.shape[axis] ?? 1, by);
  if (typeof found === "number") return found;
  throw new AppError("input", `the gradient needs a fixed length of axis ${axis}, not ${X.type.shape[axis]}`);
}

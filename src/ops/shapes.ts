// Shape arithmetic that op definitions share: broadcasting, axes, integers that follow from shapes.
import { AppError, unread } from "../base/index.ts";
import {
  type Builder,
  type Dim,
  difference,
  KNOWN,
  product,
  quotient,
  type Value,
  type ValueType,
} from "../ir/index.ts";
import type { Link, Place, Spelling } from "./define.ts";

/** Shape of an element-wise result, as NumPy broadcasts; `fresh` names a dimension where symbols differ. */
export function broadcast(shapes: readonly (readonly Dim[])[], fresh: () => Dim, op: string): Dim[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const dims = shapes.map((shape) => shape[i - rank + shape.length] ?? 1).filter((dim) => dim !== 1);
    const distinct = [...new Set(dims)];
    if (distinct.length <= 1) return distinct[0] ?? 1;
    const numbers = distinct.filter((dim) => typeof dim === "number");
    if (numbers.length > 1)
      throw new AppError(
        "input",
        `${op}: shapes ${shapes.map((s) => `[${s}]`).join(" and ")} do not broadcast`,
      );
    return numbers[0] ?? fresh();
  });
}

/** True where two sizes are numbers that differ. */
export const apart = (a: Dim, c: Dim): boolean => typeof a === "number" && typeof c === "number" && a !== c;

/** A non-negative axis; an AppError when it is outside the rank. */
export function axisOf(axis: number, rank: number, op: string): number {
  const found = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || found < 0 || found >= Math.max(rank, 1)) {
    throw new AppError("input", `${op}: axis ${axis} is outside a tensor of rank ${rank}`);
  }
  return found;
}

/** The elements of a small integer tensor, when all are known numbers. */
export function numbersOf(value: Value | undefined): readonly number[] | undefined {
  const numbers = value?.type.known?.filter((item) => typeof item === "number");
  return numbers?.length === value?.type.known?.length ? numbers : undefined;
}

/** The elements of a tensor that names a shape; undefined for those that are open. */
export function dimsOf(value: Value, op: string): readonly (Dim | undefined)[] {
  const length = value.type.known?.length ?? value.type.shape[0];
  if (typeof length !== "number") throw unread(`${op}: the number of its dimensions must be fixed`);
  if (length > KNOWN)
    throw new AppError("input", `${op}: it names ${length} axes; at most ${KNOWN} are read`);
  return value.type.known ?? Array<undefined>(length).fill(undefined);
}

/** The elements of a tensor that names axes or sizes; an AppError when they are not fixed in the graph. */
export function fixedNumbers(value: Value | undefined, op: string, input: string): readonly number[] {
  const numbers = numbersOf(value);
  if (!numbers) throw unread(`${op}: its input ${input} must be a constant`);
  return numbers;
}

/** Element-wise result of known integer elements, broadcasting scalars. */
export function knownBy(
  inputs: readonly Value[],
  shape: readonly Dim[],
  apply: (items: readonly Dim[]) => Dim | undefined,
): ValueType["known"] {
  const count = shape.length === 0 ? 1 : shape[0];
  if (shape.length > 1 || typeof count !== "number" || inputs.some(({ type }) => !type.known))
    return undefined;
  return Array.from({ length: count }, (_, i) => {
    const items = inputs.map(({ type }) => (type.known?.length === 1 ? type.known[0] : type.known?.[i]));
    return items.every((item): item is Dim => item !== undefined) ? apply(items) : undefined;
  });
}

/** A type with known elements where there are any, and not too many. */
export const typed = (
  dtype: ValueType["dtype"],
  shape: readonly Dim[],
  known?: ValueType["known"],
): ValueType =>
  known && known.length <= KNOWN && known.some((item) => item !== undefined)
    ? { dtype, shape, known }
    : { dtype, shape };

/** Links of an element-wise op: axes of equal length, aligned from the right, are one axis. */
export function alignedLinks(named: Readonly<Record<string, Value>>, output: string): Link[] {
  const out = named[output]?.type.shape ?? [];
  return out.flatMap((dim, axis) => {
    const places = Object.entries(named).flatMap(
      ([
        name,
        {
          type: { shape },
        },
      ]): Place[] => {
        const own = axis - out.length + shape.length;
        return own >= 0 && shape[own] === dim && dim !== 1 ? [[name, own]] : [];
      },
    );
    return dim === 1 ? [] : [places];
  });
}

/** Every axis of X is the same axis of the outputs, except those given. */
export function sameAxes(
  X: Value,
  except: readonly number[] = [],
  outputs: readonly string[] = ["Y"],
): Link[] {
  const axes = X.type.shape.map((_, axis) => axis).filter((axis) => !except.includes(axis));
  return axes.map((axis) => ["X", ...outputs].map((name): Place => [name, axis]));
}

/** The lengths of Y that its input `shape` writes out; Y's axes are aligned with it from the right. */
export function spelledLengths(shape: Value, Y: Value): readonly Spelling[] {
  const [known = [], rank] = [shape.type.known, Y.type.shape.length];
  return known.flatMap((dim, element) => {
    const axis = element - known.length + rank;
    const length = Y.type.shape[axis];
    return dim === length && length !== 1 ? [{ input: "shape", element, of: "Y", axis }] : [];
  });
}

/** The value divided by how many elements of `many` make one of `few`. */
export function perElement(b: Builder, value: Value, many: Value, few: Value): Value {
  const count = quotient(product(many.type.shape), product(few.type.shape));
  if (typeof count === "number") return b.scale(value, 1 / count);
  return b.div(value, b.cast(b.div(b.op("Size", [many]), b.op("Size", [few])), value.type.dtype));
}

/** A part of X at the place `before` along each axis, with zeros around it, in the shape of X. */
export function placedBack(b: Builder, X: Value, part: Value, before: readonly number[]): Value {
  const after = X.type.shape.map((dim, i) =>
    difference(difference(dim, part.type.shape[i] ?? 1), before[i] ?? 0),
  );
  const fixed = after.filter((dim) => typeof dim === "number");
  if (fixed.length === after.length) return b.op("Pad", [part, b.ints([...before, ...fixed])]);
  const rest = b.sub(b.sub(b.op("Shape", [X]), b.op("Shape", [part])), b.ints(before));
  return b.op("Pad", [part, b.concat([b.ints(before), rest], 0)]);
}

/** A shape at run time: a number is that axis of `like`, a number in brackets itself, a pair an axis times a number. */
export function sizeOfAxes(
  b: Builder,
  like: Value,
  parts: readonly (number | readonly [number] | readonly [axis: number, times: number])[],
): Value {
  const dims = parts.map((part): Dim => {
    if (typeof part === "number") return like.type.shape[part] ?? 1;
    const [first, times] = part;
    return times === undefined ? first : product([like.type.shape[first] ?? 1, times]);
  });
  const fixed = dims.filter((dim) => typeof dim === "number");
  if (fixed.length === dims.length) return b.ints(fixed);
  const one = (part: (typeof parts)[number], dim: Dim | undefined): Value => {
    if (typeof dim === "number") return b.ints([dim]);
    const [axis, times = 1] = typeof part === "number" ? [part] : part;
    return b.scale(b.op("Shape", [like], { start: axis, end: axis + 1 }), times);
  };
  return b.concat(
    parts.map((part, i) => one(part, dims[i])),
    0,
  );
}

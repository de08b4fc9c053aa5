// Element-wise ops of two or more inputs. Gradients may have the broadcast shape: the driver sums them.
import { AppError } from "../base/index.ts";
import type { Builder, Dim, Value } from "../ir/index.ts";
import { difference, product, quotient, sum } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, int, maybe, type OpDef } from "./define.ts";
import { alignedLinks, broadcast, knownBy, numbersOf, sameAxes, typed } from "./shapes.ts";

type View = {
  readonly A: Value;
  readonly B: Value;
  readonly Y: Value;
  readonly dY: Value;
  readonly wants: (name: "A" | "B") => boolean;
};
type Rule = (b: Builder, view: View) => { A?: Value; B?: Value };

const pair = (
  ...inputs: readonly (readonly number[])[]
): { readonly inputs: readonly (readonly number[])[] } => ({
  inputs,
});
const examples = [
  pair([2, 3], [2, 3]),
  pair([2, 3], [3]),
  pair([2, 1], [1, 3]),
  pair([], [2, 2]),
  pair([1], [1]),
  pair([3], [2, 2, 1]),
];
const numbers = { inputs: [Tensor.ints([7, -6, 5, 2]), Tensor.ints([2])] };

interface Kind {
  readonly since: number;
  readonly grad?: Rule;
  readonly known?: (items: readonly Dim[]) => Dim | undefined;
  readonly sample?: (random: number, index: number, input: number) => number;
}

const binary = (type: string, { since, grad, known, sample }: Kind): OpDef =>
  defineOp({
    type,
    since,
    inputs: ["A", "B"],
    outputs: ["Y"],
    // the exponent may be of another type than the base
    ...(type !== "Pow" && { alike: [["A", "B"]] }),
    infer({ A, B, fresh }) {
      const shape = broadcast([A.type.shape, B.type.shape], fresh, type);
      return { Y: typed(A.type.dtype, shape, known && knownBy([A, B], shape, known)) };
    },
    ...(grad ? { grad } : { constant: true as const }),
    axes: ({ A, B, Y }) => alignedLinks({ A, B, Y }, "Y"),
    examples: [...examples.map((one) => ({ ...one, ...(sample && { sample }) })), numbers],
  });

const away = (random: number): number => (random < 0.5 ? -0.4 - random : random);
const only = (wants: boolean, name: "A" | "B", value: () => Value): { A?: Value; B?: Value } =>
  wants ? { [name]: value() } : {};

/** A between -2.9 and -2.1 or 2.1 and 2.9, B near 1: no step between whole quotients. */
const apart = (random: number, index: number, input: number): number =>
  input ? 0.99 + 0.02 * random : (index % 2 ? -1 : 1) * (2.2 + 0.6 * random);

export const Add = binary("Add", {
  since: 14,
  known: ([a = 0, b = 0]) => sum(a, b),
  grad: (_b, { dY }) => ({ A: dY, B: dY }),
});
export const Sub = binary("Sub", {
  since: 14,
  known: ([a = 0, b = 0]) => difference(a, b),
  grad: (b, { dY, wants }) => ({ A: dY, ...only(wants("B"), "B", () => b.neg(dY)) }),
});
export const Mul = binary("Mul", {
  since: 14,
  known: (items) => product(items),
  grad: (b, { A, B, dY, wants }) => ({
    ...only(wants("A"), "A", () => b.mul(dY, B)),
    ...only(wants("B"), "B", () => b.mul(dY, A)),
  }),
});
/** d(a/b) = da / b - y db / b */
export const Div = binary("Div", {
  since: 14,
  sample: away,
  known: ([a = 0, b = 1]) =>
    typeof a === "number" && typeof b === "number" && b !== 0 ? Math.trunc(a / b) + 0 : quotient(a, b),
  grad(b, { B, Y, dY, wants }) {
    const A = b.div(dY, B);
    return { A, ...only(wants("B"), "B", () => b.neg(b.mul(A, Y))) };
  },
});
/** d a^b = b a^(b-1) da + ln(a) a^b db */
export const Pow = binary("Pow", {
  since: 15,
  sample: (random) => 0.5 + random,
  grad: (b, { A, B, Y, dY, wants }) => ({
    ...only(wants("A"), "A", () => b.mul(dY, b.mul(B, b.op("Pow", [A, b.shift(B, -1)])))),
    ...only(wants("B"), "B", () => b.mul(dY, b.mul(Y, b.log(A)))),
  }),
});
/** The remainder, of the sign of b, or with fmod of a: a - q b for a whole q, so da = dy and db = -q dy. */
export const Mod = defineOp({
  type: "Mod",
  since: 13,
  inputs: ["A", "B"],
  outputs: ["Y"],
  alike: [["A", "B"]],
  attrs: { fmod: int(0) },
  infer({ A, B, attrs, fresh }) {
    const shape = broadcast([A.type.shape, B.type.shape], fresh, "Mod");
    const rest = ([a, b]: readonly Dim[]): Dim | undefined => {
      if (typeof a !== "number" || typeof b !== "number" || b === 0) return undefined;
      // + 0: no negative zero
      return (attrs.fmod ? a % b : a - b * Math.floor(a / b)) + 0;
    };
    return { Y: typed(A.type.dtype, shape, knownBy([A, B], shape, rest)) };
  },
  grad: (b, { A, B, Y, dY, wants }) => ({
    A: dY,
    ...only(wants("B"), "B", () => b.neg(b.mul(dY, b.div(b.sub(A, Y), B)))),
  }),
  axes: ({ A, B, Y }) => alignedLinks({ A, B, Y }, "Y"),
  examples: [
    { inputs: [[2, 3], [3]], attrs: { fmod: 1 }, sample: apart },
    { inputs: [[2, 2], []], attrs: { fmod: 1 }, sample: apart },
    { inputs: [Tensor.ints([7, -6, 5, -2]), Tensor.ints([3])] },
    { inputs: [Tensor.ints([7, -6, 5, -2]), Tensor.ints([-3])], attrs: { fmod: 1 } },
  ],
});

/** The operands of a variadic op never come near each other: no kink for finite differences. */
const spread = (random: number, index: number, input: number): number =>
  2 * ((index + input) % 4) + 0.3 * input + 0.1 * random;

type VariadicRule = (
  b: Builder,
  view: { readonly Xs: readonly Value[]; readonly Y: Value; readonly dY: Value },
) => readonly Value[];

/** An op of one input or more, which all broadcast against each other. */
const variadic = (
  type: string,
  grad: VariadicRule,
  sample?: Kind["sample"],
  known?: (numbers: readonly number[]) => number,
): OpDef =>
  defineOp({
    type,
    since: 13,
    inputs: ["...Xs"],
    outputs: ["Y"],
    alike: [["Xs"]],
    infer({ Xs: [first, ...rest], fresh }) {
      if (!first) throw new AppError("input", `${type} needs an input`);
      const shapes = [first, ...rest].map((X) => X.type.shape);
      const shape = broadcast(shapes, fresh, type);
      const ofNumbers = (items: readonly Dim[]): Dim | undefined => {
        const numbers = items.filter((item) => typeof item === "number");
        return numbers.length === items.length ? known?.(numbers) : undefined;
      };
      return { Y: typed(first.type.dtype, shape, known && knownBy([first, ...rest], shape, ofNumbers)) };
    },
    grad: (b, view) => ({ Xs: grad(b, view) }),
    axes: ({ Xs, Y }) => alignedLinks({ ...Object.fromEntries(Xs.map((X, i) => [`Xs.${i}`, X])), Y }, "Y"),
    examples: [
      ...examples,
      pair([2, 3]),
      pair([3, 2], [1, 2], [3, 1]),
      pair([2, 3], [3], [1, 3], [2, 1]),
      ...(known ? [{ inputs: [Tensor.ints([7, -6, 5]), Tensor.ints([2]), Tensor.ints([4, 4, 4])] }] : []),
    ].map((one) => ({
      ...one,
      ...(sample && { sample }),
    })),
  });

/** The gradient goes to the operand that won; of equal ones to the last. */
const won: VariadicRule = (b, { Xs, Y, dY }) => {
  const zero = b.scalar(0, dY);
  let rest = dY;
  const later = Xs.slice(1)
    .toReversed()
    .map((X) => {
      const wins = b.op("Equal", [X, Y]);
      const own = b.where(wins, rest, zero);
      rest = b.where(wins, zero, rest);
      return own;
    });
  return [rest, ...later.reverse()];
};
export const Max = variadic("Max", won, spread, (numbers) => Math.max(...numbers));
export const Min = variadic("Min", won, spread, (numbers) => Math.min(...numbers));
export const Sum = variadic("Sum", (_b, { Xs, dY }) => Xs.map(() => dY));
/** Each of n inputs gets dY / n. */
export const Mean = variadic("Mean", (b, { Xs, dY }) => {
  const share = b.scale(dY, 1 / Xs.length);
  return Xs.map(() => share);
});

export const Where = defineOp({
  type: "Where",
  since: 16,
  inputs: ["condition", "X", "Y"],
  outputs: ["Z"],
  alike: [["X", "Y"]],
  takes: { condition: ["bool"] },
  infer({ condition, X, Y, fresh }) {
    const shape = broadcast([condition.type.shape, X.type.shape, Y.type.shape], fresh, "Where");
    const choose = ([test, yes, no]: readonly (Dim | undefined)[]): Dim | undefined => {
      if (yes === no) return yes;
      return typeof test === "number" ? (test ? yes : no) : undefined;
    };
    return { Z: typed(X.type.dtype, shape, knownBy([condition, X, Y], shape, choose)) };
  },
  grad(b, { condition, dZ, wants }) {
    const zero = b.scalar(0, dZ);
    return {
      ...(wants("X") && { X: b.where(condition, dZ, zero) }),
      ...(wants("Y") && { Y: b.where(condition, zero, dZ) }),
    };
  },
  axes: ({ condition, X, Y, Z }) => alignedLinks({ condition, X, Y, Z }, "Z"),
  examples: [
    {
      inputs: [[2, 3], [2, 3], [3]],
      dtypes: ["bool", "f32", "f32"],
      sample: (random, _i, input) => (input ? random : Number(random > 0.5)),
    },
    {
      inputs: [[2, 1], [], [1, 3]],
      dtypes: ["bool", "f32", "f32"],
      sample: (random, _i, input) => (input ? random : Number(random > 0.5)),
    },
    { inputs: [Tensor.from("bool", [2], [1, 0]), Tensor.ints([4, 5]), Tensor.ints([6])] },
  ],
});

/** Bounds of -0.5 and 0.5; numbers inside and outside, away from both. */
const aroundBounds = (random: number, index: number, input: number): number =>
  input ? input - 1.5 : index % 2 ? random * 0.4 : (index % 4 ? -1 : 1) * (0.6 + random);

/** The gradient goes to X inside the bounds, outside to the bound (min <= max). */
export const Clip = defineOp({
  type: "Clip",
  since: 13,
  inputs: ["X", "min?", "max?"],
  outputs: ["Y"],
  alike: [["X", "min", "max"]],
  attrs: {},
  moved: { min: "min", max: "max" },
  infer: ({ X }) => ({ Y: { dtype: X.type.dtype, shape: X.type.shape } }),
  grad(b, { X, min, max, dY, wants }) {
    const zero = b.scalar(0, dY);
    const above = min && b.op("Greater", [X, min]);
    const below = max && b.op("Less", [X, max]);
    const over = above ? b.where(above, dY, zero) : dY;
    return {
      X: below ? b.where(below, over, zero) : over,
      ...(above && wants("min") && { min: b.where(above, zero, dY) }),
      ...(below && wants("max") && { max: b.where(below, zero, dY) }),
    };
  },
  axes: ({ X }) => sameAxes(X),
  examples: [
    {
      inputs: [[2, 3], [], []],
      sample: aroundBounds,
    },
    { inputs: [[2, 2], null, []], sample: aroundBounds },
    { inputs: [[2, 2], []], sample: aroundBounds },
  ],
});

/** Identity at inference; training replaces it by a product with a seeded mask. */
export const Dropout = defineOp({
  type: "Dropout",
  since: 13,
  inputs: ["X", "ratio?", "training_mode?"],
  outputs: ["Y", "mask?"],
  takes: { training_mode: ["bool"] },
  attrs: { seed: maybe(int()) },
  moved: { ratio: "ratio" },
  infer: ({ X }) => ({ Y: X.type, mask: { dtype: "bool", shape: X.type.shape } }),
  grad(_b, { training_mode, dY }) {
    if (training_mode && numbersOf(training_mode)?.[0] !== 0) {
      throw new AppError("input", "Dropout: the gradient in training mode is not known", {
        hint: "masks are inputs of a training graph",
      });
    }
    return { X: dY };
  },
  axes: ({ X }) => sameAxes(X, [], ["Y", "mask"]),
  examples: [
    { inputs: [[2, 3]], outputs: 1 },
    { inputs: [[2, 3], Tensor.floats([], [0.5]), Tensor.from("bool", [], [0])], outputs: 2 },
  ],
});

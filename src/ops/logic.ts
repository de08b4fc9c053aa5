// Comparisons, truth values and bits: nothing flows back through any of them.
import type { Dim, Value } from "../ir/index.ts";
import { difference } from "../ir/index.ts";
import { type DType, Tensor } from "../tensor/index.ts";
import { defineOp, int, type OpDef, str } from "./define.ts";
import { alignedLinks, broadcast, knownBy, sameAxes, typed } from "./shapes.ts";

type Known = (items: readonly Dim[]) => Dim | undefined;
type Sample = (random: number, index: number, input: number) => number;

interface Pair {
  readonly since: number;
  /** Element type of the result; that of A by default. */
  readonly gives?: DType;
  /** Element types that it takes; any by default. */
  readonly takes?: readonly DType[];
  readonly known?: Known;
  readonly examples: OpDef["examples"];
}

/** An op of two inputs that broadcast. */
const pair = (type: string, { since, gives, takes, known, examples }: Pair): OpDef =>
  defineOp({
    type,
    since,
    inputs: ["A", "B"],
    outputs: ["Y"],
    alike: [["A", "B"]],
    ...(takes && { takes: { A: takes } }),
    constant: true,
    infer({ A, B, fresh }) {
      const shape = broadcast([A.type.shape, B.type.shape], fresh, type);
      return { Y: typed(gives ?? A.type.dtype, shape, known && knownBy([A, B], shape, known)) };
    },
    axes: ({ A, B, Y }) => alignedLinks({ A, B, Y }, "Y"),
    examples,
  });

const compared = [
  { inputs: [[2, 3], [3]] },
  {
    inputs: [
      [2, 1],
      [1, 3],
    ],
  },
  { inputs: [[], [2, 2]] },
  { inputs: [Tensor.ints([7, -6, 5, 2]), Tensor.ints([2])] },
];

const comparison = (type: string, since: number, known: Known): OpDef =>
  pair(type, { since, gives: "bool", known, examples: compared });

/** A symbol is a length: never negative, so never equal to the -1 that exporters compare shapes with. */
export const Equal = comparison("Equal", 13, ([a = 0, b = 0]) => {
  const between = difference(a, b);
  if (typeof between === "number") return between === 0 ? 1 : 0;
  const [number, symbol] = typeof a === "number" ? [a, b] : [b, a];
  return typeof number === "number" && number < 0 && !String(symbol).includes("-") ? 0 : undefined;
});

/** A comparison of two lengths whose difference is a number. */
const byDifference =
  (test: (between: number) => boolean): Known =>
  ([a = 0, b = 0]) => {
    const between = difference(a, b);
    return typeof between === "number" ? Number(test(between)) : undefined;
  };
export const Greater = comparison(
  "Greater",
  13,
  byDifference((between) => between > 0),
);
export const GreaterOrEqual = comparison(
  "GreaterOrEqual",
  16,
  byDifference((between) => between >= 0),
);
export const Less = comparison(
  "Less",
  13,
  byDifference((between) => between < 0),
);
export const LessOrEqual = comparison(
  "LessOrEqual",
  16,
  byDifference((between) => between <= 0),
);

const truth: Sample = (random) => (random < 0.5 ? 0 : 1);
const bools = (...values: readonly number[]): Tensor => Tensor.from("bool", [values.length], values);
const bothNumbers =
  (apply: (a: number, b: number) => number): Known =>
  ([a, b]) =>
    typeof a === "number" && typeof b === "number" ? apply(a, b) : undefined;

const logical = (type: string, apply: (a: number, b: number) => number): OpDef =>
  pair(type, {
    since: 7,
    gives: "bool",
    takes: ["bool"],
    known: bothNumbers(apply),
    examples: [
      { inputs: [[2, 3], [3]], dtypes: ["bool", "bool"], sample: truth },
      { inputs: [bools(0, 0, 1, 1), bools(0, 1, 0, 1)] },
    ],
  });
export const And = logical("And", (a, b) => a & b);
export const Or = logical("Or", (a, b) => a | b);
export const Xor = logical("Xor", (a, b) => a ^ b);

const bytes: Sample = (random) => Math.floor(random * 256);
const ofBytes = (dtype: DType): OpDef["examples"] => [
  { inputs: [[2, 3], [3]], dtypes: [dtype, dtype], sample: bytes },
];
export const BitwiseAnd = pair("BitwiseAnd", { since: 18, examples: ofBytes("u8") });
export const BitwiseOr = pair("BitwiseOr", { since: 18, examples: ofBytes("u8") });
export const BitwiseXor = pair("BitwiseXor", { since: 18, examples: ofBytes("u8") });

/** A shifted by B bits, LEFT or RIGHT. */
export const BitShift = defineOp({
  type: "BitShift",
  since: 11,
  inputs: ["A", "B"],
  outputs: ["Y"],
  alike: [["A", "B"]],
  attrs: { direction: str() },
  constant: true,
  infer: ({ A, B, fresh }) => ({
    Y: { dtype: A.type.dtype, shape: broadcast([A.type.shape, B.type.shape], fresh, "BitShift") },
  }),
  axes: ({ A, B, Y }) => alignedLinks({ A, B, Y }, "Y"),
  examples: ["LEFT", "RIGHT"].map((direction) => ({
    inputs: [[2, 3], [3]],
    dtypes: ["u8" as const, "u8" as const],
    attrs: { direction },
    sample: (random: number, _index: number, input: number) => Math.floor(random * (input ? 7 : 256)),
  })),
});

/** An op of one input to whose elements a test or a change applies, each alone. */
const single = (
  type: string,
  since: number,
  gives: DType | undefined,
  examples: OpDef["examples"],
  known?: Known,
  takes?: readonly DType[],
): OpDef =>
  defineOp({
    type,
    since,
    inputs: ["X"],
    outputs: ["Y"],
    ...(takes && { takes: { X: takes } }),
    constant: true,
    infer: ({ X }) => ({
      Y: typed(gives ?? X.type.dtype, X.type.shape, known && knownBy([X], X.type.shape, known)),
    }),
    axes: ({ X }) => sameAxes(X),
    examples,
  });
export const Not = single(
  "Not",
  1,
  "bool",
  [{ inputs: [[2, 3]], dtypes: ["bool"], sample: truth }, { inputs: [bools(1, 0)] }],
  ([item]) => (typeof item === "number" ? 1 - item : undefined),
  ["bool"],
);
export const BitwiseNot = single("BitwiseNot", 18, undefined, [
  { inputs: [[2, 3]], dtypes: ["u8"], sample: bytes },
]);
/** One in three is not a number. */
const holed: Sample = (random, index) => (index % 3 === 1 ? Number.NaN : random);
export const IsNaN = single("IsNaN", 9, "bool", [
  { inputs: [[2, 3]], sample: holed },
  { inputs: [[4]], sample: holed },
]);

/** Infinity of either sign, infinities of one sign where the attributes say so. */
export const IsInf = defineOp({
  type: "IsInf",
  since: 10,
  inputs: ["X"],
  outputs: ["Y"],
  attrs: { detect_negative: int(1), detect_positive: int(1) },
  constant: true,
  infer: ({ X }: { X: Value }) => ({ Y: { dtype: "bool", shape: X.type.shape } }),
  axes: ({ X }) => sameAxes(X),
  examples: [{}, { detect_negative: 0 }, { detect_positive: 0 }].map((attrs) => ({
    inputs: [[2, 3]],
    attrs,
    sample: (random: number, index: number) =>
      index % 3 === 1 ? (random < 0.5 ? -1 : 1) * Number.POSITIVE_INFINITY : random,
  })),
});

// Matrix products.
import { AppError } from "../base/index.ts";
import { type Builder, type Dim, product, type Value, type ValueType } from "../ir/index.ts";
import { defineOp, float, int, type Link, type Place } from "./define.ts";
import { broadcast } from "./shapes.ts";

const last = (value: Value, back: number): Dim => value.type.shape.at(-back) ?? 1;
const swapped = (b: Builder, value: Value): Value => {
  const rank = value.type.shape.length;
  return b.transpose(value, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
};
const rows = (b: Builder, value: Value): Value =>
  value.type.shape.length === 2 ? value : b.op("Reshape", [value, b.ints([-1, fixed(last(value, 1))])]);
const fixed = (dim: Dim): number => {
  if (typeof dim !== "number")
    throw new AppError("input", `a matrix product's gradient needs fixed widths, not ${dim}`);
  return dim;
};

function product2(A: Value, B: Value, fresh: () => Dim, op: string): ValueType {
  const [a, c] = [A.type.shape, B.type.shape];
  const inner = [a.at(-1), c.length > 1 ? c.at(-2) : c.at(-1)];
  if (
    a.length === 0 ||
    c.length === 0 ||
    (inner.every((dim) => typeof dim === "number") && inner[0] !== inner[1])
  ) {
    throw new AppError("input", `${op}: [${a}] x [${c}] do not fit`);
  }
  const batch = broadcast([a.slice(0, -2), c.slice(0, -2)], fresh, op);
  return {
    dtype: A.type.dtype,
    shape: [...batch, ...(a.length > 1 ? a.slice(-2, -1) : []), ...(c.length > 1 ? c.slice(-1) : [])],
  };
}

/** Links of a product: rows of A, columns of B, the contracted axis, and the batch axes. */
function productLinks(A: Value, B: Value, Y: Value): Link[] {
  const [a, c, y] = [A.type.shape.length, B.type.shape.length, Y.type.shape.length];
  const links: Link[] = [
    [
      ["A", a - 1],
      ["B", Math.max(c - 2, 0)],
    ],
  ];
  if (a > 1)
    links.push([
      ["A", a - 2],
      ["Y", c > 1 ? y - 2 : y - 1],
    ]);
  if (c > 1)
    links.push([
      ["B", c - 1],
      ["Y", y - 1],
    ]);
  for (let axis = 0; axis < Math.max(a, c) - 2; axis++) {
    const place = (name: string, value: Value): Place[] => {
      const own = axis - (y - value.type.shape.length);
      return own >= 0 && value.type.shape[own] !== 1 ? [[name, own]] : [];
    };
    links.push([...place("A", A), ...place("B", B), ["Y", axis]]);
  }
  return links;
}

/** Y = A B. dA = dY B^T, dB = A^T dY; a matrix B shared by a batch sums over all rows at once. */
export const MatMul = defineOp({
  type: "MatMul",
  since: 13,
  inputs: ["A", "B"],
  outputs: ["Y"],
  alike: [["A", "B"]],
  product: true,
  infer: ({ A, B, fresh }) => ({ Y: product2(A, B, fresh, "MatMul") }),
  grad(b, { A, B, dY, wants }) {
    if (A.type.shape.length < 2 || B.type.shape.length < 2)
      throw new AppError("input", "MatMul: the gradient of a vector operand is not known");
    const flat = B.type.shape.length === 2;
    return {
      ...(wants("A") && { A: b.matmul(dY, swapped(b, B)) }),
      ...(wants("B") && {
        B: flat ? b.matmul(swapped(b, rows(b, A)), rows(b, dY)) : b.matmul(swapped(b, A), dY),
      }),
    };
  },
  axes: ({ A, B, Y }) => productLinks(A, B, Y),
  cost: ({ A, Y }) => 2 * Number(product(Y.type.shape)) * Number(last(A, 1)),
  examples: [
    {
      inputs: [
        [2, 3],
        [3, 4],
      ],
    },
    {
      inputs: [
        [2, 1, 3],
        [3, 2],
      ],
    },
    {
      inputs: [
        [2, 3, 2],
        [2, 2, 4],
      ],
    },
    {
      inputs: [
        [2, 2, 2, 3],
        [1, 2, 3, 1],
      ],
    },
    {
      inputs: [
        [1, 1],
        [1, 1],
      ],
    },
  ],
});

/** Y = alpha A' B' + beta C, where ' transposes as the attributes say. */
export const Gemm = defineOp({
  type: "Gemm",
  since: 13,
  inputs: ["A", "B", "C?"],
  outputs: ["Y"],
  alike: [["A", "B", "C"]],
  product: true,
  attrs: { alpha: float(1), beta: float(1), transA: int(0), transB: int(0) },
  infer({ A, B, attrs }) {
    const [a, c] = [A.type.shape, B.type.shape];
    if (a.length !== 2 || c.length !== 2)
      throw new AppError("input", `Gemm takes matrices, not [${a}] x [${c}]`);
    const inner = [a[attrs.transA ? 0 : 1], c[attrs.transB ? 1 : 0]];
    if (inner.every((dim) => typeof dim === "number") && inner[0] !== inner[1]) {
      throw new AppError(
        "input",
        `Gemm: [${a}] x [${c}] do not fit (transA=${attrs.transA}, transB=${attrs.transB})`,
      );
    }
    return {
      Y: { dtype: A.type.dtype, shape: [a[attrs.transA ? 1 : 0] ?? 1, c[attrs.transB ? 0 : 1] ?? 1] },
    };
  },
  grad(b, { A, B, C, dY, attrs: { alpha, beta, transA, transB }, wants }) {
    const gemm = (x: Value, y: Value, tx: number, ty: number): Value =>
      b.op("Gemm", [x, y], { alpha, transA: tx, transB: ty });
    return {
      ...(wants("A") && { A: transA ? gemm(B, dY, transB, 1) : gemm(dY, B, 0, transB ? 0 : 1) }),
      ...(wants("B") && { B: transB ? gemm(dY, A, 1, transA) : gemm(A, dY, transA ? 0 : 1, 0) }),
      ...(C && wants("C") && { C: b.scale(dY, beta) }),
    };
  },
  axes({ C, attrs: { transA, transB } }) {
    const links: Link[] = [
      [
        ["A", transA ? 0 : 1],
        ["B", transB ? 1 : 0],
      ],
      [
        ["A", transA ? 1 : 0],
        ["Y", 0],
        ...(C && C.type.shape.length === 2 && C.type.shape[0] !== 1 ? [["C", 0] as const] : []),
      ],
      [
        ["B", transB ? 0 : 1],
        ["Y", 1],
        ...(C && C.type.shape.length > 0 && C.type.shape.at(-1) !== 1
          ? [["C", C.type.shape.length - 1] as const]
          : []),
      ],
    ];
    return links;
  },
  cost: ({ A, Y, attrs }) => 2 * Number(product(Y.type.shape)) * Number(A.type.shape[attrs.transA ? 0 : 1]),
  examples: [
    { inputs: [[2, 3], [3, 4], [4]] },
    {
      inputs: [
        [2, 3],
        [4, 3],
        [2, 4],
      ],
      attrs: { transB: 1, alpha: 0.5, beta: 2 },
    },
    { inputs: [[3, 2], [3, 4], null], attrs: { transA: 1 } },
    { inputs: [[3, 2], [4, 3], [1]], attrs: { transA: 1, transB: 1, alpha: 2 } },
    { inputs: [[1, 1], [1, 1], [1]] },
  ],
});

/** alpha A' B' with the last two axes of each transposed as asked (ONNX Runtime's contrib operators). */
export const FusedMatMul = defineOp({
  type: "com.microsoft.FusedMatMul",
  since: 1,
  inputs: ["A", "B"],
  outputs: ["Y"],
  alike: [["A", "B"]],
  attrs: { alpha: float(1), transA: int(0), transB: int(0), transBatchA: int(0), transBatchB: int(0) },
  infer({ A, B, attrs, fresh }) {
    const view = (value: Value, trans: number, batch: number): Value => {
      let shape = [...value.type.shape];
      if (batch) shape = [...shape.slice(1, -1), shape[0] ?? 1, shape.at(-1) ?? 1];
      if (trans) shape = [...shape.slice(0, -2), shape.at(-1) ?? 1, shape.at(-2) ?? 1];
      return { name: undefined, type: { dtype: value.type.dtype, shape } };
    };
    return {
      Y: product2(
        view(A, attrs.transA, attrs.transBatchA),
        view(B, attrs.transB, attrs.transBatchB),
        fresh,
        "FusedMatMul",
      ),
    };
  },
  decompose(b, { A, B, attrs }) {
    const view = (value: Value, trans: number, batch: number): Value => {
      const rank = value.type.shape.length;
      const moved = batch
        ? b.transpose(value, [...Array(rank - 2).keys()].map((i) => i + 1).concat(0, rank - 1))
        : value;
      return trans ? swapped(b, moved) : moved;
    };
    return [
      b.scale(
        b.matmul(view(A, attrs.transA, attrs.transBatchA), view(B, attrs.transB, attrs.transBatchB)),
        attrs.alpha,
      ),
    ];
  },
  examples: [
    {
      inputs: [
        [2, 3, 4],
        [2, 5, 4],
      ],
      attrs: { transB: 1, alpha: 0.5 },
    },
    {
      inputs: [
        [2, 4, 3],
        [2, 4, 5],
      ],
      attrs: { transA: 1 },
    },
    {
      inputs: [
        [3, 2, 2, 4],
        [3, 2, 2, 4],
      ],
      attrs: { transBatchA: 1, transBatchB: 1, transB: 1 },
    },
  ],
});

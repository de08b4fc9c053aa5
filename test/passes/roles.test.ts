// Roles: what a model learns, what is looked up, and what it was written with; weights are found behind what only moves them.
import { describe, expect, test } from "vitest";
import { Builder, type Graph, type Value } from "../../src/ir/index.ts";
import { opTable } from "../../src/ops/index.ts";
import { canonical, readsOf, rolesOf } from "../../src/passes/index.ts";
import { Tensor } from "../../src/tensor/index.ts";

const filled = (shape: readonly number[], value: (i: number) => number = (i) => Math.sin(i + 1)): Tensor =>
  Tensor.floats(
    shape,
    Float32Array.from({ length: shape.reduce((all, dim) => all * dim, 1) }, (_, i) => value(i)),
  );

function graphOf(make: (b: Builder) => Value): Graph {
  const b = new Builder(opTable);
  return b.finish({ logits: make(b) });
}

const named = <T>(all: ReadonlyMap<Value, T>): Record<string, T> =>
  Object.fromEntries([...all].flatMap(([{ name }, one]) => (name === undefined ? [] : [[name, one]])));

describe("roles", () => {
  test("of a layer with positions, a scale, a mask, norms, and a head of one channel", () => {
    const graph = graphOf((b) => {
      const ids = b.input("ids", "i64", ["batch", 4]);
      const x = b.add(
        b.gather(b.weight("words", filled([9, 8])), ids),
        b.weight("positions", filled([4, 8])),
      );
      const gain = b.weight(
        "gain",
        filled([8], () => 1),
      );
      const normal = b.op("LayerNormalization", [
        x,
        gain,
        b.weight(
          "shift",
          filled([8], () => 0),
        ),
      ]);
      const q = b.add(
        b.matmul(normal, b.weight("query", filled([8, 8]))),
        b.weight("query.bias", filled([8])),
      );
      const scores = b.mul(
        b.matmul(q, b.transpose(normal, [0, 2, 1])),
        b.weight(
          "scale",
          filled([1], () => 0.125),
        ),
      );
      const seen = b.add(
        b.div(
          scores,
          b.weight(
            "root",
            filled([], () => 8),
          ),
        ),
        b.weight(
          "mask",
          filled([4, 4], (i) => (i % 5 > 2 ? -1e4 : 0)),
        ),
      );
      const mixed = b.matmul(b.op("Softmax", [seen], { axis: -1 }), normal);
      const shifted = b.shift(b.mul(mixed, b.weight("layer scale", filled([8]))), 0);
      const head = b.matmul(shifted, b.weight("head", filled([8, 1])));
      return b.mul(
        b.add(head, b.weight("head.bias", filled([1]))),
        b.weight(
          "logit scale",
          filled([], () => 3),
        ),
      );
    });
    expect(named(rolesOf(graph))).toEqual({
      words: "table",
      positions: "parameter",
      gain: "parameter",
      shift: "parameter",
      query: "parameter",
      "query.bias": "parameter",
      scale: "constant",
      root: "constant",
      mask: "constant",
      "layer scale": "parameter",
      head: "parameter",
      "head.bias": "parameter",
      "logit scale": "constant",
    });
  });

  test("of integers, their scales and zero points", () => {
    const graph = graphOf((b) => {
      const x = b.input("x", "u8", [2, 4]);
      const w = b.weight("w_quantized", Tensor.from("i8", [4, 3], new Int8Array(12).fill(3)));
      const zero = b.weight("w_zero_point", Tensor.from("i8", [3], [0, 1, 2]));
      const sums = b.op("MatMulInteger", [x, w, undefined, zero]);
      return b.mul(b.cast(sums, "f32"), b.weight("w_scale", filled([3])));
    });
    expect(named(rolesOf(graph))).toEqual({
      w_quantized: "parameter",
      w_zero_point: "zeroPoint",
      w_scale: "scale",
    });
  });

  test("frequencies of rotary positions are constants, whichever product multiplies them", () => {
    const graph = graphOf((b) => {
      const at = b.input("at", "f32", [5, 1]);
      const angles = b.matmul(
        at,
        b.unsqueeze(
          b.weight(
            "frequencies",
            filled([4], (i) => 10 ** -i),
          ),
          [0],
        ),
      );
      const both = b.concat([angles, angles], 1);
      return b.add(b.op("Cos", [both]), b.op("Sin", [both]));
    });
    expect(named(rolesOf(graph))).toEqual({ frequencies: "constant" });
  });

  test("a single number that is added to a variance is a constant, though its result has one channel", () => {
    const graph = graphOf((b) => {
      const x = b.input("x", "f32", [3, 8]);
      return b.div(
        x,
        b.sqrt(
          b.add(
            b.mean(b.mul(x, x), -1, { keep: true }),
            b.weight(
              "epsilon",
              filled([1], () => 1e-5),
            ),
          ),
        ),
      );
    });
    expect(named(rolesOf(graph))).toEqual({ epsilon: "constant" });
  });
});

test("reads are found behind swapped axes and other moves", () => {
  const graph = graphOf((b) => {
    const x = b.input("x", "f32", [2, 6]);
    const w = b.weight("w", filled([6, 6]));
    const turned = b.matmul(x, b.transpose(w, [1, 0]));
    const again = b.matmul(turned, b.reshape(b.transpose(b.op("Identity", [w]), [1, 0]), [6, 6]));
    return b.add(b.op("Gemm", [again, w], { transB: 1 }), b.matmul(w, b.transpose(x, [1, 0])) && again);
  });
  const [reads] = [...readsOf(graph)].filter(([{ name }]) => name === "w").map(([, own]) => own);
  expect(reads?.map(({ as, transposed, through }) => [as, transposed, ...through])).toEqual([
    ["right", true],
    ["right", true, "Reshape"],
    ["right", false],
  ]);
});

describe("canonical form", () => {
  const ops = ({ nodes }: Graph): string[] => nodes.map(({ op }) => op);
  const weights = ({ weights: all }: Graph) =>
    named(new Map([...all].map(([value, tensor]) => [value, `${tensor.dtype} ${tensor.shape}`])));

  test("folds Identity, Transpose and widening Casts of weights, through one another", () => {
    const graph = canonical(
      graphOf((b) => {
        const x = b.input("x", "f32", [2, 6]);
        const half = Tensor.from(
          "f16",
          [4, 6],
          Array.from({ length: 24 }, (_, i) => i / 8),
        );
        const wide = b.cast(b.op("Identity", [b.weight("half", half)]), "f32");
        return b.matmul(x, b.op("Identity", [b.transpose(wide, [1, 0])]));
      }),
    );
    expect(ops(graph)).toEqual(["MatMul"]);
    expect(weights(graph)).toEqual({ half: "f32 6,4" });
    const numbers = [...graph.weights.values()][0]?.numbers() ?? [];
    expect(numbers.slice(0, 5)).toEqual([0, 6 / 8, 12 / 8, 18 / 8, 1 / 8]);
  });

  test("leaves a Transpose where the weight is also read as it lies, and a Cast that would round", () => {
    const graph = canonical(
      graphOf((b) => {
        const ids = b.input("ids", "i64", [2]);
        const table = b.weight("table", filled([9, 6]));
        const w = b.cast(b.cast(b.weight("w", filled([6, 6])), "f16"), "f32");
        return b.matmul(b.matmul(b.gather(table, ids), w), b.transpose(b.op("Identity", [table]), [1, 0]));
      }),
    );
    expect(ops(graph).sort()).toEqual(["Cast", "Cast", "Gather", "MatMul", "MatMul", "Transpose"]);
  });

  test("names the matrices of Constant nodes that a product reads, and is the same graph where nothing is to be done", () => {
    const graph = graphOf((b) => {
      const x = b.input("x", "f32", [2, 6]);
      return b.add(b.matmul(x, b.constant(filled([6, 6]))), b.constant(filled([6])));
    });
    const once = canonical(graph);
    expect(weights(once)).toEqual({ "MatMul_0.weight": "f32 6,6" });
    expect(canonical(once)).toBe(once);
  });
});

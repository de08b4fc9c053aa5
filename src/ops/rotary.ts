// Rotary positions as opset 23 has them.
import { AppError, unread } from "../base/index.ts";
import { type Builder, product, quotient, type Value } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { defineOp, int, type Link } from "./define.ts";
import { apart } from "./shapes.ts";

/** Parts of the rotated width: those that turn, in two halves or as neighbours, and those that stay. */
function rotated(b: Builder, x: Value, cos: Value, sin: Value, interleaved: boolean): Value {
  const { shape } = x.type;
  const [last, width] = [shape.length - 1, Number(shape.at(-1))];
  const pairs = interleaved ? b.op("Reshape", [x, b.ints([0, 0, 0, width / 2, 2])]) : undefined;
  const half = (i: number): Value =>
    pairs
      ? b.op("Gather", [pairs, b.constant(Tensor.ints(i))], { axis: last + 1 })
      : b.slice(x, [(i * width) / 2], [((i + 1) * width) / 2], [last]);
  const [first, second] = [half(0), half(1)];
  const real = b.sub(b.mul(cos, first), b.mul(sin, second));
  const imaginary = b.add(b.mul(sin, first), b.mul(cos, second));
  if (!pairs) return b.concat([real, imaginary], last);
  const both = b.concat([b.unsqueeze(real, [last + 1]), b.unsqueeze(imaginary, [last + 1])], last + 1);
  return b.op("Reshape", [both, b.ints([0, 0, 0, width])]);
}

/** Each head's parts turned by the angle of their position (Su et al. 2021). */
export const RotaryEmbedding = defineOp({
  type: "RotaryEmbedding",
  since: 23,
  inputs: ["X", "cos", "sin", "positions?"],
  outputs: ["Y"],
  alike: [["X", "cos", "sin"]],
  takes: { positions: ["i64"] },
  attrs: { interleaved: int(0), num_heads: int(0), rotary_embedding_dim: int(0) },
  infer({ X, cos, sin, positions, attrs }) {
    const { dtype, shape } = X.type;
    if (shape.length !== 4 && (shape.length !== 3 || attrs.num_heads < 1))
      throw new AppError("input", `RotaryEmbedding: [${shape}] with num_heads ${attrs.num_heads}`);
    const heads = shape.length === 3 ? attrs.num_heads : 1;
    const last = shape.at(-1) ?? 1;
    const turned = attrs.rotary_embedding_dim || quotient(last, heads);
    const widths = [cos, sin].map(({ type }) => product([type.shape.at(-1) ?? 1, 2]));
    const wrong = [
      turned === undefined && typeof last === "number",
      [cos, sin].some(({ type }) => type.shape.length !== (positions ? 2 : 3)),
      widths.some((dim) => apart(dim, turned ?? dim)),
    ];
    if (wrong.includes(true))
      throw new AppError(
        "input",
        `RotaryEmbedding: angles of shape [${cos.type.shape}] and [${sin.type.shape}] for [${shape}]`,
      );
    return { Y: { dtype, shape } };
  },
  decompose(b, { X, cos, sin, positions, attrs }) {
    const flat = X.type.shape.length === 3;
    const x = flat ? b.op("Reshape", [X, b.ints([0, 0, attrs.num_heads, -1])]) : X;
    const width = quotient(X.type.shape.at(-1) ?? 1, flat ? attrs.num_heads : 1);
    if (typeof width !== "number")
      throw unread("RotaryEmbedding: the gradient needs a fixed width of its heads");
    const turned = attrs.rotary_embedding_dim || width;
    // angles are [batch, length, half]; heads stand before the length, or after it where X is flat
    const angle = (cache: Value): Value =>
      b.unsqueeze(positions ? b.gather(cache, positions) : cache, [flat ? 2 : 1]);
    const part = turned === width ? x : b.slice(x, [0], [turned], [3]);
    const found = rotated(b, part, angle(cos), angle(sin), attrs.interleaved !== 0);
    const whole = turned === width ? found : b.concat([found, b.slice(x, [turned], [width], [3])], 3);
    return [flat ? b.op("Reshape", [whole, b.ints([0, 0, Number(X.type.shape.at(-1))])]) : whole];
  },
  axes({ X, positions }) {
    const names = positions ? ["X", "positions", "Y"] : ["X", "cos", "sin", "Y"];
    const batch = names.map((name) => [name, 0] as const);
    const head: Link = [
      ["X", 1],
      ["Y", 1],
    ];
    return X.type.shape.length === 4 ? [batch, head] : [batch];
  },
  examples: [
    {
      inputs: [
        [2, 3, 4, 6],
        [2, 4, 3],
        [2, 4, 3],
      ],
    },
    {
      inputs: [[2, 3, 4, 6], [5, 2], [5, 2], Tensor.from("i64", [2, 4], [0, 1, 2, 3, 1, 2, 3, 4])],
      attrs: { rotary_embedding_dim: 4 },
    },
    { inputs: [[2, 3, 8], [2, 3, 2], [2, 3, 2], null], attrs: { num_heads: 2, interleaved: 1 } },
  ],
});

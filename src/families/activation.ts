// Activation functions of feed-forward layers, by the name that config.json gives them.
import type { Builder, Value } from "../ir/index.ts";

type Activation = (b: Builder, x: Value) => Value;

/** x * (1 + erf(x / sqrt 2)) / 2, in the order that ONNX Runtime fuses into one Gelu. */
const gelu: Activation = (b, x) => {
  const erf = b.op("Erf", [b.div(x, b.scalar(Math.SQRT2, x))]);
  return b.scale(b.mul(x, b.shift(erf, 1)), 0.5);
};

/** x * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 (Hendrycks and Gimpel, arXiv:1606.08415). */
const geluTanh: Activation = (b, x) => {
  const cube = b.mul(b.mul(x, x), x);
  const inner = b.scale(b.add(x, b.scale(cube, 0.044715)), Math.sqrt(2 / Math.PI));
  return b.mul(b.scale(x, 0.5), b.shift(b.op("Tanh", [inner]), 1));
};

const activations: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ["gelu", gelu],
  ["gelu_new", geluTanh],
  ["gelu_pytorch_tanh", geluTanh],
  ["relu", (b, x) => b.op("Relu", [x])],
]);

/** Names that `activate` knows. */
export const activationNames: readonly string[] = [...activations.keys()];

/** The named activation of x; the name was checked against `activationNames` before. */
export const activate = (b: Builder, name: string, x: Value): Value => activations.get(name)?.(b, x) ?? x;

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

/** x * sigmoid(1.702 x) (the same paper). */
const geluQuick: Activation = (b, x) => b.mul(x, b.op("Sigmoid", [b.scale(x, 1.702)]));

/** x * sigmoid(x) (Elfwing et al., arXiv:1702.03118). */
const silu: Activation = (b, x) => b.mul(x, b.op("Sigmoid", [x]));

/**
 * x * tanh(ln(1 + e^x)) (Misra, arXiv:1908.08681), the logarithm as relu(x) + ln(1 + e^-|x|), so that no
 * power of e is larger than 1.
 */
const mish: Activation = (b, x) => {
  const rest = b.op("Log", [b.shift(b.exp(b.neg(b.op("Abs", [x]))), 1)]);
  return b.mul(x, b.op("Tanh", [b.add(b.op("Relu", [x]), rest)]));
};

const relu: Activation = (b, x) => b.op("Relu", [x]);

/** The smaller of x and a bound; exactly x below the bound. */
const atMost = (b: Builder, x: Value, bound: number): Value => b.sub(x, relu(b, b.shift(x, -bound)));

/** (1 + erf((x - sqrt(1/2)) / (sqrt(2) sqrt(1 / 4 pi)))) / 2, with the constants that transformers rounds (Ma et al., arXiv:2209.10655). */
const laplace: Activation = (b, x) => {
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: the constant that the models were trained with
  const scaled = b.scale(b.shift(x, -0.707107), 1 / (0.282095 * Math.SQRT2));
  return b.scale(b.shift(b.op("Erf", [scaled]), 1), 0.5);
};

const activations: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ["gelu", gelu],
  ["gelu_python", gelu],
  ["gelu_new", geluTanh],
  ["gelu_fast", geluTanh],
  ["gelu_accurate", geluTanh],
  ["gelu_pytorch_tanh", geluTanh],
  ["gelu_python_tanh", geluTanh],
  ["quick_gelu", geluQuick],
  ["silu", silu],
  ["swish", silu],
  ["mish", mish],
  ["gelu_10", (b, x) => atMost(b, gelu(b, x), 10)],
  ["laplace", laplace],
  ["leaky_relu", (b, x) => b.sub(relu(b, x), b.scale(relu(b, b.neg(x)), 0.01))],
  ["linear", (_b, x) => x],
  ["relu", relu],
  ["relu2", (b, x) => b.mul(relu(b, x), relu(b, x))],
  ["relu6", (b, x) => atMost(b, relu(b, x), 6)],
  ["tanh", (b, x) => b.op("Tanh", [x])],
  ["sigmoid", (b, x) => b.op("Sigmoid", [x])],
]);

/** Names that `activate` knows. */
export const activationNames: readonly string[] = [...activations.keys()];

/** The named activation of x; the name was checked against `activationNames` before. */
export const activate = (b: Builder, name: string, x: Value): Value => activations.get(name)?.(b, x) ?? x;

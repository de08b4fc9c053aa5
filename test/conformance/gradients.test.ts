// Gradients of every op against finite differences, once and twice over, in float32 and, with kernels, float64.
import { describe, expect, test } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { allOps, callsOf, doubled, examplesOf, isDouble, lacksKernel, type OpCall } from "./calls.ts";
import { firstOrder, secondOrder } from "./gradient-check.ts";

type Check = (call: OpCall) => Promise<number | undefined>;

const differentiable = allOps.filter((def) => def.grad || def.decompose || def.constant);
/** Calls that a rule refuses by name, and ops whose gradients were compared in float64. */
const refusedCalls = new Set<string>();
const inDouble = new Set<string>();

async function passes(call: OpCall, check: Check, tolerance: number): Promise<boolean> {
  try {
    const error = await check(call);
    expect(error ?? 0, call.title).toBeLessThan(tolerance);
    return error !== undefined;
  } catch (error) {
    if (!(error instanceof AppError && error.message.startsWith(`${call.def.type}: the gradient`)))
      throw error;
    refusedCalls.add(`${call.title} -- ${error.message}`);
    return false;
  }
}

/** The check in float32, and in float64 unless the engine has no kernel for it or the call makes float32. */
async function both(call: OpCall, check: Check): Promise<void> {
  await passes(call, check, 1e-3);
  const double = doubled(call);
  if (!isDouble(double)) return;
  try {
    if (await passes(double, check, 1e-6)) inDouble.add(call.def.type);
  } catch (error) {
    if (!lacksKernel(error)) throw error;
  }
}

describe.each(differentiable.map((def) => [def.type, def] as const))("%s", (_type, def) => {
  test("once", async () => {
    for (const call of callsOf(def, 2)) await both(call, firstOrder);
  });

  test("twice", async () => {
    for (const call of examplesOf(def)) await both(call, secondOrder);
  });
});

test("calls that are refused, and ops that were compared in float64", () => {
  expect([...refusedCalls].filter((call) => !call.includes("f64")).sort()).toMatchInlineSnapshot(`
    [
      "Attention([2,2,3,4], [2,2,5,4], [2,2,5,4], _, _, _, {4,5}) -- Attention: the gradient with softcap, lengths without padding, scores after the mask, or a causal past is not known",
      "Attention([2,2,3,5], [2,2,7,5], [2,2,7,5], _, _, _, {4,5}) -- Attention: the gradient with softcap, lengths without padding, scores after the mask, or a causal past is not known",
      "Attention([2,2,4,4], [2,2,6,4], [2,2,6,4], _, _, _, {4,5}) -- Attention: the gradient with softcap, lengths without padding, scores after the mask, or a causal past is not known",
      "Einsum([2,3,1], [1,4], equation=...ij,jk->...ik) -- Einsum: the gradient of a diagonal or of axes under an ellipsis is not known",
      "Einsum([2,3,4], [4,5], equation=...ij,jk->...ik) -- Einsum: the gradient of a diagonal or of axes under an ellipsis is not known",
      "Einsum([3,3], equation=ii->i) -- Einsum: the gradient of a diagonal or of axes under an ellipsis is not known",
      "Einsum([5,3,5], [5,4], equation=...ij,jk->...ik) -- Einsum: the gradient of a diagonal or of axes under an ellipsis is not known",
      "Einsum([5,5], equation=ii->i) -- Einsum: the gradient of a diagonal or of axes under an ellipsis is not known",
      "Slice([5], {-1}, {-9007199254740991}, {0}, {-2}) -- Slice: the gradient of a step other than 1 is not known",
      "Slice([7,2], {1}, {6}, {0}, {3}) -- Slice: the gradient of a step other than 1 is not known",
      "Slice([7], {-1}, {-9007199254740991}, {0}, {-2}) -- Slice: the gradient of a step other than 1 is not known",
      "Slice([8,4], {1}, {6}, {0}, {3}) -- Slice: the gradient of a step other than 1 is not known",
      "com.microsoft.Attention([2,1,4], [4,12], [12], _, [2,2,2,3,2], num_heads=2) -- com.microsoft.Attention: the gradient with a past, rotary positions or a mask of 4 axes is not known",
    ]
  `);
  expect([...inDouble].sort().join(" ")).toMatchInlineSnapshot(
    `"Abs Add Attention BatchNormalization CastLike Ceil Clip Concat Cos CumSum DepthToSpace Div Dropout Einsum Elu Exp Expand EyeLike Flatten Floor Gather GatherElements GatherND Gelu Gemm GroupNormalization HardSigmoid HardSwish Identity LayerNormalization LeakyRelu Log LogSoftmax LpNormalization MatMul Max MaxPool Min Mish Mod Mul Neg PRelu Pad Pow RMSNormalization Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare Relu Reshape Round ScatterElements ScatterND Selu Sigmoid Sign SimplifiedLayerNormalization Sin Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Swish Tanh ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Where com.microsoft.FastGelu com.microsoft.FusedMatMul com.microsoft.QuickGelu"`,
  );
});

const without = allOps.filter((def) => !differentiable.includes(def));

test("ops without a rule are these", () => {
  expect(without.map(({ type }) => type).join(" ")).toMatchInlineSnapshot(
    `"AveragePool ReduceProd DynamicQuantizeLinear MatMulInteger DequantizeLinear QuantizeLinear"`,
  );
});

test.each(without.map((def) => [def.type, def] as const))("%s is refused by name", async (type, def) => {
  const messages = await Promise.all(
    examplesOf(def).map((call) => firstOrder(call).then(String, (error: unknown) => String(error))),
  );
  // Integer operands have no gradient to refuse.
  for (const message of messages)
    expect(message).toMatch(new RegExp(`^(undefined|AppError: the op ${type} has no gradient rule)$`));
});

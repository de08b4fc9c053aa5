// minnow as a library: what the commands do, and the graph tools they stand on.

export { gradientName, gradients, type GradientsOptions } from "./autodiff/index.ts";
export { AppError, type Change, type ErrorKind, exitCodes, type Refusal, type RunEvent } from "./base/index.ts";
export { type CompileOptions, type Engine, openEngine, type Session } from "./engine/index.ts";
export { families, instantiate, loadCheckpoint, type LoadedModel } from "./families/index.ts";
export { openCheckpoint, writeSafetensors } from "./hub/index.ts";
export { Builder, type Graph, type Model, namedWeights, print, type Value, withWeights } from "./ir/index.ts";
export { defineMethod, type Method, methods } from "./methods/index.ts";
export { opTable } from "./ops/index.ts";
export {
  benchModels,
  type BenchResult,
  compress,
  type CompressOptions,
  evaluateModel as evaluate,
  type EvaluateResult,
  exportModel,
  inspectModel,
  runStep,
} from "./pipeline/index.ts";
export { jsonSchema, parseRecord, type RunRecord } from "./record/index.ts";
export { render } from "./report/index.ts";
export { parseRecipe, type Recipe } from "./recipe/index.ts";
export { type DType, Tensor } from "./tensor/index.ts";
export { crossEntropy, distillation, fit, type FitOptions, Stepper } from "./train/index.ts";
export { readModel, writeModel } from "./files.ts";

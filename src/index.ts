// minnow as a library: what the commands do, and the graph tools they stand on; docs/library.md shows each.
import type { Model } from "./ir/index.ts";
import { readModel as read, writeModel as write } from "./onnx/index.ts";
import { opTable } from "./ops/index.ts";
import * as pipeline from "./pipeline/index.ts";
import { checked, checkedAsync, checkedText } from "./pipeline/index.ts";
import * as searching from "./search/index.ts";

export {
  /** Which output is the loss, what it is differentiated by, how the gradients are named. */
  type GradientsOptions,
  /** Name of the output that holds the gradient of the value of this name: `gradient of NAME`. */
  gradientName,
  /**
   * The graph with one more output for each value of `wrt`: the gradient of the scalar loss by it, of its
   * shape and type. AppError `input` names an op that has no rule, or a value that the loss does not depend
   * on.
   */
  gradients,
} from "./autodiff/index.ts";
export {
  /**
   * The one class of errors: `kind`, `path`, `facts`, `hint`; `describe()` is the line that the commands
   * print, `exitCode` follows the kind.
   */
  AppError,
  /** One thing that a step changed: the weight or layer, and what was done to it. */
  type Change,
  /** The kinds of failure, a closed union. */
  type ErrorKind,
  /** Exit code by kind of failure. */
  exitCodes,
  /** One thing that was left as it is, and why. */
  type Refusal,
  /** An event of a run: start, progress, done, note; seconds and counts. */
  type RunEvent,
} from "./base/index.ts";
export {
  /** Threads, the runtime's own optimisation, memory arena, profile. */
  type CompileOptions,
  /** What runs a graph: `compile` takes one from memory, `open` takes an ONNX file. */
  type Engine,
  /**
   * The engine of a name, by default ONNX Runtime on the processor. AppError `usage` says what to install
   * where it does not load.
   */
  openEngine,
  /**
   * A compiled graph: `run` takes tensors by input name and gives tensors by output name; `dispose` frees
   * it.
   */
  type Session,
} from "./engine/index.ts";
export {
  /** A model in memory with its config, class names, tokenizer and longest sequence in tokens. */
  type Bundle,
  /** All model families; each turns a config.json into dimensions and a graph. */
  families,
  /**
   * The family's graph for a config, with weights from the source, which is asked by name and shape.
   * AppError `input` names the key of the config that is wrong.
   */
  instantiate,
  /**
   * The model of a checkpoint, its weights widened to float32 when they are first read. AppError `input`
   * names tensors that are missing or of another shape.
   */
  loadCheckpoint,
} from "./families/index.ts";
export {
  /**
   * A Hugging Face folder: config, tensors that are read on first use, class names, tokenizer. AppError
   * `input` says which file is missing or broken.
   */
  openCheckpoint,
  /** Writes named tensors as one safetensors file, atomically; the same tensors give the same bytes. */
  writeSafetensors,
} from "./hub/index.ts";
export {
  /**
   * Adds inputs, weights and nodes, and infers the type of each value; `finish` gives the readonly graph.
   */
  Builder,
  /** Inputs, outputs, nodes in execution order, and weights; readonly. */
  type Graph,
  /** A graph with the metadata of its file. */
  type Model,
  /** The named weights of a graph, in its order. */
  namedWeights,
  /** The text of a graph, a line for each input, weight, node and output. */
  print,
  /** One tensor in a graph: its type, and its name where it has one. */
  type Value,
  /** The graph with some named weights replaced by tensors of the same shape. */
  withWeights,
} from "./ir/index.ts";
export {
  /** A compression method from its schema, what it refuses, and a function from model to model. */
  defineMethod,
  /**
   * A method as the registry holds it: `bind` checks parameters, throwing an AppError `usage` where they do not fit.
   */
  type Method,
  /** The world that a step runs in: engine, data, the teacher and its answers, seed, signal, events. */
  type MethodContext,
  /** All compression methods. */
  methods,
} from "./methods/index.ts";
/** The ops that minnow knows, as builder, reader and writer ask for them. */
export { opTable } from "./ops/index.ts";
export type {
  /** What `benchModels` found: the machine, and a row for each model and batch size. */
  BenchResult,
  /** Path of the recipe, and what every call takes: events, signal, threads, folder. */
  CompressOptions,
  /** What `evaluate` found: metrics with 95 % intervals over n items. */
  EvaluateResult,
} from "./pipeline/index.ts";
export {
  /**
   * The checked recipe of a YAML text. AppError `usage` with file, line, column and key; all problems are
   * in `facts.problems`.
   */
  parseRecipe,
  /** A recipe: absolute paths, steps with checked parameters. */
  type Recipe,
} from "./recipe/index.ts";
export {
  /** The JSON Schema of report.json (draft 2020-12). */
  jsonSchema,
  /** The run record in a parsed report.json. AppError `input` names the first key that does not fit. */
  parseRecord,
  /** Everything that a run measured. */
  type RunRecord,
} from "./record/index.ts";
/** A run record as "json", "markdown", "html" (one offline file) or "card" (the model's README). */
export { render } from "./report/index.ts";
export type { Runner, SweepRecord } from "./search/index.ts";
export {
  /** Element types: f32, f16, bf16, i64, u8 and so on. */
  type DType,
  /** Element type, shape, and bytes that may be read late; row-major, little-endian, never changed. */
  Tensor,
} from "./tensor/index.ts";
export {
  /**
   * Cross entropy against the input `target` [rows, classes], in nats, rows weighted by the input `row
   * weight`.
   */
  crossEntropy,
  /**
   * alpha T^2 KL(teacher || student) + (1 - alpha) cross entropy, in nats; the teacher's logits are the
   * input `teacher`.
   */
  distillation,
  /** Batches, epochs, learning rate, decay, clipping, and the hooks around each step. */
  type FitOptions,
  /**
   * Trains with AdamW and gives the weights; the same seed, machine and threads give the same bits.
   * AppError `diverged` before a step that is not finite.
   */
  fit,
  /** Adds a scalar loss to a graph's logits. */
  type Loss,
  /** Parameters, their gradients and one session for each shape of batch: a training step by hand. */
  Stepper,
} from "./train/index.ts";

/**
 * Latency of models side by side, in turns, in milliseconds, with intervals of the speed-up over the first. Like every call
 * that takes options, it throws an AppError `usage` that names an option that is wrong, missing or unknown.
 */
export const benchModels = checkedAsync("benchModels", pipeline.benchModels);
/** Runs a recipe, writes its output folder and gives the run record; the folder is untouched when it throws. */
export const compress = checkedAsync("compress", pipeline.compress);
/**
 * Scores a model on a data file, one item at a time unless told otherwise; against a second model also agreement, KL in nats
 * and the paired difference.
 */
export const evaluate = checkedAsync("evaluate", pipeline.evaluateModel);
/**
 * Writes a Hugging Face folder as ONNX. AppError `gate` where the file's outputs differ from the model's by more than the
 * tolerance.
 */
export const exportModel = checkedAsync("exportModel", pipeline.exportModel);
/** What is inside a model: inputs, outputs, layers, ops, weights with their bytes. */
export const inspectModel = checkedAsync("inspectModel", pipeline.inspectModel);
/** Runs one method on one model, as a recipe of one step. */
export const runStep = checkedAsync("runStep", pipeline.runStep);
/**
 * Runs recipes on this machine: `compress`, what every call takes, a cache, and how many are made side by side; each is
 * measured alone.
 */
export const localRunner = checked("localRunner", searching.localRunner);
/**
 * Runs the trials of a recipe's sweep. After each, the output folder holds the best so far, `sweep.json` and the comparison.
 * AppError of the first trial where none ended well.
 */
export const search = checkedAsync("search", searching.search);

/**
 * The model in an ONNX file; an AppError `input` when it is not ONNX, is damaged, or has ops that minnow
 * does not know.
 */
export const readModel = async (path: string): Promise<Model> =>
  read(checkedText(path, "readModel.path"), opTable);

/**
 * Writes a model as an ONNX file, with external data above 1 GiB; a crash leaves the old file or the new
 * one.
 */
export const writeModel = async (model: Model, path: string): Promise<void> =>
  write(model, checkedText(path, "writeModel.path"), opTable);

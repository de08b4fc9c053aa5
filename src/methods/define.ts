// defineMethod: a compression method is a schema, what it refuses, and a function from model to model.
import type { z } from "zod";
import { type Change, type Emit, parseOptions, type Refusal } from "../base/index.ts";
import type { Engine } from "../engine/index.ts";
import type { Bundle } from "../families/index.ts";
import type { Graph } from "../ir/index.ts";
import type { Dataset, Task } from "../tasks/index.ts";
import type { Checkpoints } from "../train/index.ts";

/** The world that a step runs in. */
export interface MethodContext {
  readonly engine: Engine;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Name of the step in events. */
  readonly id: string;
  readonly threads: number;
  readonly task: Task | undefined;
  readonly train: Dataset | undefined;
  readonly teacher: Bundle | undefined;
  /** Teacher logits of the training items, [items, classes]; computed once in a run. */
  readonly teacherLogits: () => Promise<Float32Array>;
  /** Keeps the state of the step's training; a step trains at most once. */
  readonly checkpoints?: Checkpoints;
}

export interface Applied {
  readonly model: Bundle;
  readonly changes: readonly Change[];
  readonly refused: readonly Refusal[];
}

/** What of a step can be held to the model that it was given: two graphs, and how far they may be apart. */
export interface Rewrite {
  /** What the step made, with nothing trained. */
  readonly made: Graph;
  /** What `made` stands for: the model that the step was given, or that model with what the step takes away as zeros. */
  readonly expected: Graph;
  /** `expected`, in words. */
  readonly against: string;
  /**
   * `float` and `int8`: the two answer alike, but for what the number format costs. `zeros`: their weights are the same,
   * but for zeros in those named.
   */
  readonly alike: "float" | "int8" | { readonly zeros: readonly string[] };
}

/** A step's result before it runs: its graph, with weights of no meaning. */
export interface Outline {
  readonly model: Bundle;
  /** The same at its largest, where values decide on shapes, and when it is so, in words; undefined: shapes say all. */
  readonly largest?: { readonly model: Bundle; readonly when: string };
  /** Why its size cannot be known before it runs, in words; the model is then only like the result. */
  readonly open?: string;
}

/** Batches that go forward and backward. */
export interface Pass {
  /** Through what the step is given, or through what it makes. */
  readonly through: "given" | "result";
  /** Items of a batch. */
  readonly batch: number;
  readonly batches: number;
}

export interface MethodSpec<P> {
  /** The recipe's key: distill, prune, quantize. */
  readonly verb: string;
  /** The recipe's `kind` under that key; undefined where the verb has one method only. */
  readonly kind?: string;
  readonly describe: string;
  readonly params: z.ZodType<P>;
  /** Whether it needs training data with these parameters. */
  learns(params: P): boolean;
  /** File of the output folder that the result is written to. */
  readonly writes: "onnx/model.onnx" | "onnx/model_quantized.onnx";
  /**
   * `teacher`: its result begins with the run's teacher, whatever the step before has made. `requires` is then asked of the
   * teacher, before the first step.
   */
  readonly startsFrom?: "teacher";
  /** What cannot be done with this model at all; runs before anything is spent. */
  requires(model: Bundle, params: P): readonly Refusal[];
  apply(model: Bundle, params: P, context: MethodContext): Promise<Applied>;
  /**
   * The model's graph after these of the step's changes alone, with nothing trained; `result` is what the step made of the
   * model. A method that does not change a model part by part leaves it out.
   */
  only?(model: Bundle, changes: readonly Change[], result: Bundle): Graph;
  /**
   * What of the step must hold against the model that it was given, whatever its parameters; left out where all that it
   * does is training.
   */
  rewrite?(model: Bundle, applied: Pick<Applied, "model" | "changes">, params: P): Rewrite | undefined;
  /** What comes out, without training; the teacher is the run's. */
  outline?(model: Bundle, params: P, teacher: Bundle): Outline;
  /** What it trains on so many items; none where it is left out. */
  passes?(params: P, items: number): readonly Pass[];
}

type OfParams = "requires" | "apply" | "learns" | "rewrite" | "outline" | "passes";

/** What the registry holds: the parameter type is closed over, so no `any` and no cast. */
export interface Method extends Omit<MethodSpec<unknown>, OfParams> {
  /** `verb` or `verb.kind`. */
  readonly name: string;
  bind(raw: unknown): {
    readonly params: unknown;
    readonly learns: boolean;
    requires(model: Bundle): readonly Refusal[];
    apply(model: Bundle, context: MethodContext): Promise<Applied>;
    rewrite(model: Bundle, applied: Pick<Applied, "model" | "changes">): Rewrite | undefined;
    /** Undefined where the method does not say. */
    outline(model: Bundle, teacher: Bundle): Outline | undefined;
    passes(items: number): readonly Pass[];
  };
}

export const defineMethod = <P>(spec: MethodSpec<P>): Method => ({
  ...spec,
  name: spec.kind === undefined ? spec.verb : `${spec.verb}.${spec.kind}`,
  bind(raw) {
    const name = spec.kind === undefined ? spec.verb : `${spec.verb}.${spec.kind}`;
    const params = parseOptions(spec.params, raw, name);
    return {
      params,
      learns: spec.learns(params),
      requires: (model) => spec.requires(model, params),
      apply: (model, context) => spec.apply(model, params, context),
      rewrite: (model, applied) => spec.rewrite?.(model, applied, params),
      outline: (model, teacher) => spec.outline?.(model, params, teacher),
      passes: (items) => spec.passes?.(params, items) ?? [],
    };
  },
});

// What the pipeline offers to the command line and to the library: options and results, types only.
import type { Emit } from "../base/index.ts";
import type { Busy, Interval, Latency, Measured, Metric, RunRecord, Unit } from "../record/index.ts";

/** What every call takes. Paths are absolute, or relative to `cwd`. */
export interface RunOptions {
  /** Receives the events of the run; default: nobody listens. */
  readonly emit?: Emit;
  /** Ends the work at the next safe point with an AppError `interrupted` or `terminated` (its `reason`). */
  readonly signal?: AbortSignal;
  /** Threads of the engine; default: all cores. */
  readonly threads?: number;
  /** Default: the process's folder. */
  readonly cwd?: string;
}

export interface CompressOptions extends RunOptions {
  readonly recipePath: string;
  /** What the recipe says, where no file does: `recipePath` is then its name in messages, and paths are relative to its folder. */
  readonly recipeText?: string;
  /** Folder that is written in place of the recipe's. */
  readonly output?: string;
  /** Whether files of the output folder that minnow did not write may be overwritten; what is read never is. Default false. */
  readonly force?: boolean;
  /** Where results of steps are kept and looked for; default: nowhere. */
  readonly cache?: {
    readonly folder: string;
    /** Bytes that it may take, oldest out first; default 10 GiB. */
    readonly limitBytes?: number;
  };
}

/** The data of one step: `train` feeds methods that learn, `test` is what the report measures on. */
export interface StepTask {
  readonly name: string;
  readonly train?: string;
  readonly test?: string;
  /** Keys of the task's own schema, as a recipe would have them; parsed by the task. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** One step without a recipe, as `minnow distill|prune|quantize` runs it. */
export interface StepOptions extends RunOptions {
  readonly model: string;
  /** A file of the model's folder that is meant in place of its result, such as "model.safetensors". */
  readonly file?: string;
  /** `Method.name`: "distill", "prune.heads". */
  readonly method: string;
  /** As a recipe would have them; already checked by the caller, parsed again by `method.bind`. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly output: string;
  /** Model whose answers are learnt; default: `model` itself. */
  readonly teacher?: string;
  readonly task?: StepTask;
  /** Default 7. */
  readonly seed?: number;
  /** Whether `onnx/model.onnx`, the float model, is left out where the method does not write it; default false. */
  readonly only?: boolean;
  /** Whether files of the output folder that minnow did not write may be overwritten; what is read never is. Default false. */
  readonly force?: boolean;
}

export interface DryStep {
  readonly name: string;
  readonly params: unknown;
  /** Whether its result is kept, so that it would not run. */
  readonly cached: boolean;
  readonly why: string;
  /** What its result takes, exactly: from a kept result, or from shapes. Absent where it is not known before it runs. */
  readonly size?: {
    readonly parameters: number;
    /** Of its ONNX file; the least where `most` is there. */
    readonly bytes: number;
    /** The most that it can be, and when it is so, in words: where values that are not there yet decide. */
    readonly most?: { readonly bytes: number; readonly when: string };
  };
  /** Why there is no size. */
  readonly sizeUnknown?: string;
  /** About what it takes, with the answers of its result to the test set; from trials. Absent where nothing could be tried. */
  readonly seconds?: number;
}

/** What a run of a recipe would do. */
export interface DryRun {
  readonly recipe: string;
  readonly output: string;
  /** Whether the output folder already holds just this result, so that nothing would be done at all. */
  readonly unchanged: boolean;
  readonly steps: readonly DryStep[];
  /** From trials: see docs/cache.md. Absent where nothing would be done, or not all steps could be tried. */
  readonly estimate?: {
    /** About what the run takes. */
    readonly seconds: number;
    /** The peak of the process that tried a little of each part; a run holds more at once. */
    readonly peakRssBytes: number;
  };
}

export interface VerifyOptions extends RunOptions {
  /** An output folder that a recipe made. */
  readonly folder: string;
  /** Whether to make it again, elsewhere, and compare. */
  readonly rebuild?: boolean;
}

export interface VerifyResult {
  readonly folder: string;
  /** What it was made from and is no longer so, in words. */
  readonly inputs: readonly string[];
  /** Paths of what it was made from and is not here, so that it was not compared; nothing else was then asked of the inputs. */
  readonly absent: readonly string[];
  /** Files that are not as they were written, in words. */
  readonly outputs: readonly string[];
  /** Of a rebuild: files with other bits, in words, and the metrics that both have, by name. */
  readonly rebuilt?: {
    readonly files: readonly string[];
    readonly metrics: Readonly<Record<string, { readonly then: Metric; readonly now: Metric }>>;
    /** Whether other bits are to be expected: the processor, the code or Node are not the same. */
    readonly elsewhere: boolean;
  };
}

export interface ExportOptions extends RunOptions {
  readonly folder: string;
  /** A file of the model's folder that is meant in place of its result, such as "model.safetensors". */
  readonly file?: string;
  readonly output: string;
  /** Whether files of the output folder that minnow did not write may be overwritten; what is read never is. Default false. */
  readonly force?: boolean;
}

export interface ExportResult {
  readonly output: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Largest difference of the file's outputs from the model in memory, and what was allowed. */
  readonly parity: { readonly maxDifference: number; readonly tolerance: number };
  readonly seconds: number;
}

export interface EvaluateOptions extends RunOptions {
  readonly model: string;
  /** A file of the model's folder that is meant in place of its result, such as "model.safetensors". */
  readonly file?: string;
  readonly task: string;
  readonly data: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** A second model on the same items: agreement, KL and the paired difference. */
  readonly against?: string;
  /** Rows of a batch; default 1. */
  readonly batch?: number;
  /** The first so many items; default: all. */
  readonly items?: number;
}

/** A measured figure with its 95 % interval over `n` items. */
export interface MetricResult extends Measured {
  /** "accuracy", "macroF1", "agreement", "kl", "difference". */
  readonly name: string;
  readonly unit: Unit;
}

export interface EvaluateResult {
  readonly model: string;
  /** The file that was read. */
  readonly file: string;
  readonly data: string;
  /** What is to be known of the models and the data; absent where there is nothing. */
  readonly warnings?: readonly string[];
  readonly items: number;
  readonly metrics: readonly MetricResult[];
  readonly against?: {
    readonly model: string;
    readonly metrics: readonly MetricResult[];
    /** On the same items: agreement, kl (against || model), difference (accuracy of model - of against). */
    readonly paired: readonly MetricResult[];
  };
  readonly seconds: number;
}

export interface BenchOptions extends RunOptions {
  /** The first is what the others are compared with. */
  readonly models: readonly string[];
  /** A file of each folder that is meant in place of its result, such as "model.safetensors". */
  readonly file?: string;
  /** Batch sizes; default 1 and 16, or what the models fix. */
  readonly batches?: readonly number[];
  /** Sequence length in tokens; default 32, or what the models fix or take at most. */
  readonly sequence?: number;
  /** Longest time for each batch size, in seconds; default 10. */
  readonly budget?: number;
}

export interface BenchRow {
  readonly model: string;
  /** The file that was read. */
  readonly file: string;
  readonly batch: number;
  readonly sequence: number;
  readonly runs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  /** Items a second at the median. */
  readonly throughput: number;
  /** Of the figures; absent where the machine was busy. */
  readonly intervals?: Latency["intervals"];
  /** Over the first model; absent on its own rows, and where the machine was busy. */
  readonly speedup?: Interval;
  /** What else the machine did, where that made the times useless. */
  readonly busy?: Busy;
  readonly bytes: number;
}

export interface BenchResult {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly threads: number;
    readonly engine: string;
  };
  readonly rows: readonly BenchRow[];
}

export interface InspectOptions extends RunOptions {
  readonly model: string;
  /** A file of the model's folder that is meant in place of its result, such as "model.safetensors". */
  readonly file?: string;
}

/** What a model was read from: a folder of either kind, or a file. */
export type ModelFormat = "huggingface" | "minnow" | "onnx";

export interface InspectResult {
  readonly path: string;
  /** The file that was read. */
  readonly file: string;
  /** What it was read from. */
  readonly format: ModelFormat;
  readonly family: string | undefined;
  readonly labels: readonly string[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly parameters: number;
  readonly nonzero: number;
  /** Bytes of the weights. */
  readonly bytes: number;
  /** Heads and feed-forward width of each layer; empty where the family is unknown. */
  readonly layers: readonly { readonly heads: number; readonly intermediate: number }[];
  /** Number of nodes by op, most frequent first. */
  readonly ops: readonly { readonly op: string; readonly count: number }[];
  readonly weights: readonly WeightInfo[];
  /** Why no other command takes the file, what helps, and which of its ops minnow does not know; absent where they do. */
  readonly unread?: {
    readonly why: string;
    readonly hint?: string;
    /** `own`: the file defines the op itself, as a function. */
    readonly ops: readonly { readonly op: string; readonly count: number; readonly own: boolean }[];
  };
}

export interface ValueInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

export interface WeightInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  /** Absent for an element type that minnow does not know. */
  readonly nonzero?: number;
}

/** What src/pipeline/index.ts exports; the commands take it whole, so that tests can stand in for it. */
export interface Pipeline {
  /** The whole recipe: output folder and report. */
  compress(options: CompressOptions): Promise<RunRecord>;
  /** All of `compress` that the cache keeps, and nothing else. */
  prepare(options: CompressOptions): Promise<void>;
  /** The record of the recipe's output folder if it was made of the same, here or on another machine. */
  finished(options: CompressOptions): Promise<RunRecord | undefined>;
  /** What `compress` would do; writes nothing. */
  dryRun(options: CompressOptions): Promise<DryRun>;
  runStep(options: StepOptions): Promise<RunRecord>;
  verifyFolder(options: VerifyOptions): Promise<VerifyResult>;
  exportModel(options: ExportOptions): Promise<ExportResult>;
  evaluateModel(options: EvaluateOptions): Promise<EvaluateResult>;
  benchModels(options: BenchOptions): Promise<BenchResult>;
  inspectModel(options: InspectOptions): Promise<InspectResult>;
}

// defineTask: a task says how data becomes items and batches, and which metrics are folds over its logits.
import type { z } from "zod";
import type { Json } from "../base/index.ts";
import type { Tokenizer } from "../hub/index.ts";
import type { MetricInfo, MetricKind } from "../record/index.ts";
import type { Tensor } from "../tensor/index.ts";

/** One example: token ids (or other integer inputs) by graph input name, and its class. */
export interface Item {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Padding value by input name; 0 where none is given. */
  readonly pad?: Readonly<Record<string, number>>;
  /** Number of tokens. */
  readonly length: number;
  /** Class index; undefined where the data has no labels. */
  readonly label: number | undefined;
  readonly text: string;
}

export interface Dataset {
  /** Path (with its #key), for messages. */
  readonly path: string;
  readonly items: readonly Item[];
  readonly labels: readonly string[];
  /** SHA-256 of the file's bytes and of what was picked from it. */
  readonly hash: string;
  /** What its user is to know of it, a sentence each: a reading that was taken, a class without items. */
  readonly warnings?: readonly string[];
}

/** Items of similar length, padded to one length. */
export interface Batch {
  /** Positions of the items in the data set. */
  readonly indices: readonly number[];
  readonly length: number;
}

export interface LoadContext {
  /** The model's folder or file, for messages. */
  readonly model: string;
  /** Its config.json, which says what its head answers; empty where there is none. */
  readonly config: Readonly<Record<string, Json>>;
  readonly tokenizer: Tokenizer;
  /** The model's class names. */
  readonly labels: readonly string[];
  /** Longest sequence the model takes, in tokens; longer items are cut. */
  readonly maxLength: number;
  /** Folder that paths are relative to. */
  readonly folder: string;
  /** False lets the label column be absent. */
  readonly labelled: boolean;
  /** Ends a long read with its reason. */
  readonly signal?: AbortSignal;
}

/** What variants are made with. */
export interface VariantContext extends Pick<LoadContext, "tokenizer" | "maxLength"> {
  readonly seed: number;
}

/** The items as other users would give them: the same questions, with the same answers. */
export interface Variant {
  readonly name: string;
  /** What was done to the items, in a sentence without its full stop. */
  readonly what: string;
  /** In the order of those that it was made of, with their labels. */
  readonly items: readonly Item[];
}

/** A metric as a fold over (logits of one item, its label). */
export interface Metric<S = unknown> extends MetricKind {
  init(): S;
  step(state: S, logits: Float32Array, label: number): S;
  finish(state: S): number;
}

export interface Task<P = unknown> {
  readonly name: string;
  /** Keys of the recipe's `task` beside `name`, `train` and `test`. */
  readonly params: z.ZodType<P>;
  /** Reads a data file; errors are `file:line: what was expected`, kind `input`. */
  load(path: string, params: P, context: LoadContext): Promise<Dataset>;
  /** What `collate` gives, and other names that a model's inputs have for each. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Feeds for the items by role, padded to `length` tokens and, with empty items, to `rows` rows. */
  collate(items: readonly Item[], length: number, rows: number): Readonly<Record<string, Tensor>>;
  readonly metrics: readonly Metric[];
  /** What a run measures of each stage, and requirements can be about. */
  readonly measures: readonly MetricInfo[];
  /** What a model should answer all the same; the same seed gives the same. Undefined where nothing is known. */
  readonly variants?: (items: readonly Item[], context: VariantContext) => readonly Variant[];
}

export const defineTask = <P, S>(
  task: Omit<Task<P>, "metrics"> & { readonly metrics: readonly Metric<S>[] },
): Task<P> => Object.freeze(task as unknown as Task<P>);

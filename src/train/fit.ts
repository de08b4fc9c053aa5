// The training loop: batches by length, one compiled step per bucket, gradients straight into the optimiser's memory.
import { AppError, must, rng } from "../base/index.ts";
import type { Engine, Session } from "../engine/index.ts";
import type { Graph } from "../ir/index.ts";
import { Tensor } from "../tensor/index.ts";
import { Arena } from "./kernels/kernels.ts";
import type { Loss } from "./losses.ts";
import { type AdamWOptions, Parameters } from "./parameters.ts";
import { linearSchedule } from "./schedule.ts";
import { lookupTables, LOSS, type TrainingGraph, trainingGraph, withLoss } from "./training-graph.ts";

/** One batch: feeds by input name, and the sizes that pick its bucket. */
export interface TrainingBatch {
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Sizes of the symbolic dimensions: { batch: 32, sequence: 16 }. */
  readonly dims: Readonly<Record<string, number>>;
}

export interface FitOptions {
  readonly engine: Engine;
  readonly threads: number;
  /** A graph with an output `logits`. */
  readonly graph: Graph;
  readonly loss: Loss;
  /** Weights that are trained; the rest is frozen and costs no gradient. */
  readonly trainable?: (name: string) => boolean;
  /** Batches of one epoch, in order. */
  readonly batches: (epoch: number) => readonly (() => TrainingBatch)[];
  readonly epochs: number;
  readonly learningRate: number;
  /** Share of all steps for the linear warm-up. */
  readonly warmup: number;
  readonly weightDecay: number;
  /** Bound of the gradients' global norm. */
  readonly clip: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Called before each step with the share of training that is done. */
  readonly beforeStep?: (progress: number, parameters: Parameters) => void;
  readonly onStep?: (step: number, total: number, loss: number) => void;
}

export interface Fitted {
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Mean loss of each epoch. */
  readonly losses: readonly number[];
  readonly steps: number;
}

interface Compiled {
  readonly session: Session;
  readonly plan: TrainingGraph;
}

/** Adam's defaults (Kingma & Ba 2015), as PyTorch has them. */
const MOMENTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/**
 * Trains and returns the weights. Same seed, machine and thread count: the same bits.
 * A loss or gradient that is not finite ends the run before its step is applied (AppError `diverged`); `facts.weights` are the last good ones.
 */
export async function fit(options: FitOptions): Promise<Fitted> {
  const trainer = new Trainer(options);
  try {
    return await trainer.run();
  } finally {
    await trainer.dispose();
  }
}

class Trainer {
  readonly #options: FitOptions;
  readonly #arena = new Arena();
  readonly #lossGraph: Graph;
  readonly #trainable: (name: string) => boolean;
  readonly #tables: ReadonlySet<string>;
  readonly #parameters: Parameters;
  readonly #compiled = new Map<string, Compiled>();
  readonly #masks = new Map<string, number>();

  constructor(options: FitOptions) {
    this.#options = options;
    this.#lossGraph = withLoss(options.graph, options.loss);
    const isFloat = new Map([...this.#lossGraph.weights.keys()].map(({ name, type }) => [name, type.dtype === "f32"]));
    const chosen = options.trainable ?? (() => true);
    this.#trainable = (name) => isFloat.get(name) === true && chosen(name);
    this.#tables = lookupTables(this.#lossGraph, this.#trainable);
    const weights = new Map<string, Tensor>();
    for (const [{ name }, tensor] of this.#lossGraph.weights) if (name !== undefined && this.#trainable(name)) weights.set(name, tensor);
    this.#parameters = new Parameters(this.#arena, weights, this.#tables);
  }

  async run(): Promise<Fitted> {
    const { epochs, batches, signal, onStep, beforeStep } = this.#options;
    const losses: number[] = [];
    let step = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const list = batches(epoch);
      const total = list.length * epochs;
      let sum = 0;
      for (const make of list) {
        signal.throwIfAborted();
        beforeStep?.(step / total, this.#parameters);
        const loss = await this.#step(make(), step, total);
        sum += loss;
        onStep?.(++step, total, loss);
        if (step % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      losses.push(sum / list.length);
    }
    return { weights: this.#parameters.snapshot(), losses, steps: step };
  }

  async dispose(): Promise<void> {
    for (const { session } of this.#compiled.values()) await session.dispose();
  }

  async #step(batch: TrainingBatch, step: number, total: number): Promise<number> {
    const { session, plan } = await this.#bucket(batch.dims);
    const results = await session.run(this.#feeds(batch, plan, step), this.#targets(plan));
    const loss = must(results[LOSS]?.floats[0], "loss");
    for (const { table, rows, indices } of plan.lookups) {
      this.#parameters.addRows(table, must(results[indices], indices).numbers(), must(results[rows], rows).floats);
    }
    const norm = this.#parameters.gradientNorm();
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) throw this.#diverged(step, loss);
    const { clip, learningRate, warmup, weightDecay } = this.#options;
    const rate = learningRate * linearSchedule(step, total, Math.round(total * warmup));
    const adamw: AdamWOptions = { ...MOMENTS, learningRate: rate, weightDecay };
    this.#parameters.step(adamw, norm > clip ? clip / (norm + 1e-6) : 1);
    return loss;
  }

  #feeds(batch: TrainingBatch, plan: TrainingGraph, step: number): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = { ...batch.feeds };
    plan.dropouts.forEach(({ name, shape, chance }, i) => {
      const count = shape.reduce((product, dim) => product * dim, 1);
      const key = `${name} ${count}`;
      const at = this.#masks.get(key) ?? this.#arena.allocate(count);
      this.#masks.set(key, at);
      const seed = rng(this.#options.seed, "dropout", step, i).below(2 ** 32);
      this.#arena.kernels.dropoutMask(at, count, seed, Math.round(chance * 2 ** 32), 1 / (1 - chance));
    });
    for (const { name, shape } of plan.dropouts) {
      const count = shape.reduce((product, dim) => product * dim, 1);
      feeds[name] = Tensor.floats(shape, this.#arena.view(must(this.#masks.get(`${name} ${count}`), name), count));
    }
    for (const name of this.#parameters.names) feeds[name] = this.#parameters.weight(name);
    return feeds;
  }

  #targets(plan: TrainingGraph): Record<string, Tensor> {
    return Object.fromEntries(plan.dense.map((name) => [`gradient of ${name}`, this.#parameters.gradient(name)]));
  }

  async #bucket(dims: Readonly<Record<string, number>>): Promise<Compiled> {
    const key = JSON.stringify(dims);
    const found = this.#compiled.get(key);
    if (found) return found;
    const plan = trainingGraph(this.#lossGraph, dims, this.#trainable, this.#tables);
    const session = await this.#options.engine.compile(plan.graph, { threads: this.#options.threads });
    const compiled = { session, plan };
    this.#compiled.set(key, compiled);
    return compiled;
  }

  #diverged(step: number, loss: number): AppError {
    const tensor = Number.isFinite(loss) ? `the gradient of ${this.#parameters.firstNonFinite()}` : "the loss";
    return new AppError("diverged", `${tensor} is not finite at step ${step + 1} (loss ${loss})`, {
      path: this.#parameters.firstNonFinite() ?? "loss",
      facts: { step: step + 1, loss: String(loss), weights: this.#parameters.snapshot() },
      hint: "lower the learning rate",
    });
  }
}

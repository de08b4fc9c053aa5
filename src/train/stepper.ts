// A stepper runs one batch forward and backward: a compiled graph per bucket, gradients straight into the parameters' memory.
import { must, rng } from "../base/index.ts";
import type { Engine, Session } from "../engine/index.ts";
import type { Graph } from "../ir/index.ts";
import { Arena } from "../kernels/index.ts";
import { isLearnt, rolesOf } from "../passes/index.ts";
import { sizeOf, Tensor } from "../tensor/index.ts";
import type { Loss } from "./losses.ts";
import { Parameters } from "./parameters.ts";
import { LOSS, lookupTables, type TrainingGraph, trainingGraph, withLoss } from "./training-graph.ts";

/** One batch: feeds by input name, and the sizes that pick its bucket. */
export interface TrainingBatch {
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Sizes of the symbolic dimensions: { batch: 32, sequence: 16 }. */
  readonly dims: Readonly<Record<string, number>>;
}

export interface StepperOptions {
  readonly engine: Engine;
  readonly threads: number;
  /** A graph with an output `logits`. */
  readonly graph: Graph;
  readonly loss: Loss;
  /** Parameters and tables that are trained, all when left out; the rest is frozen and costs no gradient. */
  readonly trainable?: (name: string) => boolean;
  readonly seed: number;
}

interface Compiled {
  readonly session: Session;
  readonly plan: TrainingGraph;
}

/** Holds the parameters and one session per bucket. */
export class Stepper {
  readonly parameters: Parameters;
  readonly #options: StepperOptions;
  readonly #arena = new Arena();
  readonly #lossGraph: Graph;
  readonly #trainable: (name: string) => boolean;
  readonly #tables: ReadonlySet<string>;
  readonly #compiled = new Map<string, Compiled>();
  /** Memory of dropout masks and row gradients, by name. */
  readonly #rooms = new Map<string, { readonly at: number; readonly size: number }>();

  constructor(options: StepperOptions) {
    this.#options = options;
    this.#lossGraph = withLoss(options.graph, options.loss);
    const learnt = new Set(
      [...rolesOf(this.#lossGraph)].flatMap(([{ name, type }, role]) =>
        type.dtype === "f32" && name && isLearnt(role) ? [name] : [],
      ),
    );
    const chosen = options.trainable ?? (() => true);
    this.#trainable = (name) => learnt.has(name) && chosen(name);
    this.#tables = lookupTables(this.#lossGraph, this.#trainable);
    const weights = new Map<string, Tensor>();
    for (const [{ name }, tensor] of this.#lossGraph.weights) {
      if (name !== undefined && this.#trainable(name)) weights.set(name, tensor);
    }
    this.parameters = new Parameters(this.#arena, weights, this.#tables);
  }

  /** Runs one batch; its gradients are then in `parameters`. Returns the loss. `step` seeds the dropout. */
  async gradients(batch: TrainingBatch, step: number): Promise<number> {
    const { session, plan } = await this.#bucket(batch.dims);
    // room first: views end where the memory grows
    for (const { name, shape } of [...plan.dropouts, ...plan.lookups]) this.#room(name, sizeOf(shape));
    const feeds = { ...batch.feeds, ...this.#dropout(plan, step) };
    for (const name of this.parameters.names) feeds[name] = this.parameters.weight(name);
    const into: Record<string, Tensor> = {};
    for (const name of plan.dense) into[`gradient of ${name}`] = this.parameters.gradient(name);
    for (const { name, shape } of plan.lookups) into[name] = this.#view(name, shape);
    const results = await session.run(feeds, into);
    for (const { table, name, shape, indices } of plan.lookups) {
      const rows = must(results[indices], indices).numbers();
      this.parameters.addRows(table, rows, this.#room(name, sizeOf(shape)));
    }
    return must(results[LOSS]?.floats[0], "loss");
  }

  async dispose(): Promise<void> {
    for (const { session } of this.#compiled.values()) await session.dispose();
    this.#compiled.clear();
  }

  #dropout({ dropouts }: TrainingGraph, step: number): Record<string, Tensor> {
    return Object.fromEntries(
      dropouts.map(({ name, shape, chance }, i) => {
        const seed = rng(this.#options.seed, "dropout", step, i).below(2 ** 32);
        const size = sizeOf(shape);
        const threshold = Math.round(chance * 2 ** 32);
        this.#arena.kernels.dropoutMask(this.#room(name, size), size, seed, threshold, 1 / (1 - chance));
        return [name, this.#view(name, shape)];
      }),
    );
  }

  /** Memory for so many floats under a name, shared by all buckets. */
  #room(name: string, size: number): number {
    const found = this.#rooms.get(name);
    if (found && found.size >= size) return found.at;
    const at = this.#arena.allocate(size);
    this.#rooms.set(name, { at, size });
    return at;
  }

  #view(name: string, shape: readonly number[]): Tensor {
    const size = sizeOf(shape);
    return Tensor.floats(shape, this.#arena.view(this.#room(name, size), size));
  }

  async #bucket(dims: Readonly<Record<string, number>>): Promise<Compiled> {
    const key = JSON.stringify(dims);
    const found = this.#compiled.get(key);
    if (found) return found;
    const plan = trainingGraph(this.#lossGraph, dims, this.#trainable, this.#tables);
    // the first keeps its memory from step to step; if all did, that would be the activations of all lengths at once
    const { engine, threads } = this.#options;
    const session = await engine.compile(plan.graph, { threads, arena: this.#compiled.size === 0 });
    const compiled = { session, plan };
    this.#compiled.set(key, compiled);
    return compiled;
  }
}

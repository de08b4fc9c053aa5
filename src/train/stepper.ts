// A stepper runs one batch forward and backward: a compiled graph per bucket, gradients straight into the parameters' memory.
import { must, rng } from "../base/index.ts";
import type { Engine, Session } from "../engine/index.ts";
import type { Graph } from "../ir/index.ts";
import { Arena } from "../kernels/index.ts";
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
  /** Weights that are trained; the rest is frozen and costs no gradient. */
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
  /** Memory of each dropout mask, by name and size. */
  readonly #masks = new Map<string, number>();

  constructor(options: StepperOptions) {
    this.#options = options;
    this.#lossGraph = withLoss(options.graph, options.loss);
    const floats = new Set(
      [...this.#lossGraph.weights.keys()].flatMap(({ name, type }) =>
        type.dtype === "f32" && name ? [name] : [],
      ),
    );
    const chosen = options.trainable ?? (() => true);
    this.#trainable = (name) => floats.has(name) && chosen(name);
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
    const feeds = { ...batch.feeds, ...this.#dropout(plan, step) };
    for (const name of this.parameters.names) feeds[name] = this.parameters.weight(name);
    const into = Object.fromEntries(
      plan.dense.map((name) => [`gradient of ${name}`, this.parameters.gradient(name)]),
    );
    const results = await session.run(feeds, into);
    for (const { table, rows, indices } of plan.lookups) {
      this.parameters.addRows(
        table,
        must(results[indices], indices).numbers(),
        must(results[rows], rows).floats,
      );
    }
    return must(results[LOSS]?.floats[0], "loss");
  }

  async dispose(): Promise<void> {
    for (const { session } of this.#compiled.values()) await session.dispose();
    this.#compiled.clear();
  }

  #dropout({ dropouts }: TrainingGraph, step: number): Record<string, Tensor> {
    const places = dropouts.map(({ name, shape }) => {
      const key = `${name} ${sizeOf(shape)}`;
      const at = this.#masks.get(key) ?? this.#arena.allocate(sizeOf(shape));
      this.#masks.set(key, at);
      return at;
    });
    return Object.fromEntries(
      dropouts.map(({ name, shape, chance }, i) => {
        const at = must(places[i], name);
        const seed = rng(this.#options.seed, "dropout", step, i).below(2 ** 32);
        this.#arena.kernels.dropoutMask(
          at,
          sizeOf(shape),
          seed,
          Math.round(chance * 2 ** 32),
          1 / (1 - chance),
        );
        return [name, Tensor.floats(shape, this.#arena.view(at, sizeOf(shape)))];
      }),
    );
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
}

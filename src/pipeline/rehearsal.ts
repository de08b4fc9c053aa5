// Rehearsal: a little of each kind of work that a run does, on its own data, to see about how long all of it takes.
import { must } from "../base/index.ts";
import { portsOf } from "../engine/index.ts";
import type { Bundle } from "../families/index.ts";
import { print } from "../ir/index.ts";
import { type Pass, type Rehearsed, rehearseTraining } from "../methods/index.ts";
import { forExport } from "../passes/index.ts";
import {
  batchesOf,
  type Dataset,
  feedsFor,
  fixedSizes,
  secondsOfAll,
  type Task,
  tryLengths,
} from "../tasks/index.ts";
import type { Loaded, RunContext } from "./load.ts";

/** What is tried on: models, data and engine of a run. */
export interface Ground extends Pick<Loaded, "engine" | "train" | "test"> {
  readonly task: Task;
  readonly context: Pick<RunContext, "threads" | "signal">;
}

/** Seconds of parts of a run. */
export class Rehearsal {
  readonly #ground: Ground;
  /** By rows and graph: what was tried is not tried again. */
  readonly #trained = new Map<string, Promise<Rehearsed>>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** What a step trains, through what it is given and what it makes. */
  async training(passes: readonly Pass[], given: Bundle, result: Bundle): Promise<number> {
    const { engine, task, train, context } = this.#ground;
    let sum = 0;
    for (const { through, batch, batches } of passes) {
      const model = through === "given" ? given : result;
      const data = { task, train: must(train, "training data") };
      const key = `${batch} ${print(model.model.graph)}`;
      const rehearsed =
        this.#trained.get(key) ?? rehearseTraining(model, batch, data, { engine, ...context });
      this.#trained.set(key, rehearsed);
      const { batch: each, start } = await rehearsed;
      sum += batches * each + start;
    }
    return sum;
  }

  /** A model's answers to the test set, item by item. */
  answers(model: Bundle): Promise<number> {
    return this.#answering(model, must(this.#ground.test, "test data"), 1);
  }

  /** A model's answers to the training set, `rows` items at a time. */
  trainingAnswers(model: Bundle, rows: number): Promise<number> {
    return this.#answering(model, must(this.#ground.train, "training data"), rows);
  }

  async #answering(model: Bundle, { items }: Dataset, rows: number): Promise<number> {
    const { engine, task, context } = this.#ground;
    const { inputs } = portsOf(model.model.graph);
    const each = fixedSizes(task, inputs).rows ?? rows;
    const batches = batchesOf({ items }, each, { maxLength: model.maxLength });
    const session = await engine.compile(forExport(model.model.graph), { threads: context.threads });
    try {
      const tried = await tryLengths(batches, ({ indices, length }) => {
        context.signal.throwIfAborted();
        const own = indices.map((index) => must(items[index], "item"));
        return session.run(feedsFor(task, own, { rows: each, length }, session.inputs));
      });
      return secondsOfAll(batches, tried);
    } finally {
      await session.dispose();
    }
  }
}

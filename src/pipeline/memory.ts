// What a run remembers between runs: the results of its steps, its teacher's answers and what each stage answered, under hashes of all they depend on.
import { join } from "node:path";
import { z } from "zod";
import {
  asObject,
  codeHash,
  type Emit,
  type Holder,
  hash,
  must,
  parseJson,
  readRegular,
  version,
  writeAtomic,
} from "../base/index.ts";
import type { Store } from "../cache/index.ts";
import type { Engine } from "../engine/index.ts";
import { type Bundle, families } from "../families/index.ts";
import { readSafetensors, writeSafetensors } from "../hub/index.ts";
import { print } from "../ir/index.ts";
import type { Applied } from "../methods/index.ts";
import { readModel, writeModel } from "../onnx/index.ts";
import { opTable } from "../ops/index.ts";
import type { Dataset } from "../tasks/index.ts";
import { Tensor } from "../tensor/index.ts";
import type { Checkpoints, TrainingState } from "../train/index.ts";
import type { Plan, PlannedStep } from "./plan.ts";

/** A step's result with the seconds that it took when it was made. */
export type Result = Applied & { readonly seconds: number };

const saved = z.strictObject({
  family: z.string().optional(),
  /** As JSON text. */
  config: z.string(),
  maxLength: z.number(),
  labels: z.array(z.string()),
  warnings: z.array(z.string()).optional(),
  changes: z.array(
    z.strictObject({ target: z.string(), what: z.string(), kept: z.array(z.int()).exactOptional() }),
  ),
  refused: z.array(z.strictObject({ target: z.string(), why: z.string() })),
  seconds: z.number(),
});

/** Results by key. */
export class Memory {
  readonly #store: Store;
  readonly #emit: Emit;
  readonly #signal: AbortSignal;

  constructor(store: Store, emit: Emit, signal: AbortSignal) {
    this.#store = store;
    this.#emit = emit;
    this.#signal = signal;
  }

  /** The result of a step, from the store or made now; `base` gives what steps leave as it is. */
  async result(
    key: string,
    what: string,
    base: Bundle,
    make: () => Promise<Result>,
  ): Promise<Result & { readonly cached: boolean }> {
    const there = async (folder: string) => ({ ...(await readResult(folder, base)), cached: true });
    return this.#once(key, what, there, async () => {
      const made = await make();
      await this.#store.put(key, what, (place) => writeResult(place, made));
      for (const place of checkpointKeys(key)) this.#store.remove(place);
      return { ...made, cached: false };
    });
  }

  /** The result of a step, if it is in the store. */
  async kept(key: string, what: string, base: Bundle): Promise<Result | undefined> {
    const folder = this.#folder(key, what);
    return folder === undefined ? undefined : readResult(folder, base);
  }

  /** Floats of any kind, from the store or made now. */
  async floats(key: string, what: string, make: () => Promise<Float32Array>): Promise<Float32Array> {
    const there = (folder: string): Float32Array =>
      readSafetensors(join(folder, FLOATS)).get("values")?.floats ?? new Float32Array();
    return this.#once(key, what, there, async () => {
      const made = await make();
      await this.#store.put(key, what, (place) =>
        writeSafetensors(join(place, FLOATS), new Map([["values", Tensor.floats([made.length], made)]])),
      );
      return made;
    });
  }

  /** Reads an entry, or makes it; what another run is making now is waited for, not made twice. */
  async #once<T>(
    key: string,
    what: string,
    read: (folder: string) => T | Promise<T>,
    make: () => Promise<T>,
  ): Promise<T> {
    const before = this.#folder(key, what);
    if (before !== undefined) return read(before);
    const waits = ({ pid }: Holder): void =>
      this.#emit({
        kind: "note",
        level: "info",
        message: `process ${pid} is making ${what}: waiting for it`,
      });
    const release = await this.#store.claim(key, waits, this.#signal);
    try {
      const folder = this.#folder(key, what);
      return folder === undefined ? await make() : await read(folder);
    } finally {
      release();
    }
  }

  /** Where a step's training stands, until its result is there. Two places in turn: one is whole at any moment. */
  checkpoints(key: string, what: string, everySeconds: number): Checkpoints {
    const places = checkpointKeys(key);
    let next = 0;
    return {
      everySeconds,
      load: async () => {
        const found = places.flatMap((place, i) => {
          const folder = this.#folder(place, what);
          return folder === undefined ? [] : [{ state: readState(folder), i }];
        });
        const latest = found.reduce<(typeof found)[number] | undefined>(
          (best, one) => (best && best.state.step > one.state.step ? best : one),
          undefined,
        );
        if (!latest) return undefined;
        next = 1 - latest.i;
        const message = `${what} goes on at step ${latest.state.step + 1}`;
        this.#emit({ kind: "note", level: "info", message });
        return latest.state;
      },
      save: async (state) => {
        const place = must(places[next], "place");
        next = 1 - next;
        await this.#store.put(place, what, (folder) => writeState(folder, state));
      },
    };
  }

  /** The entry's folder; a broken entry is made again, and the user is told. */
  #folder(key: string, what: string): string | undefined {
    const found = this.#store.get(key);
    if (found.state === "broken") {
      const message = `the cache's ${what} is broken (${found.why}) and is made again`;
      this.#emit({ kind: "note", level: "warning", message });
    }
    return found.state === "there" ? found.folder : undefined;
  }
}

const [GRAPH, ABOUT, FLOATS] = ["model.onnx", "step.json", "values.safetensors"];

export const checkpointKeys = (key: string): readonly string[] =>
  [0, 1].map((i) => hash({ checkpoint: key, i }));

const savedState = z.strictObject({
  step: z.int(),
  losses: z.array(z.number()),
  sum: z.number(),
  steps: z.int(),
  decayed: z.number(),
  rows: z.record(z.string(), z.array(z.int())),
});

async function writeState(folder: string, { parameters, step, losses, sum }: TrainingState): Promise<void> {
  const { tensors, steps, decayed, rows } = parameters;
  const numbers: z.infer<typeof savedState> = {
    step,
    losses: [...losses],
    sum,
    steps,
    decayed,
    rows: Object.fromEntries(Object.entries(rows).map(([name, list]) => [name, [...list]])),
  };
  await writeSafetensors(join(folder, FLOATS), tensors);
  await writeAtomic(join(folder, ABOUT), JSON.stringify(numbers));
}

function readState(folder: string): TrainingState {
  const { step, losses, sum, ...numbers } = savedState.parse(
    JSON.parse(readRegular(join(folder, ABOUT)).toString("utf8")),
  );
  // read at once: the next checkpoint but one takes the folder's place
  const tensors = new Map(
    [...readSafetensors(join(folder, FLOATS))].map(([name, tensor]) => [
      name,
      Tensor.floats(tensor.shape, tensor.floats.slice()),
    ]),
  );
  return { step, losses, sum, parameters: { ...numbers, tensors } };
}

async function writeResult(folder: string, { model, changes, refused, seconds }: Result): Promise<void> {
  const { family, config, maxLength, labels } = model;
  await writeModel(model.model, join(folder, GRAPH), opTable);
  const about: z.infer<typeof saved> = {
    ...(family && { family: family.name }),
    config: JSON.stringify(config),
    maxLength,
    labels: [...labels],
    ...(model.warnings && { warnings: [...model.warnings] }),
    changes: changes.map(({ kept, ...change }) => ({ ...change, ...(kept && { kept: [...kept] }) })),
    refused: refused.map((refusal) => ({ ...refusal })),
    seconds,
  };
  await writeAtomic(join(folder, ABOUT), JSON.stringify(about));
}

async function readResult(folder: string, base: Bundle): Promise<Result> {
  const path = join(folder, ABOUT);
  const about = saved.parse(JSON.parse(readRegular(path).toString("utf8")));
  const { changes, refused, seconds, family: name, warnings, config, ...rest } = about;
  const model: Bundle = {
    ...base,
    ...rest,
    config: asObject(parseJson(config, path)) ?? {},
    model: await readModel(join(folder, GRAPH), opTable),
    family: families.find((one) => one.name === name),
    ...(warnings && { warnings }),
  };
  return { model, changes, refused, seconds };
}

/** What every result depends on beside its step: the code and the engine. */
const ground = ({ name, version: of }: Engine) => ({
  minnow: version(),
  code: codeHash(),
  engine: `${name} ${of}`,
});

/** Content of a model as steps see it. */
export function modelHash({ model, config, maxLength, labels }: Bundle, weights: string): string {
  return hash({ graph: print(model.graph), weights, config: JSON.stringify(config), maxLength, labels });
}

export interface Given {
  readonly engine: Engine;
  readonly threads: number;
  readonly train: Dataset | undefined;
  /** Hashes of the model that the steps begin with, and of the one whose answers are learnt. */
  readonly model: string;
  readonly teacher: string;
}

const contents = new WeakMap<Dataset, string>();

/** What a model sees of a data set: which of its items, and how the tokenizer cut them. */
function contentOf(set: Dataset): string {
  const known = contents.get(set);
  if (known !== undefined) return known;
  const items = JSON.stringify(set.items.map(({ inputs, label }) => [inputs, label ?? null]));
  const content = hash({ data: set.hash, items });
  contents.set(set, content);
  return content;
}

/** Key of a step's result, from the key of what it is applied to. Steps that do not learn depend on no data. */
export function stepKey(
  before: string,
  id: string,
  { method, bound }: PlannedStep,
  plan: Plan,
  given: Given,
): string {
  const learning = {
    train: given.train && contentOf(given.train),
    task: plan.task?.task.name,
    teacher: given.teacher,
    seed: plan.seed,
    id,
    threads: given.threads,
  };
  return hash({
    ...ground(given.engine),
    before,
    method: method.name,
    params: JSON.stringify(bound.params),
    ...(bound.learns && { learning }),
  });
}

/** Key of a model's answers to a data set, which may be a part of a file. */
export const answersKey = (model: string, set: Dataset, batch: number, { engine, threads }: Given): string =>
  hash({ ...ground(engine), answers: model, data: contentOf(set), batch, threads });

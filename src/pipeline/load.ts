// What a run begins with: the engine, the models and the data of a plan, and what they are to the cache.
import { relative } from "node:path";
import { type Emit, hash, hashInPieces } from "../base/index.ts";
import type { Store } from "../cache/index.ts";
import { type Engine, openEngine } from "../engine/index.ts";
import type { Bundle } from "../families/index.ts";
import { noTokenizer } from "../hub/index.ts";
import { type Dataset, dataWarnings } from "../tasks/index.ts";
import type { LockInputs } from "./lock.ts";
import { type Given, modelHash } from "./memory.ts";
import { checkModel, openModel } from "./open.ts";
import type { Plan } from "./plan.ts";
import { warn } from "./warnings.ts";

export interface RunContext {
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly threads: number;
  readonly cwd: string;
  /** Where results of steps are kept; undefined: nowhere. */
  readonly store: Store | undefined;
  /** What the lock file is to say; undefined: there is none. */
  readonly inputs: LockInputs | undefined;
}

export interface Loaded {
  readonly engine: Engine;
  readonly model: Bundle;
  readonly teacher: Bundle;
  readonly train: Dataset | undefined;
  readonly test: Dataset | undefined;
  /** Hash of the teacher's weights. */
  readonly identity: Promise<string>;
  /** What is to be known of all of them. */
  readonly warnings: readonly string[];
}

/** The engine, the models and the data of a plan. */
export async function load(
  plan: Plan,
  { cwd, emit, signal }: Pick<RunContext, "cwd" | "emit" | "signal">,
): Promise<Loaded> {
  const text = { text: plan.task !== undefined, cwd, emit, use: "change" } as const;
  // the file is read while the engine loads
  const opening = openModel(plan.model, { ...text, file: plan.file });
  const [engine, model] = await Promise.all([openEngine(), opening]);
  const teacher = plan.teacher === undefined ? model : await openModel(plan.teacher, text);
  for (const one of [model, teacher]) if (plan.task) checkModel(plan.task.task, one);
  const read = async (path: string | undefined, labelled: boolean): Promise<Dataset | undefined> => {
    if (!plan.task || path === undefined) return undefined;
    const { tokenizer, labels, maxLength, config } = teacher;
    if (!tokenizer) throw noTokenizer(teacher.path);
    const whole = await plan.task.task.load(path, plan.task.params, {
      model: relative(cwd, teacher.path) || ".",
      config,
      tokenizer,
      labels,
      maxLength,
      folder: plan.folder,
      labelled,
      signal,
    });
    return labelled ? { ...whole, items: whole.items.slice(0, plan.measure.items) } : whole;
  };
  const identity = weightsHash(teacher);
  // a failure is told where the hash is asked for
  identity.catch(() => undefined);
  const train = await read(plan.task?.train, false);
  const test = await read(plan.task?.test, true);
  const warnings = warn({ emit, cwd }, [
    teacher,
    model,
    train,
    test,
    { warnings: dataWarnings(train, test) },
  ]);
  return { engine, model, teacher, identity, train, test, warnings };
}

/** What every key of the run depends on. */
export async function givenOf(
  { engine, model, teacher, identity, train }: Loaded,
  threads: number,
): Promise<Given> {
  const teacherHash = modelHash(teacher, await identity);
  const own = model === teacher ? teacherHash : modelHash(model, await weightsHash(model));
  return { engine, threads, train, model: own, teacher: teacherHash };
}

/** SHA-256 over names and hashes of all weights; made beside the main thread. */
async function weightsHash({ model }: Bundle): Promise<string> {
  const hashes: string[] = [];
  for (const [{ name }, tensor] of model.graph.weights) {
    if (name === undefined) continue;
    hashes.push(name, await hashInPieces(tensor.bytes));
  }
  return hash(hashes);
}

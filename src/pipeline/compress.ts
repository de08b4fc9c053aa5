// compress and runStep: from a recipe, or from one command's parameters, to a plan that is run.
import { availableParallelism } from "node:os";
import { basename, resolve } from "node:path";
import { stringify } from "yaml";
import { AppError, parseOptions } from "../base/index.ts";
import { CACHE_LIMIT, Store } from "../cache/index.ts";
import { methodNamed } from "../methods/index.ts";
import { measureSchema, parseRecipe, type Recipe, readRecipeText } from "../recipe/index.ts";
import { busyWarnings, type RunRecord } from "../record/index.ts";
import { taskNamed } from "../tasks/index.ts";
import type { CompressOptions, RunOptions, StepOptions } from "./api.ts";
import type { RunContext } from "./load.ts";
import {
  changedFiles,
  differences,
  filesNow,
  inputsOf,
  type LockInputs,
  machineFacts,
  readLock,
} from "./lock.ts";
import { modelName } from "./open.ts";
import { recordIn } from "./output.ts";
import type { Plan } from "./plan.ts";
import { make, run } from "./run.ts";
import { checkOutput } from "./target.ts";

/** Seconds for which each model is timed at each batch size, unless the recipe says otherwise. */
const BUDGET_SECONDS = 3;

/** What every call needs, with its defaults. */
export function contextOf(options: RunOptions): RunContext {
  return {
    emit: options.emit ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
    threads: options.threads ?? availableParallelism(),
    cwd: options.cwd ?? process.cwd(),
    store: undefined,
    inputs: undefined,
  };
}

/** What the recipe of a file, or of a text, asks for; an AppError `usage` for what is wrong with it. */
export async function planOf(
  { recipePath, recipeText, output }: Pick<CompressOptions, "recipePath" | "recipeText" | "output">,
  cwd: string,
): Promise<Plan> {
  const text = recipeText ?? (await readRecipeText(recipePath, cwd));
  const plan = planFor(parseRecipe(text, recipePath, undefined, cwd));
  return output === undefined ? plan : { ...plan, output: resolve(cwd, output) };
}

/** What a recipe asks for; an AppError `usage` where that is more than one run. */
export function planFor({ task, measure, ...recipe }: Recipe): Plan {
  if (recipe.sweep) {
    const hint = "minnow compress and search run each of its trials";
    throw new AppError("usage", "it has a sweep, so it is not one run", { path: recipe.path, hint });
  }
  return {
    name: basename(recipe.output),
    recipe: { path: recipe.path, text: recipe.text },
    model: recipe.teacher,
    task: {
      task: task.task,
      test: task.test,
      params: task.params,
      ...(task.train === undefined ? {} : { train: task.train }),
    },
    seed: recipe.seed,
    steps: recipe.steps,
    folder: recipe.folder,
    output: recipe.output,
    measure: plannedMeasure(measure),
  };
}

const plannedMeasure = ({
  budget = BUDGET_SECONDS,
  items,
  price,
  ...measure
}: Recipe["measure"]): Plan["measure"] => ({ ...measure, items, price, budgetSeconds: budget });

/**
 * Runs the recipe at `recipePath`: writes its output folder and returns the run record. With a cache, steps whose result
 * is kept are not run, and a run of which nothing has changed is not run at all.
 */
export async function compress(options: CompressOptions): Promise<RunRecord> {
  const { plan, context, known } = await opened(options);
  if (!known) return run(plan, context);
  context.emit({
    kind: "note",
    level: "info",
    message: "nothing has changed: the result is as it was made",
  });
  return known;
}

/** Makes what a run of the recipe would keep in the cache, measures and writes nothing: `compress` then has it all. */
export async function prepare(options: CompressOptions): Promise<void> {
  const { plan, context, known } = await opened(options);
  if (!known) await make(plan, context);
}

/** The plan with where it keeps things, and its result where that is there already. */
async function opened(options: CompressOptions) {
  const context = contextOf(options);
  const plan = await planOf(options, context.cwd);
  checkOutput(plan, { force: options.force, cwd: context.cwd });
  const inputs = inputsOf(plan, context.threads, context.cwd);
  const { folder, limitBytes = CACHE_LIMIT } = options.cache ?? {};
  if (folder === undefined) return { plan, context: { ...context, inputs } };
  const store = new Store(resolve(context.cwd, folder), limitBytes);
  return { plan, context: { ...context, inputs, store }, known: upToDate(plan.output, inputs) };
}

/** The record of the recipe's output folder if it was made of the same, on any machine, however busy that was. */
export async function finished(options: CompressOptions): Promise<RunRecord | undefined> {
  const { threads, cwd } = contextOf(options);
  const plan = await planOf(options, cwd);
  // hashing the teacher is for folders that have something to compare it with
  return readLock(plan.output) && unchanged(plan.output, inputsOf(plan, threads, cwd), machineFacts);
}

/** The record of an output folder that this very run has made, if every file in it is as it was written. */
function unchanged(
  output: string,
  inputs: LockInputs,
  free: Parameters<typeof differences>[2] = [],
): RunRecord | undefined {
  const lock = readLock(output);
  if (!lock || differences(lock.inputs, inputs, free).length > 0) return undefined;
  if (changedFiles(lock.outputs, filesNow(output, lock)).length > 0) return undefined;
  return recordIn(output);
}

/** The same, but for one whose times a busy machine withheld: there the run measures again. */
export function upToDate(output: string, inputs: LockInputs): RunRecord | undefined {
  const record = unchanged(output, inputs);
  return record && busyWarnings(record.stages).length > 0 ? undefined : record;
}

/** Runs one method on one model: the same as a recipe of one step. */
export async function runStep(options: StepOptions): Promise<RunRecord> {
  const context = contextOf(options);
  const method = methodNamed(options.method);
  const { name, train, test, params } = options.task ?? {
    name: undefined,
    train: undefined,
    test: undefined,
    params: {},
  };
  const task = name === undefined ? undefined : taskNamed(name);
  const plan: Plan = {
    name: `${modelName(options.model)} ${method.name}`,
    recipe: {
      path: `minnow ${method.verb}`,
      text: stringify({
        teacher: options.teacher ?? options.model,
        steps: [{ [method.verb]: options.params }],
      }),
    },
    model: resolve(context.cwd, options.model),
    ...(options.file !== undefined && { file: options.file }),
    ...(options.teacher === undefined ? {} : { teacher: resolve(context.cwd, options.teacher) }),
    ...(task && {
      task: {
        task,
        params: parseOptions(task.params, params, `runStep.task.params`),
        ...(train === undefined ? {} : { train }),
        ...(test === undefined ? {} : { test }),
      },
    }),
    seed: options.seed ?? 7,
    steps: [{ method, bound: method.bind(options.params), path: method.name }],
    folder: context.cwd,
    output: resolve(context.cwd, options.output),
    ...(options.only !== undefined && { only: options.only }),
    measure: plannedMeasure(measureSchema.parse({})),
  };
  checkOutput(plan, { force: options.force, cwd: context.cwd });
  return run(plan, context);
}

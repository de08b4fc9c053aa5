// compress and runStep: from a recipe, or from one command's parameters, to a plan that is run.
import { availableParallelism } from "node:os";
import { basename, resolve } from "node:path";
import { stringify } from "yaml";
import { Store } from "../cache/index.ts";
import { methodNamed } from "../methods/index.ts";
import { parseRecipe, type Recipe, readRecipeText } from "../recipe/index.ts";
import type { RunRecord } from "../record/index.ts";
import { taskNamed } from "../tasks/index.ts";
import type { CompressOptions, RunOptions, StepOptions } from "./api.ts";
import { changedFiles, differences, filesNow, inputsOf, type LockInputs, readLock } from "./lock.ts";
import { modelName } from "./open.ts";
import { readRecord } from "./output.ts";
import type { Plan } from "./plan.ts";
import { type RunContext, run } from "./run.ts";

/** Seconds for which each model is timed at each batch size, unless the recipe says otherwise. */
const BUDGET_SECONDS = 3;

/** Bytes that the cache may take, unless the caller says otherwise. */
const CACHE_LIMIT = 10 * 2 ** 30;

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
  { recipePath, recipeText }: Pick<CompressOptions, "recipePath" | "recipeText">,
  cwd: string,
): Promise<Plan> {
  const text = recipeText ?? (await readRecipeText(recipePath, cwd));
  return planFor(parseRecipe(text, recipePath, undefined, cwd));
}

/** What a recipe asks for. */
export function planFor({ task, measure, ...recipe }: Recipe): Plan {
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
    measure: { batch: measure.batch, items: measure.items, budgetSeconds: measure.budget ?? BUDGET_SECONDS },
  };
}

/**
 * Runs the recipe at `recipePath`: writes its output folder and returns the run record. With a cache, steps whose result
 * is kept are not run, and a run of which nothing has changed is not run at all.
 */
export async function compress(options: CompressOptions): Promise<RunRecord> {
  const context = contextOf(options);
  const plan = await planOf(options, context.cwd);
  const inputs = inputsOf(plan, context.threads, context.cwd);
  const { folder, limitBytes = CACHE_LIMIT } = options.cache ?? {};
  if (folder === undefined) return run(plan, { ...context, inputs });
  const known = unchanged(plan.output, inputs);
  if (known) {
    context.emit({
      kind: "note",
      level: "info",
      message: "nothing has changed: the result is as it was made",
    });
    return known;
  }
  return run(plan, { ...context, inputs, store: new Store(resolve(context.cwd, folder), limitBytes) });
}

/** The record of an output folder that this very run has made, if every file in it is as it was written. */
export function unchanged(output: string, inputs: LockInputs): RunRecord | undefined {
  const lock = readLock(output);
  if (!lock || differences(lock.inputs, inputs).length > 0) return undefined;
  if (changedFiles(lock.outputs, filesNow(output, lock)).length > 0) return undefined;
  return readRecord(output);
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
    ...(options.teacher === undefined ? {} : { teacher: resolve(context.cwd, options.teacher) }),
    ...(task && {
      task: {
        task,
        params: task.params.parse(params),
        ...(train === undefined ? {} : { train }),
        ...(test === undefined ? {} : { test }),
      },
    }),
    seed: options.seed ?? 7,
    steps: [{ method, bound: method.bind(options.params), path: method.name }],
    folder: context.cwd,
    output: resolve(context.cwd, options.output),
    measure: { batch: 16, items: undefined, budgetSeconds: BUDGET_SECONDS },
  };
  return run(plan, context);
}

// What a run would do: which steps are kept, which would run, and why; nothing is trained and nothing is written.
import { resolve } from "node:path";
import { must } from "../base/index.ts";
import { Store } from "../cache/index.ts";
import { stageNames } from "../record/index.ts";
import type { CompressOptions, DryRun, DryStep } from "./api.ts";
import { contextOf, planOf, unchanged } from "./compress.ts";
import { inputsOf } from "./lock.ts";
import { checkpointKeys, stepKey } from "./memory.ts";
import { checkFirstStep, givenOf, load } from "./run.ts";

/** Reads and checks everything that a run of the recipe would, and says what is to be done. */
export async function dryRun(options: CompressOptions): Promise<DryRun> {
  const { threads, cwd } = contextOf(options);
  const plan = await planOf(options, cwd);
  const folder = options.cache?.folder;
  const store = folder === undefined ? undefined : new Store(resolve(cwd, folder), Number.POSITIVE_INFINITY);
  const loaded = await load(plan, { cwd });
  checkFirstStep(plan, loaded);
  const given = await givenOf(loaded, threads);
  const names = stageNames(plan.steps.map(({ method }) => method.name));
  const steps: DryStep[] = [];
  let key = given.model;
  for (const [i, step] of plan.steps.entries()) {
    const name = must(names[i], "stage name");
    key = stepKey(key, name, step, plan, given);
    const before = steps.find(({ cached }) => !cached)?.name;
    steps.push({ name, params: step.bound.params, ...stateOf(key, store, before) });
  }
  const same = store !== undefined && unchanged(plan.output, inputsOf(plan, threads, cwd)) !== undefined;
  return { recipe: options.recipePath, output: plan.output, unchanged: same, steps };
}

/** A step behind one that runs is looked for too: another recipe may have made it. */
function stateOf(
  key: string,
  store: Store | undefined,
  before: string | undefined,
): Pick<DryStep, "cached" | "why"> {
  if (!store) return { cached: false, why: "nothing is kept with --no-cache" };
  if (store.has(key)) return { cached: true, why: "its result is kept" };
  if (checkpointKeys(key).some((place) => store.has(place)))
    return { cached: false, why: "its training goes on from a checkpoint" };
  return {
    cached: false,
    why: before === undefined ? "no result of it is kept" : `${before} runs before it`,
  };
}

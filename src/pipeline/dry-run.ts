// What a run would do: which steps are kept, which would run, and why; what comes out, and about how long it takes. Nothing is written.
import { resolve } from "node:path";
import { must } from "../base/index.ts";
import { ownPeakRss } from "../bench/index.ts";
import { Store } from "../cache/index.ts";
import type { Bundle } from "../families/index.ts";
import type { Outline } from "../methods/index.ts";
import { stageNames } from "../record/index.ts";
import type { CompressOptions, DryRun, DryStep } from "./api.ts";
import { contextOf, planOf, upToDate } from "./compress.ts";
import { givenOf, type Loaded, load, type RunContext } from "./load.ts";
import { inputsOf } from "./lock.ts";
import { answersKey, checkpointKeys, type Given, Memory, stepKey } from "./memory.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { TEACHER_ROWS } from "./recall.ts";
import { Rehearsal } from "./rehearsal.ts";
import { checkFirstStep } from "./run.ts";
import { sizeOf } from "./stages.ts";
import { checkOutput } from "./target.ts";

/** A step that was looked at: what is told of it, its key, and what it is given and makes as far as that is known. */
interface Looked {
  readonly told: Omit<DryStep, "seconds">;
  readonly key: string;
  readonly step: PlannedStep;
  readonly given: Outline | undefined;
  readonly result: Outline | undefined;
}

/** Reads and checks everything that a run of the recipe would, and says what is to be done. */
export async function dryRun(options: CompressOptions): Promise<DryRun> {
  const context = contextOf(options);
  const { threads, cwd } = context;
  const plan = await planOf(options, cwd);
  checkOutput(plan, { force: options.force, cwd });
  const folder = options.cache?.folder;
  const store = folder === undefined ? undefined : new Store(resolve(cwd, folder), Number.POSITIVE_INFINITY);
  const loaded = await load(plan, context);
  checkFirstStep(plan, loaded);
  const given = await givenOf(loaded, threads);
  const looked = await look(plan, loaded, given, { ...context, store });
  const same = store !== undefined && upToDate(plan.output, inputsOf(plan, threads, cwd)) !== undefined;
  const told = { recipe: options.recipePath, output: plan.output, unchanged: same };
  if (same) return { ...told, steps: looked.map((one) => one.told) };
  return { ...told, ...(await timed(looked, plan, loaded, given, { ...context, store })) };
}

async function look(
  plan: Plan,
  { model, teacher }: Loaded,
  given: Given,
  { store, emit, signal }: Pick<RunContext, "store" | "emit" | "signal">,
): Promise<readonly Looked[]> {
  const names = stageNames(plan.steps.map(({ method }) => method.name));
  const memory = store && new Memory(store, emit, signal);
  const looked: Looked[] = [];
  let key = given.model;
  let before: Outline | undefined = { model };
  for (const [i, step] of plan.steps.entries()) {
    const name = must(names[i], "stage name");
    key = stepKey(key, name, step, plan, given);
    const kept = await memory?.kept(key, `${name} of ${plan.name}`, model);
    const runs = looked.find(({ told }) => !told.cached)?.told.name;
    const result: Outline | undefined = kept ? { model: kept.model } : outlineAfter(before, step, teacher);
    const told = {
      name,
      params: step.bound.params,
      ...stateOf(key, store, kept !== undefined, runs),
      ...sizeTold(result, looked.at(-1)),
    };
    looked.push({ told, key, step, given: before, result });
    before = result;
  }
  return looked;
}

/** What the step makes of what comes before it, as far as that can be known. */
function outlineAfter(
  before: Outline | undefined,
  { bound }: PlannedStep,
  teacher: Bundle,
): Outline | undefined {
  const own = before && bound.outline(before.model, teacher);
  if (!before || !own) return undefined;
  const most = before.largest && bound.outline(before.largest.model, teacher);
  const largest =
    most && before.largest ? (most.largest ?? { ...before.largest, model: most.model }) : own.largest;
  const open = own.open ?? before.open;
  return { model: own.model, ...(largest && { largest }), ...(open !== undefined && { open }) };
}

function sizeTold(
  result: Outline | undefined,
  before: Looked | undefined,
): Pick<DryStep, "size" | "sizeUnknown"> {
  if (!result) return { sizeUnknown: "its method does not say before it runs" };
  if (result.open !== undefined) {
    const own = before?.told.sizeUnknown === undefined;
    return { sizeUnknown: own ? result.open : `it follows from ${before.told.name}` };
  }
  const size = sizeOf(result.model);
  if (!result.largest) return { size };
  const { model, when } = result.largest;
  return { size: { ...size, most: { bytes: sizeOf(model).bytes, when } } };
}

/** A step behind one that runs is looked for too: another recipe may have made it. */
function stateOf(
  key: string,
  store: RunContext["store"],
  kept: boolean,
  before: string | undefined,
): Pick<DryStep, "cached" | "why"> {
  if (!store) return { cached: false, why: "nothing is kept with --no-cache" };
  if (kept) return { cached: true, why: "its result is kept" };
  if (checkpointKeys(key).some((place) => store.has(place)))
    return { cached: false, why: "its training goes on from a checkpoint" };
  return {
    cached: false,
    why: before === undefined ? "no result of it is kept" : `${before} runs before it`,
  };
}

/** Share of the time for latency that warming up takes beside it. */
const WARM_UP = 0.25;

/** The steps with about what each takes, and the whole run. */
async function timed(
  looked: readonly Looked[],
  plan: Plan,
  { engine, train, test, model, teacher }: Loaded,
  given: Given,
  context: RunContext,
): Promise<Pick<DryRun, "steps" | "estimate">> {
  const { store } = context;
  const task = plan.task?.task;
  if (!task || !test) return { steps: looked.map(({ told }) => told) };
  const rehearsal = new Rehearsal({ engine, train, test, task, context });
  const unlessKept = async (key: string, seconds: () => Promise<number>): Promise<number> =>
    store?.has(key) ? 0 : seconds();
  const answering = (key: string, of: Bundle): Promise<number> =>
    unlessKept(answersKey(key, test, 1, given), () => rehearsal.answers(of));
  const learns = looked.some(({ told, step }) => !told.cached && step.bound.learns);
  let sum = await answering(given.model, model);
  if (train && learns)
    sum += await unlessKept(answersKey(given.teacher, train, TEACHER_ROWS, given), () =>
      rehearsal.trainingAnswers(teacher, TEACHER_ROWS),
    );
  const steps: DryStep[] = [];
  for (const { told, key, step, given: before, result } of looked) {
    if (!before || !result) {
      steps.push(told);
      continue;
    }
    const passes = told.cached || !train ? [] : step.bound.passes(train.items.length);
    const training = await rehearsal.training(passes, before.model, result.model);
    const seconds = training + (await answering(key, result.model));
    steps.push({ ...told, seconds });
    sum += seconds;
  }
  if (steps.some(({ seconds }) => seconds === undefined)) return { steps };
  const { batch, budgetSeconds } = plan.measure;
  const latency = (looked.length + 1) * (batch > 1 ? 2 : 1) * budgetSeconds * (1 + WARM_UP);
  return { steps, estimate: { seconds: sum + latency, peakRssBytes: await ownPeakRss() } };
}

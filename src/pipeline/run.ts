// The run, as a table of contents: open, check, apply each step, write and compare, measure, report.
import { join, relative } from "node:path";
import { AppError, hash, must, told, version } from "../base/index.ts";
import { describeMachine, energyMeter, ownPeakRss } from "../bench/index.ts";
import type { Bundle } from "../families/index.ts";
import { writeSafetensors } from "../hub/index.ts";
import type { MethodContext } from "../methods/index.ts";
import {
  busyWarnings,
  type RunRecord,
  recordVersion,
  resultOf,
  type Stage,
  stageNames,
} from "../record/index.ts";
import { type Dataset, logitsOf } from "../tasks/index.ts";
import { givenOf, type Loaded, load, type RunContext } from "./load.ts";
import { aboutOf, differencesOf, measureStages } from "./measure.ts";
import { Memory } from "./memory.ts";
import { LAST_GOOD, openWork, shipped, writeOutput } from "./output.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { forgetful, keeping, type Recall, type StageRecall, TEACHER_ROWS } from "./recall.ts";
import { robustnessOf } from "./robustness.ts";
import { sensitivityOf } from "./sensitivity.ts";
import { type Bench, type Made, makeStage, untouched } from "./stages.ts";
import { warn } from "./warnings.ts";
import { FLOAT_FILE } from "./which-file.ts";

/** Runs a plan; the output folder is complete when this returns, and untouched when it throws. */
export async function run(plan: Plan, context: RunContext): Promise<RunRecord> {
  const start = performance.now();
  return atWork(plan, context, async (loaded, made) => {
    const stages = await measured(made, plan, loaded, context);
    const robustness = await robustnessOf(made, plan, loaded, context);
    const seconds = (performance.now() - start) / 1000;
    const files = { models: modelsOf(made), float: floatOf(made) };
    const told = await recordOf(plan, loaded, { made, stages, robustness }, context, seconds);
    const record = { ...told, ships: shipped(plan.output, files, stages.at(-1)?.file) };
    await writeOutput(plan.output, { ...files, record, inputs: context.inputs });
    return record;
  });
}

/** Makes every stage of a plan, for the sake of what is kept of them. */
export const make = (plan: Plan, context: RunContext): Promise<void> =>
  atWork(plan, context, async () => undefined);

/** Makes every stage in a work folder, and does something with them before it is taken away. */
async function atWork<T>(
  plan: Plan,
  context: RunContext,
  use: (loaded: Loaded, made: readonly Made[]) => Promise<T>,
): Promise<T> {
  const loaded = await load(plan, context);
  checkFirstStep(plan, loaded);
  const { work, release } = openWork(plan.output, context.emit);
  try {
    return await use(loaded, await makeAll(plan, loaded, work, context));
  } catch (error) {
    throw await keepingWeights(error, plan.output);
  } finally {
    release();
  }
}

/** A run that diverged leaves its last good weights beside the result, which stays as it was. */
async function keepingWeights(error: unknown, output: string): Promise<unknown> {
  if (!(error instanceof AppError) || !(error.facts.weights instanceof Map)) return error;
  const { weights, ...facts } = error.facts;
  const kept = join(output, LAST_GOOD);
  await writeSafetensors(kept, weights);
  const hint = `${error.hint ?? ""}; the weights before that step are in ${kept}`;
  return new AppError(error.kind, error.message, {
    facts,
    hint,
    ...(error.path !== undefined && { path: error.path }),
  });
}

type Models = Pick<Loaded, "model" | "teacher">;

/** What the first step cannot do, and those that begin with the teacher, is known before anything is spent. */
export function checkFirstStep({ steps }: Pick<Plan, "steps">, loaded: Models): void {
  for (const [i, step] of steps.entries())
    if (i === 0 || step.method.startsFrom === "teacher") refuseIf(step, loaded, loaded.model);
}

/** Later steps are checked when their input is there. */
function refuseIf({ method, bound, path }: PlannedStep, { teacher }: Models, model: Bundle): void {
  const [refusal, ...more] = bound.requires(method.startsFrom === "teacher" ? teacher : model);
  if (!refusal) return;
  throw new AppError("usage", `${refusal.target}: ${refusal.why}`, {
    path,
    facts: { refused: [refusal, ...more] },
  });
}

async function makeAll(
  plan: Plan,
  loaded: Loaded,
  work: string,
  context: RunContext,
): Promise<readonly Made[]> {
  const { engine, test } = loaded;
  const recall = await recallOf(plan, loaded, context);
  const bench = (id: string, { answers }: StageRecall): Bench => ({
    engine,
    threads: context.threads,
    signal: context.signal,
    work,
    task: plan.task?.task,
    test,
    onProgress: (done, total) => context.emit({ kind: "progress", id, done, total, unit: "items" }),
    remember: answers,
  });
  const teacherLogits = onceTeacherLogits(plan, loaded, context, recall);
  const made: Made[] = [];
  let { model } = loaded;
  const first = untouched(model, plan.teacher === undefined ? "teacher" : "model", floatFileOf(plan));
  const start = recall.next("teacher");
  made.push(await staged(context, "teacher", () => makeStage(first, 0, bench("teacher", start))));
  const names = stageNames(plan.steps.map(({ method }) => method.name));
  for (const [i, step] of plan.steps.entries()) {
    refuseIf(step, loaded, model);
    const id = must(names[i], "stage name");
    const own = recall.next(id, step);
    const before = model;
    const stage = await staged(context, id, async () => {
      const { method, bound } = step;
      const result = await own.result(before, async (checkpoints) => {
        const begin = performance.now();
        const world = methodContext(plan, loaded, context, id, teacherLogits);
        const applied = await bound.apply(before, { ...world, ...(checkpoints && { checkpoints }) });
        return { ...applied, seconds: (performance.now() - begin) / 1000 };
      });
      const params = bound.params as Stage["params"];
      const fresh = { ...result, name: id, method: method.name, params, writes: method.writes };
      return makeStage(fresh, i + 1, bench(id, own), bound.rewrite(before, result));
    });
    const sensitivity = await sensitivityOf(
      {
        id,
        method: step.method,
        base: before,
        before: must(made.at(-1), "stage before").name,
        result: stage,
      },
      {
        ...context,
        engine,
        test,
        task: plan.task?.task,
        items: plan.measure.sensitivity,
        remember: own.parts,
      },
    );
    made.push({ ...stage, sensitivity });
    model = stage.model;
  }
  return made;
}

/** The float model's file, where no step writes one: what loads a folder without being told a file asks for it. */
const floatFileOf = ({ steps, only }: Plan): string | undefined =>
  only || steps.some(({ method }) => method.writes === FLOAT_FILE) ? undefined : FLOAT_FILE;

/** The run's memory; without a store nothing is hashed for it. */
async function recallOf(
  plan: Plan,
  loaded: Loaded,
  { store, emit, signal, threads }: RunContext,
): Promise<Recall> {
  if (!store) return forgetful;
  return keeping(new Memory(store, emit, signal), plan, await givenOf(loaded, threads));
}

async function staged(context: RunContext, id: string, work: () => Promise<Made>): Promise<Made> {
  context.signal.throwIfAborted();
  return told(context.emit, id, work, ({ size, cached }) => ({
    summary: `${size.bytes} bytes`,
    ...(cached && { cached: true }),
  }));
}

/** Teacher logits of the training items: computed once in a run, and only when a step asks. */
function onceTeacherLogits(
  plan: Plan,
  { engine, teacher, train }: Loaded,
  context: RunContext,
  recall: Recall,
): () => Promise<Float32Array> {
  let logits: Promise<Float32Array> | undefined;
  const compute = async (): Promise<Float32Array> => {
    const session = await engine.compile(teacher.model.graph, { threads: context.threads });
    try {
      const id = "teacher's answers";
      const onProgress = (done: number, total: number): void =>
        context.emit({ kind: "progress", id, done, total, unit: "items" });
      const { task } = must(plan.task, "task");
      const { maxLength } = teacher;
      const options = { rows: TEACHER_ROWS, maxLength, signal: context.signal, onProgress };
      return await told(context.emit, id, () =>
        logitsOf(session, task, must(train, "training data"), options),
      );
    } finally {
      await session.dispose();
    }
  };
  return () => {
    logits ??= recall.teacherAnswers(compute);
    return logits;
  };
}

function methodContext(
  plan: Plan,
  loaded: Loaded,
  context: RunContext,
  id: string,
  teacherLogits: () => Promise<Float32Array>,
): MethodContext {
  const { engine, train, teacher } = loaded;
  const { emit, signal, threads } = context;
  return {
    engine,
    seed: plan.seed,
    signal,
    emit,
    id,
    threads,
    task: plan.task?.task,
    train,
    teacher,
    teacherLogits,
  };
}

async function measured(
  made: readonly Made[],
  plan: Plan,
  { engine, test }: Loaded,
  context: RunContext,
): Promise<readonly Stage[]> {
  const id = "measure";
  const stages = await told(context.emit, id, () =>
    measureStages(made, {
      engine,
      threads: context.threads,
      seed: plan.seed,
      signal: context.signal,
      task: plan.task?.task,
      test,
      batch: plan.measure.batch,
      budgetSeconds: plan.measure.budgetSeconds,
      meter: energyMeter(),
      perHour: plan.measure.price?.perHour,
      onProgress: (done, total) => context.emit({ kind: "progress", id, done, total, unit: "models" }),
    }),
  );
  warn(context, [{ warnings: busyWarnings(stages) }]);
  return stages;
}

async function recordOf(
  plan: Plan,
  loaded: Loaded,
  { made, stages, robustness }: { readonly made: readonly Made[] } & Pick<RunRecord, "stages" | "robustness">,
  { threads, cwd }: RunContext,
  seconds: number,
): Promise<RunRecord> {
  const { teacher, train, test, engine } = loaded;
  const data = (set: Dataset | undefined) =>
    set && { path: set.path, items: set.items.length, hash: set.hash };
  const [trainData, testData] = [data(train), data(test)];
  const differences = differencesOf(made, test);
  const warnings = [...loaded.warnings, ...busyWarnings(stages)];
  return {
    schema: recordVersion,
    minnow: version(),
    name: plan.name,
    machine: await describeMachine(engine, threads),
    recipe: { ...plan.recipe, hash: hash(plan.recipe.text) },
    ...(plan.task && { task: plan.task.task.name }),
    data: { ...(trainData && { train: trainData }), ...(testData && { test: testData }) },
    seed: plan.seed,
    teacher: {
      path: relative(cwd, teacher.path) || ".",
      hash: await loaded.identity,
      ...(teacher.family && { family: teacher.family.name }),
    },
    ...(warnings.length > 0 && { warnings }),
    about: aboutOf(stages, plan.task?.task),
    stages: [...stages],
    result: resultOf(stages),
    ...(differences && { differences }),
    ...(robustness && { robustness }),
    ...(plan.measure.price && { price: plan.measure.price }),
    seconds,
    peakRssBytes: await ownPeakRss(),
  };
}

function modelsOf(made: readonly Made[]): ReadonlyMap<string, string> {
  return new Map(
    made.flatMap(({ writes, path }) => (writes === undefined ? [] : [[writes, must(path, writes)] as const])),
  );
}

/** The last model whose weights are float: what model.safetensors and config.json describe. */
function floatOf(made: readonly Made[]): Bundle {
  return must(
    made.findLast(({ writes }) => writes !== "onnx/model_quantized.onnx"),
    "float model",
  ).model;
}

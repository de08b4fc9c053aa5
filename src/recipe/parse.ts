// parseRecipe: from a YAML text to a checked recipe, or every problem with file, line, column and key.
import { type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { AppError, fileError, fitted, grouped, suggestion } from "../base/index.ts";
import { type ParsedRequirement, parseRequirement } from "../gate/index.ts";
import { type MetricInfo, stageNames } from "../record/index.ts";
import { dataPath, type Task } from "../tasks/index.ts";
import { check, isMapping, type Problem, printPath, show, toldOnce, unknownOf } from "./check.ts";
import { parseYaml, type RecipeDocument } from "./document.ts";
import {
  maxSteps,
  type Recipe,
  type RecipeStep,
  type RecipeTask,
  type Registry,
  recipeSchema,
  registry,
} from "./recipe.ts";
import { type KeyPath, keysIn, shapeOf, shapesAt } from "./shape.ts";
import { bindStep, type NamedStep, readStep, wrongOrder } from "./steps.ts";

/** The recipe of a text that was read from `path`; AppError `usage`, all problems in `facts.problems`. */
export function parseRecipe(
  text: string,
  path: string,
  known: Registry = registry,
  cwd = process.cwd(),
): Recipe {
  const document = parseYaml(text, path);
  const folder = dirname(resolve(cwd, path));
  const problems = check(recipeSchema, document.value);
  const value = isMapping(document.value) ? document.value : {};
  const task = readTask(value.task, known.tasks);
  const steps = Array.isArray(value.steps)
    ? value.steps.slice(0, maxSteps).map((step, i) => readStep(step, ["steps", i], known.methods))
    : [];
  problems.push(
    ...(Array.isArray(task) ? task : []),
    ...steps.flatMap((step) => (Array.isArray(step) ? step : [])),
  );
  const named = steps.filter((step): step is NamedStep => !Array.isArray(step));
  const all = named.length === steps.length ? named : undefined;
  const metrics = metricsOf(task, known.tasks);
  const required = readRequirements(value.require, "require", all, metrics);
  const budget = readRequirements(value.budget, "budget", all, metrics);
  problems.push(
    ...wrongOrder(named),
    ...missingData(value.task, named),
    ...missingFiles(value, folder),
    ...wrongOutput(value, folder),
    ...[...required, ...budget].flatMap((one) => ("problem" in one ? [one.problem] : [])),
    ...budgetAlone(value),
    ...wrongGoal(value.sweep, metrics),
  );
  const parsed = fitted(recipeSchema, document.value);
  if (problems.length > 0 || !parsed.success || Array.isArray(task))
    throw failure(toldOnce(problems), path, document);
  const { teacher, output, seed, measure, sweep } = parsed.data;
  const requirementsOf = (read: readonly ReadRequirement[]): readonly ParsedRequirement[] =>
    read.flatMap((one) => ("requirement" in one ? [one.requirement] : []));
  return {
    path,
    text,
    folder,
    task,
    seed,
    measure,
    require: requirementsOf(required),
    sweep,
    budget: requirementsOf(budget),
    teacher: resolve(folder, teacher),
    output: resolve(folder, output),
    steps: named.map(
      (step): RecipeStep => ({
        ...bindStep(step),
        line: document.locate({ path: step.path, blame: "key" }).line,
      }),
    ),
  };
}

/** What the recipe's task measures; where it is not known which that is, what any does. */
const metricsOf = (task: RecipeTask | readonly Problem[], known: readonly Task[]): readonly MetricInfo[] =>
  "task" in task ? task.task.measures : known.flatMap(({ measures }) => measures);

/** Keys of every task. */
const taskKeys = keysIn(shapesAt(shapeOf(recipeSchema), ["task"]));

function readTask(value: unknown, known: readonly Task[]): RecipeTask | Problem[] {
  if (!isMapping(value)) return [];
  if (typeof value.name !== "string") return namelessTask(value, known);
  const { name, train, test, ...raw } = value;
  const task = known.find((one) => one.name === name);
  if (task === undefined) {
    const names = known.map((one) => one.name);
    const hint = suggestion(name, names);
    const allowed = names.length === 1 ? names.join() : `one of ${names.join(", ")}`;
    const message = `${show(name)} is not ${allowed}`;
    return [{ path: ["task", "name"], blame: "value", message, ...(hint?.startsWith("did") && { hint }) }];
  }
  const problems = check(task.params, raw, ["task"], taskKeys);
  if (problems.length > 0) return problems;
  const text = (path: unknown): string | undefined => (typeof path === "string" ? path : undefined);
  return { task, train: text(train), test: text(test) ?? "", params: task.params.parse(raw) };
}

/** A task without a name is told by the recipe's own schema; here, what may have been meant to be the name. */
function namelessTask(value: Readonly<Record<string, unknown>>, known: readonly Task[]): Problem[] {
  const names = [...taskKeys, ...known.flatMap(({ params }) => keysIn(shapesAt(shapeOf(params), [])))];
  return unknownOf(value, ["task"], names);
}

function missingData(task: unknown, steps: readonly NamedStep[]): Problem[] {
  if (!isMapping(task) || task.train !== undefined) return [];
  const learner = steps.find(({ method, raw }) => method.bind(raw).learns);
  if (learner === undefined) return [];
  const message = `it is missing; ${printPath(learner.path)} learns from it`;
  return [{ path: ["task", "train"], blame: "parent", message }];
}

interface NamedFile {
  readonly path: KeyPath;
  /** As it is written, without its #key. */
  readonly file: string;
}

/** All files and folders that a recipe reads. */
function filesOf(value: Readonly<Record<string, unknown>>): readonly NamedFile[] {
  const task = isMapping(value.task) ? value.task : {};
  const wanted: readonly (readonly [KeyPath, unknown])[] = [
    [["teacher"], value.teacher],
    [["task", "train"], task.train],
    [["task", "test"], task.test],
  ];
  return wanted.flatMap(([path, spec]) =>
    typeof spec !== "string" || spec === ""
      ? []
      : [{ path, file: path[0] === "task" ? dataPath(spec).file : spec }],
  );
}

/**
 * All files and folders that the recipe of a text names, by their keys, as absolute paths; nothing on the disk is looked at.
 * AppError `usage` for a text that is not YAML.
 */
export function filesNamed(
  text: string,
  path: string,
  cwd: string,
): readonly { readonly key: string; readonly path: string }[] {
  const { value } = parseYaml(text, path);
  const folder = dirname(resolve(cwd, path));
  const mapping = isMapping(value) ? value : {};
  const output = typeof mapping.output === "string" ? [{ path: ["output"], file: mapping.output }] : [];
  return [...filesOf(mapping), ...output].map(({ path: keys, file }) => ({
    key: printPath(keys),
    path: resolve(folder, file),
  }));
}

/** What is at a path, or in words why that cannot be told. */
function lookAt(path: string): Stats | string {
  try {
    return statSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return "there is no such file";
    return code === "ERR_INVALID_ARG_VALUE"
      ? "it is not a file name"
      : fileError(cause, path, "it cannot be looked at").message;
  }
}

function missingFiles(value: Readonly<Record<string, unknown>>, folder: string): Problem[] {
  return filesOf(value).flatMap(({ path, file }): Problem[] => {
    const found = lookAt(resolve(folder, file));
    if (typeof found === "object" && (path[0] === "teacher" || found.isFile())) return [];
    const what = typeof found === "object" ? "it is a folder, not a file" : found;
    const hint = isAbsolute(file) ? undefined : "paths are relative to the recipe";
    return [{ path, blame: "value", message: `${what}: ${show(file)}`, ...(hint && { hint }) }];
  });
}

type ReadRequirement = { readonly requirement: ParsedRequirement } | { readonly problem: Problem };

/** Checks the language of requirements and, where all steps are known, that the stages will be there. */
function readRequirements(
  value: unknown,
  key: "require" | "budget",
  steps: readonly NamedStep[] | undefined,
  metrics: readonly MetricInfo[],
): readonly ReadRequirement[] {
  if (!Array.isArray(value)) return [];
  const stages = steps && ["teacher", ...stageNames(steps.map(({ method }) => method.name))];
  return value.flatMap((text: unknown, i): readonly ReadRequirement[] => {
    if (typeof text !== "string") return [];
    try {
      const requirement = parseRequirement(text, { metrics });
      const { stage, wrongStage } = requirement;
      if (stage === undefined || !stages || stages.includes(stage)) return [{ requirement }];
      throw wrongStage(`no step makes a stage ${show(stage)}`, suggestion(stage, stages));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { message, hint, facts } = error;
      const where = `${show(text)} at character ${facts.column}: ${message}`;
      return [{ problem: { path: [key, i], blame: "value", message: where, ...(hint && { hint }) } }];
    }
  });
}

function wrongGoal(sweep: unknown, metrics: readonly MetricInfo[]): Problem[] {
  if (!isMapping(sweep) || typeof sweep.goal !== "string") return [];
  const goals = [...metrics.map(({ name }) => name), "bytes", "latency"];
  if (goals.includes(sweep.goal)) return [];
  const hint = suggestion(sweep.goal, goals);
  const message = `${show(sweep.goal)} is not one of ${goals.join(", ")}`;
  return [{ path: ["sweep", "goal"], blame: "value", message, ...(hint && { hint }) }];
}

function budgetAlone({ budget, sweep }: Readonly<Record<string, unknown>>): Problem[] {
  if (budget === undefined || sweep !== undefined) return [];
  const hint = "require is what the one result of a recipe must satisfy";
  return [
    { path: ["budget"], blame: "key", message: "there is no sweep whose trials it could choose", hint },
  ];
}

/** The output folder must not be the teacher, nor lie around it: writing it would take the teacher away. */
function wrongOutput({ output, teacher }: Readonly<Record<string, unknown>>, folder: string): Problem[] {
  if (typeof output !== "string" || typeof teacher !== "string") return [];
  const target = resolve(folder, output);
  const path = ["output"];
  const found = lookAt(target);
  if (target.includes("\0"))
    return [{ path, blame: "value", message: `it is not a file name: ${show(output)}` }];
  if (typeof found === "object" && found.isFile()) {
    return [{ path, blame: "value", message: `${show(output)} is a file, and a folder is wanted` }];
  }
  const inside = relative(target, resolve(folder, teacher));
  if (inside.startsWith("..") || isAbsolute(inside)) return [];
  return [{ path, blame: "value", message: `${show(output)} holds the teacher, which would be overwritten` }];
}

/** Problems of one recipe that are told; who has more begins with these. */
const maxProblems = 50;

/** One error for all problems: the first one in full, and a line for each in `facts.problems`. */
function failure(problems: readonly Problem[], file: string, document: RecipeDocument): AppError {
  const errors = problems.slice(0, maxProblems).map((problem) => {
    const { line, column } = document.locate(problem);
    const key = printPath(problem.path);
    const where = `${file}:${line}:${column}${key === "" ? "" : ` ${key}`}`;
    const { message, hint } = problem;
    return { line, column, error: new AppError("usage", message, { path: where, ...(hint && { hint }) }) };
  });
  errors.sort((a, b) => a.line - b.line || a.column - b.column);
  const more = problems.length - errors.length;
  const lines = [
    ...errors.map(({ error }) => error.describe()),
    ...(more > 0 ? [`${file}: ${grouped(more)} more problems`] : []),
  ];
  const first = errors[0]?.error ?? new AppError("usage", "it is not a recipe", { path: file });
  return new AppError("usage", first.message, {
    facts: { problems: lines },
    ...(first.path !== undefined && { path: first.path }),
    ...(first.hint !== undefined && { hint: first.hint }),
  });
}

// Flags from schemas: a method's or a task's parameters as `--key value`, read back and checked.
import type { Options } from "yargs";
import { AppError } from "../base/index.ts";
import { type Method, methods } from "../methods/index.ts";
import type { StepTask } from "../pipeline/index.ts";
import {
  check,
  type KeyDoc,
  keysOf,
  methodKeys,
  type Problem,
  printPath,
  readParams,
  shapeOf,
} from "../recipe/index.ts";
import { taskNamed, tasks } from "../tasks/index.ts";
import type { CommandContext, Flag, FlagSection, Flags } from "./define.ts";
import { flagName, keyName } from "./names.ts";

const methodsOf = (verb: string): readonly Method[] => methods.filter((method) => method.verb === verb);
const kindsOf = (verb: string): readonly string[] => methodsOf(verb).flatMap(({ kind }) => kind ?? []);

/** Flags of a verb: `--kind` where it has kinds, every key of its methods, every key of the tasks. */
export function stepFlags(verb: string): Flags {
  const kinds = kindsOf(verb);
  const [only] = kinds;
  const kind: Options = {
    type: "string",
    choices: kinds,
    describe: methodsOf(verb)
      .map((one) => `${one.kind}: ${one.describe}`)
      .join("; "),
    ...(kinds.length === 1 && only !== undefined ? { default: only } : { demandOption: true }),
  };
  return { ...(only !== undefined && { kind }), ...keyFlags(methodsOf(verb)), ...taskFlags() };
}

/** Keys of the methods; one that not all kinds have says whose it is. */
function keyFlags(of: readonly Method[]): Flags {
  const names = new Map<string, { readonly doc: KeyDoc; readonly kinds: string[] }>();
  for (const method of of) {
    for (const doc of methodKeys(method)) {
      const entry = names.get(doc.key) ?? { doc, kinds: [] };
      entry.kinds.push(method.kind ?? method.verb);
      names.set(doc.key, entry);
    }
  }
  const flagOf = ({ doc, kinds }: { readonly doc: KeyDoc; readonly kinds: readonly string[] }): Flag => {
    const whose = kinds.length < of.length ? `${kinds.join(", ")}: ` : "";
    return flagFor(doc, whose);
  };
  return Object.fromEntries([...names].map(([key, entry]) => [flagName(key), flagOf(entry)]));
}

const flagsOf = (docs: readonly KeyDoc[]): Flags =>
  Object.fromEntries(docs.map((doc) => [flagName(doc.key), flagFor(doc, "")]));

/** The flags of a verb by kind, each with the words and the default that it has there; then those of every kind and of the data. */
export function stepSections(verb: string): readonly FlagSection[] {
  const of = methodsOf(verb);
  const [first] = of;
  const shared = of.length > 1 && first ? methodKeys(first).filter((doc) => of.every(hasSame(doc))) : [];
  const own = (method: Method): readonly KeyDoc[] =>
    methodKeys(method).filter(({ key }) => !shared.some((doc) => doc.key === key));
  return [
    ...of.map((method) => ({
      title: of.length > 1 ? `Flags of --kind ${method.kind}` : "Flags of the step",
      flags: flagsOf(own(method)),
    })),
    { title: "Flags of every kind", flags: flagsOf(shared) },
    { title: "Flags of the data", flags: flagsOf(taskDocs()) },
  ];
}

/** Whether a method has a key that takes the same and means the same. */
const hasSame = (doc: KeyDoc) => (method: Method) =>
  methodKeys(method).some((one) => JSON.stringify(one) === JSON.stringify(doc));

const taskDocs = (): readonly KeyDoc[] => tasks.flatMap((task) => keysOf(shapeOf(task.params)));

/** Keys of all tasks. */
export const taskFlags = (): Flags =>
  Object.fromEntries(taskDocs().map((doc) => [flagName(doc.key), flagFor(doc, "data: ")]));

/** A default is told and not set, so that what was not given stays unset and the schema fills it in. */
function flagFor(doc: KeyDoc, whose: string): Flag {
  const { allowed, required, description = "", shapes } = doc;
  const value =
    doc.default === undefined
      ? ""
      : `; default: ${typeof doc.default === "string" ? doc.default : JSON.stringify(doc.default)}`;
  const describe = `${whose}${description} [${allowed}${required ? "; required" : value}]`;
  const offers = shapes.flatMap(({ enum: words = [] }) => words.map(String));
  const type = shapes.every((shape) => shape.type === "boolean") ? "boolean" : "string";
  return { type, describe, ...(offers.length > 0 && { offers }) };
}

/** Flags of a step that say what data there is. */
export interface DataFlags {
  readonly task: string;
  readonly train: string | undefined;
  readonly test: string | undefined;
}

/** What a step is to do, as its flags say it. */
export interface StepRequest {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly task?: StepTask;
}

/** The method and its parameters from the flags, checked; AppError `usage` that names the flag. */
export function readStepFlags(
  verb: string,
  data: DataFlags,
  { given }: Pick<CommandContext, "given">,
): StepRequest {
  const { kind, ...values } = keyed(given);
  const taskKeys = taskDocs().map(({ key }) => key);
  const pick = (ofTask: boolean) =>
    Object.fromEntries(Object.entries(values).filter(([key]) => taskKeys.includes(key) === ofTask));
  const found = methodsOf(verb).find((one) => one.kind === kind) ?? methodsOf(verb)[0];
  const raw = nested(pick(false), found ? methodKeys(found) : []);
  const step = readParams(kind === undefined ? raw : { ...raw, kind }, [], methodsOf(verb));
  if (!("method" in step)) {
    const takes = kind === undefined ? `minnow ${verb}` : `minnow ${verb} --kind ${String(kind)}`;
    throw flagError(step, `${takes} takes no such flag`);
  }
  const task = readData(data, pick(true), step.method.bind(step.raw).learns);
  return { method: step.method.name, params: step.raw, ...(task && { task }) };
}

function readData(
  { task, train, test }: DataFlags,
  given: StepTask["params"],
  learns: boolean,
): StepTask | undefined {
  if (learns && train === undefined) {
    throw new AppError("usage", "it is missing; this step learns from data", { path: "--train" });
  }
  const [alone] = Object.keys(given);
  if (train === undefined && test === undefined) {
    if (alone === undefined) return undefined;
    throw new AppError("usage", "it needs --train or --test beside it", { path: `--${flagName(alone)}` });
  }
  const params = readTaskFlags(task, given);
  return { name: task, params, ...(train !== undefined && { train }), ...(test !== undefined && { test }) };
}

/** A task's parameters from the flags, checked. */
export function readTaskFlags(
  name: string,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const task = taskNamed(name);
  const raw = nested(keyed(given), keysOf(shapeOf(task.params)));
  const problems = check(task.params, raw);
  if (problems.length > 0) throw flagError(problems, `the task ${name} takes no such flag`);
  return raw;
}

/** What was given, by the keys of a recipe. */
const keyed = (given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [keyName(name), value]));

/** `{"student.layers": "3"}` as `{student: {layers: 3}}`; mappings that must be there are, if empty. */
function nested(
  flat: Readonly<Record<string, unknown>>,
  docs: readonly KeyDoc[],
): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const { key, required } of docs) if (required) mappingFor(root, key);
  for (const [key, value] of Object.entries(flat)) {
    const doc = docs.find((one) => one.key === key);
    const last = key.split(".").at(-1) ?? key;
    mappingFor(root, key)[last] = typeof value === "string" ? readValue(value, doc) : value;
  }
  return root;
}

/** The mapping that holds a dotted key's last part; made where it is not there. */
function mappingFor(root: Record<string, unknown>, key: string): Record<string, unknown> {
  let at = root;
  for (const part of key.split(".").slice(0, -1)) {
    const inner: Record<string, unknown> = { ...Object(at[part]) };
    at[part] = inner;
    at = inner;
  }
  return at;
}

/** A flag's text as the schema's type: "0,2,5" is a list where one is wanted. */
function readValue(text: string, doc: KeyDoc | undefined): unknown {
  const types = doc?.shapes.map(({ type }) => type) ?? [];
  if (
    types.includes("array") &&
    (text.includes(",") || !types.some((type) => type === "number" || type === "integer"))
  ) {
    return text.split(",").map((part) => readScalar(part.trim()));
  }
  const isText = doc?.shapes.every(
    ({ type, enum: choices }) => type === "string" || choices?.every((one) => typeof one === "string"),
  );
  return isText ? text : readScalar(text);
}

function readScalar(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Problems of parameters as an error about flags. */
function flagError(problems: readonly Problem[], noSuchFlag: string): AppError {
  const errors = problems.map(({ path, blame, message, hint }) => {
    const dashed = hint?.replace(
      /^did you mean "(.*)"/,
      (_, key: string) => `did you mean "--${flagName(key)}"`,
    );
    const flag = { path: `--${flagName(printPath(path))}`, ...(dashed && { hint: dashed }) };
    return new AppError("usage", blame === "key" ? noSuchFlag : message, flag);
  });
  const [first] = errors;
  return new AppError("usage", first?.message ?? noSuchFlag, {
    ...(first?.path !== undefined && { path: first.path }),
    ...(first?.hint !== undefined && { hint: first.hint }),
    facts: { problems: errors.map((error) => error.describe()) },
  });
}

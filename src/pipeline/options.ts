// What each call of the library takes, as schemas: what the types say is checked for callers without types too.
import { z } from "zod";
import { parseOptions } from "../base/index.ts";

const path = z.string().min(1);
const params = z.record(z.string(), z.unknown());
const listener = z.custom((value) => typeof value === "function", "expected a function");
const object = z.custom((value) => typeof value === "object" && value !== null, "expected an object");

const run = {
  emit: listener.optional(),
  signal: z.instanceof(AbortSignal).optional(),
  threads: z.int().min(1).optional(),
  cwd: path.optional(),
};
const force = z.boolean().optional();
const file = path.optional();
const cache = z.strictObject({ folder: path, limitBytes: z.number().min(0).optional() }).optional();
const step = z.strictObject({ name: path, train: path.optional(), test: path.optional(), params });

const schemas = {
  compress: z.strictObject({
    ...run,
    recipePath: path,
    recipeText: z.string().optional(),
    output: path.optional(),
    force,
    cache,
  }),
  runStep: z.strictObject({
    ...run,
    model: path,
    file,
    method: path,
    params,
    output: path,
    teacher: path.optional(),
    task: step.optional(),
    seed: z.int().min(0).optional(),
    only: z.boolean().optional(),
    force,
  }),
  exportModel: z.strictObject({ ...run, folder: path, file, output: path, force }),
  evaluate: z.strictObject({
    ...run,
    model: path,
    file,
    task: path,
    data: path,
    params,
    against: path.optional(),
    batch: z.int().min(1).optional(),
    items: z.int().min(1).optional(),
  }),
  benchModels: z.strictObject({
    ...run,
    models: z.array(path).min(1),
    file,
    batches: z.array(z.int().min(1)).min(1).optional(),
    sequence: z.int().min(1).optional(),
    budget: z.number().gt(0).optional(),
  }),
  inspectModel: z.strictObject({ ...run, model: path, file }),
  search: z.strictObject({ recipe: object, runner: listener, force, cwd: path.optional() }),
  localRunner: z.strictObject({
    ...run,
    compress: listener,
    jobs: z.int().min(1).optional(),
    entry: path.optional(),
    force,
    cache,
  }),
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** The call with its options checked first: AppError `usage` names the one that is wrong, missing or unknown. */
export const checked =
  <O, R>(name: keyof typeof schemas, call: (options: O) => R): ((options: O) => R) =>
  (options) => {
    const schema: z.ZodType = schemas[name];
    parseOptions(schema, options, name);
    return call(options);
  };

/** The same for a call that gives a promise: what is wrong rejects it. */
export const checkedAsync =
  <O, R>(name: keyof typeof schemas, call: (options: O) => Promise<R>): ((options: O) => Promise<R>) =>
  async (options) =>
    checked(name, call)(options);

/** The text of an argument; AppError `usage` names it where it is none. */
export const checkedText = (value: unknown, name: string): string => parseOptions(path, value, name);

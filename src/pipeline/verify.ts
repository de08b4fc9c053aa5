// verify: whether an output folder is what its lock says, and whether it can be made again.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AppError, must } from "../base/index.ts";
import { STDIN } from "../recipe/index.ts";
import { named, type RunRecord, type Stage } from "../record/index.ts";
import type { VerifyOptions, VerifyResult } from "./api.ts";
import { contextOf, planOf } from "./compress.ts";
import {
  changedFiles,
  differences,
  filesNow,
  inputsOf,
  LOCK_FILE,
  type Lock,
  type LockedFile,
  listedFile,
  lockedFile,
  readLock,
} from "./lock.ts";
import { recordIn } from "./output.ts";
import { run } from "./run.ts";

/**
 * Compares a folder with its lock, from wherever it is called, and with `rebuild` makes it again beside it. AppError `input`
 * without a lock, and where what it would be made again from is not here.
 */
export async function verifyFolder(options: VerifyOptions): Promise<VerifyResult> {
  const context = contextOf(options);
  const folder = resolve(context.cwd, options.folder);
  if (!existsSync(folder)) throw new AppError("input", "there is no such folder", { path: options.folder });
  const lock = readLock(folder);
  if (!lock) {
    throw new AppError("input", `it has no ${LOCK_FILE} that can be read`, {
      path: options.folder,
      hint: "minnow compress writes one into the output folder of a recipe",
    });
  }
  const outputs = changedFiles(lock.outputs, filesNow(folder, lock));
  const { path } = lock.inputs.recipe;
  const cwd = startOf(folder, lock, context.cwd);
  const absent = absentFrom(cwd, lock);
  if (absent.length > 0) {
    if (options.rebuild)
      throw new AppError("input", `it cannot be made again: ${absent[0]} is not here`, {
        path: options.folder,
        facts: { absent },
      });
    return { folder: options.folder, inputs: changedHere(cwd, folder, lock), absent, outputs };
  }
  const told = path === STDIN ? { recipeText: recordIn(folder).recipe.text } : {};
  const plan = await planOf({ recipePath: path, ...told }, cwd);
  const inputs = inputsOf(plan, lock.inputs.threads, cwd);
  const found = { folder: options.folder, inputs: differences(lock.inputs, inputs), absent, outputs };
  if (!options.rebuild) return found;
  const output = join(dirname(folder), `.rebuild-${process.pid}`);
  try {
    const measure = { ...plan.measure, sensitivity: 0, robustness: 0 };
    const record = await run(
      { ...plan, measure, output },
      { ...context, cwd, threads: lock.inputs.threads, inputs },
    );
    return { ...found, rebuilt: compared(lock, folder, output, record, inputs) };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

const inputFiles = ({ inputs: { teacher, data } }: Lock): readonly LockedFile[] => [...teacher, ...data];

/** What a folder that the run was started in has: the recipe, or the first file where that was piped. */
const landmark = (lock: Lock): string => {
  const { path } = lock.inputs.recipe;
  return path === STDIN ? (inputFiles(lock)[0]?.path ?? "") : path;
};

/** The folder that the lock's paths are relative to: this one or the nearest above the result, the same recipe first. */
function startOf(folder: string, lock: Lock, cwd: string): string {
  const places = [cwd, ...foldersAbove(folder)].filter((place) => existsSync(resolve(place, landmark(lock))));
  return places.find((place) => sameRecipe(place, folder, lock)) ?? places[0] ?? cwd;
}

const foldersAbove = (folder: string): readonly string[] =>
  dirname(folder) === folder ? [] : [dirname(folder), ...foldersAbove(dirname(folder))];

/** Whether the recipe there has the text that the report has; one that was piped is in the report alone. */
function sameRecipe(place: string, folder: string, { inputs }: Lock): boolean {
  const { path } = inputs.recipe;
  if (path === STDIN) return true;
  try {
    return readFileSync(resolve(place, path), "utf8") === recordIn(folder).recipe.text;
  } catch {
    return false;
  }
}

/** Files that the lock names and that are not below the folder it was started in. */
function absentFrom(cwd: string, lock: Lock): readonly string[] {
  const { path } = lock.inputs.recipe;
  const paths = [...(path === STDIN ? [] : [path]), ...inputFiles(lock).map((file) => file.path)];
  return paths.filter((one) => !existsSync(resolve(cwd, one)));
}

/** What is here of the inputs and is not as it was, in words. */
function changedHere(cwd: string, folder: string, lock: Lock): readonly string[] {
  const { path } = lock.inputs.recipe;
  const here = inputFiles(lock).filter((file) => existsSync(resolve(cwd, file.path)));
  const hasRecipe = path !== STDIN && existsSync(resolve(cwd, path));
  return [
    ...(hasRecipe && !sameRecipe(cwd, folder, lock)
      ? [`${path}: it is not the recipe that the report has`]
      : []),
    ...changedFiles(
      here,
      here.map((file) => lockedFile(resolve(cwd, file.path), file.path)),
    ),
  ];
}

const finalMetrics = ({ stages }: RunRecord): Stage["metrics"] => must(stages.at(-1), "stage").metrics;

/** Reports hold times and names, so they are never the same twice. */
const isReport = ({ path }: LockedFile): boolean => /^(report\.\w+|README\.md)$/.test(path);

function compared(
  lock: Lock,
  folder: string,
  output: string,
  record: RunRecord,
  now: Lock["inputs"],
): NonNullable<VerifyResult["rebuilt"]> {
  const models = lock.outputs.filter((file) => !isReport(file));
  const files = changedFiles(
    models,
    models.map(({ path }) => lockedFile(listedFile(output, path), path)),
  );
  const metrics = finalMetrics(record);
  const before = finalMetrics(recordIn(folder));
  const elsewhere = (["cpu", "code", "node", "platform"] as const).some(
    (fact) => lock.inputs[fact] !== now[fact],
  );
  return {
    files,
    elsewhere,
    metrics: Object.fromEntries(
      Object.entries(metrics).flatMap(([name, now]) => {
        const then = named(before, name);
        return then ? [[name, { then, now }]] : [];
      }),
    ),
  };
}

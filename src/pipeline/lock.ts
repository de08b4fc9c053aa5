// minnow.lock.json: what a result was made from and what came out, by hash; with it a run that would give the same is not run again.
import { existsSync, readdirSync, statSync } from "node:fs";
import { arch, cpus, platform } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import { AppError, codeHash, contained, fingerprint, hash, readRegular, version } from "../base/index.ts";
import { dataPath } from "../tasks/index.ts";
import type { Plan } from "./plan.ts";

export const LOCK_FILE = "minnow.lock.json";

const file = z.strictObject({ path: z.string(), bytes: z.int().min(0), sha256: z.string() });
export type LockedFile = z.infer<typeof file>;

const inputs = z.strictObject({
  minnow: z.string(),
  /** Hash of minnow's own code. */
  code: z.string(),
  node: z.string(),
  platform: z.string(),
  cpu: z.string(),
  threads: z.int(),
  seed: z.int(),
  /** The recipe's file, and a hash of what it says: comments and spaces are no part of it. */
  recipe: z.strictObject({ path: z.string(), says: z.string() }),
  teacher: z.array(file),
  data: z.array(file),
});
export type LockInputs = z.infer<typeof inputs>;

const lock = z.strictObject({ schema: z.literal("minnow.lock/1"), inputs, outputs: z.array(file) });
export type Lock = z.infer<typeof lock>;

/** All that decides a run's result, with every file that it reads; an AppError `input` where one is missing. */
export function inputsOf(plan: Plan, threads: number, cwd: string): LockInputs {
  const { task, measure, steps, seed } = plan;
  const says = {
    task: task && { name: task.task.name, params: JSON.stringify(task.params) },
    measure: JSON.stringify(measure),
    steps: steps.map(({ method, bound }) => [method.name, JSON.stringify(bound.params)]),
    keys: [task?.train, task?.test].map((path) => path?.split("#")[1]),
  };
  const locked = (paths: readonly string[]): LockedFile[] =>
    [...new Set(paths)].map((path) => lockedFile(path, relative(cwd, path) || basename(path)));
  return {
    minnow: version(),
    code: codeHash(),
    node: process.version,
    platform: `${platform()}-${arch()}`,
    cpu: cpus()[0]?.model ?? "unknown",
    threads,
    seed,
    recipe: { path: plan.recipe.path, says: hash(says) },
    teacher: locked(modelFiles(plan)),
    data: locked(dataFiles(plan)),
  };
}

/** What a run reads. */
export interface Reads {
  readonly model: string;
  readonly teacher?: string | undefined;
  readonly task?: { readonly train?: string | undefined; readonly test?: string | undefined } | undefined;
  /** Folder that data paths are relative to. */
  readonly folder: string;
}

/** Files that the models of a plan may be read from; AppError `input` where there is none. */
export const modelFiles = ({ model, teacher }: Reads): readonly string[] =>
  [model, teacher].flatMap((path) => (path === undefined ? [] : filesOf(path)));

/** The data files of a plan. */
export const dataFiles = ({ task, folder }: Reads): readonly string[] =>
  [task?.train, task?.test].flatMap((path) =>
    path === undefined ? [] : [resolve(folder, dataPath(path).file)],
  );

/** Files that loading a model may read: of a folder, or an ONNX file with what lies beside it. */
function filesOf(path: string): readonly string[] {
  if (!existsSync(path)) throw new AppError("input", "there is no such file or folder", { path });
  const own = /^(?!report\.json|minnow\.lock\.json).*\.(json|safetensors|txt)$/;
  const inside = (folder: string, names: RegExp): string[] =>
    readdirSync(folder)
      .filter((name) => names.test(name) && isFile(join(folder, name)))
      .sort()
      .map((name) => join(folder, name));
  if (statSync(path).isDirectory()) return inside(path, own);
  const folder = dirname(path);
  const beside = readdirSync(folder).filter((name) => name.startsWith(basename(path)));
  const described = /^(config|tokenizer|tokenizer_config|special_tokens_map)\.json$|^vocab\.txt$/;
  return [
    ...beside.sort().map((name) => join(folder, name)),
    ...[folder, dirname(folder)].flatMap((one) => inside(one, described)),
  ];
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Size and hash of a file, under the name it is to have. */
export const lockedFile = (path: string, name: string): LockedFile => ({ path: name, ...fingerprint(path) });

/** The lock's text. */
export const printLock = (of: LockInputs, outputs: readonly LockedFile[]): string => {
  const content: Lock = { schema: "minnow.lock/1", inputs: of, outputs: [...outputs] };
  return `${JSON.stringify(content, null, 2)}\n`;
};

/** The lock of an output folder; undefined where there is none, or none that can be read. */
export function readLock(folder: string): Lock | undefined {
  try {
    return lock.parse(JSON.parse(readRegular(join(folder, LOCK_FILE)).toString("utf8")));
  } catch {
    return undefined;
  }
}

/** Facts that are the machine's, not the recipe's. */
export const machineFacts = ["node", "platform", "cpu", "threads"] as const;
const facts = ["minnow", "code", "seed", ...machineFacts] as const;

/** What is not as the lock has it, in words, but for the facts that are `free`; nothing where all is. */
export function differences(
  expected: LockInputs,
  actual: LockInputs,
  free: readonly (typeof facts)[number][] = [],
): readonly string[] {
  const changed = facts
    .filter((fact) => !free.includes(fact))
    .flatMap((fact) =>
      expected[fact] === actual[fact] ? [] : [`${fact}: ${expected[fact]} then, ${actual[fact]} now`],
    );
  const recipe =
    expected.recipe.says === actual.recipe.says ? [] : [`recipe: ${actual.recipe.path} says something else`];
  const files = (["teacher", "data"] as const).flatMap((part) => changedFiles(expected[part], actual[part]));
  return [...changed, ...recipe, ...files];
}

/** Files that differ, are new or are gone, in words. */
export function changedFiles(
  expected: readonly LockedFile[],
  actual: readonly LockedFile[],
): readonly string[] {
  const now = new Map(actual.map((one) => [one.path, one]));
  const then = new Set(expected.map(({ path }) => path));
  return [
    ...expected.flatMap(({ path, sha256 }) => {
      const found = now.get(path);
      if (!found) return [`${path}: it is gone`];
      return found.sha256 === sha256 ? [] : [`${path}: its content was changed`];
    }),
    ...actual.flatMap(({ path }) => (then.has(path) ? [] : [`${path}: it is new`])),
  ];
}

/** The path of a file that a lock lists, inside its folder; AppError `input` for one that is not. */
export const listedFile = (folder: string, place: string): string =>
  contained(folder, place, "the listed file", join(folder, LOCK_FILE));

/** The output files of a lock as they are now; those that are gone are left out. */
export const filesNow = (folder: string, { outputs }: Lock): readonly LockedFile[] =>
  outputs.flatMap(({ path }) => {
    const file = listedFile(folder, path);
    return existsSync(file) ? [lockedFile(file, path)] : [];
  });

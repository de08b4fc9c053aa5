// verify: whether an output folder is what its lock says, and whether it can be made again.
import { rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AppError, must } from "../base/index.ts";
import { STDIN } from "../recipe/index.ts";
import type { RunRecord } from "../record/index.ts";
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

/** Compares a folder with its lock, and with `rebuild` makes it again beside it; AppError `input` without a lock. */
export async function verifyFolder(options: VerifyOptions): Promise<VerifyResult> {
  const context = contextOf(options);
  const folder = resolve(context.cwd, options.folder);
  const lock = readLock(folder);
  if (!lock) {
    throw new AppError("input", `it has no ${LOCK_FILE} that can be read`, {
      path: options.folder,
      hint: "minnow compress writes one into the output folder of a recipe",
    });
  }
  const { path } = lock.inputs.recipe;
  const told = path === STDIN ? { recipeText: recordIn(folder).recipe.text } : {};
  const plan = await planOf({ recipePath: path, ...told }, context.cwd);
  const inputs = inputsOf(plan, lock.inputs.threads, context.cwd);
  const found = {
    folder: options.folder,
    inputs: differences(lock.inputs, inputs),
    outputs: changedFiles(lock.outputs, filesNow(folder, lock)),
  };
  if (!options.rebuild) return found;
  const output = join(dirname(folder), `.rebuild-${process.pid}`);
  try {
    const measure = { ...plan.measure, sensitivity: 0, robustness: 0 };
    const record = await run(
      { ...plan, measure, output },
      { ...context, threads: lock.inputs.threads, inputs },
    );
    return { ...found, rebuilt: compared(lock, folder, output, record, inputs) };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

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
  const accuracyOf = ({ stages }: RunRecord) => must(stages.at(-1), "stage").metrics.accuracy;
  const [then, again] = [accuracyOf(recordIn(folder)), accuracyOf(record)];
  const elsewhere = (["cpu", "code", "node", "platform"] as const).some(
    (fact) => lock.inputs[fact] !== now[fact],
  );
  return { files, elsewhere, ...(then && again && { accuracy: { then, now: again } }) };
}

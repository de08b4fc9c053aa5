// Which files of an output folder a run may write, and which of those there are an earlier run's.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkTarget } from "../base/index.ts";
import { tokenizerFiles } from "../hub/index.ts";
import { methods } from "../methods/index.ts";
import { isOwnFile } from "../onnx/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { formats } from "../report/index.ts";
import { dataFiles, LOCK_FILE, modelFiles, type Reads, readLock } from "./lock.ts";
import { LAST_GOOD, recordIn, WORK } from "./output.ts";
import { FLOAT_FILE } from "./which-file.ts";

const models = [...new Set([FLOAT_FILE, ...methods.map(({ writes }) => writes)])];
const reports = [LOCK_FILE, ...Object.values(formats).map(({ file }) => file)];

/** What describes the model beside its ONNX files. */
const described = ["config.json", "model.safetensors", ...tokenizerFiles];

/** Every file that a run, a step or an export can write. */
const places: readonly string[] = [
  ...models.flatMap((file) => [file, `${file}_data`]),
  ...described,
  ...reports,
  LAST_GOOD,
];

/** A run as far as its files go. */
interface Job extends Reads {
  readonly output: string;
  readonly recipe: { readonly path: string };
}

/** The run of a recipe, as `checkOutput` takes it. */
export const readsOf = (recipe: Recipe): Job => ({
  model: recipe.teacher,
  task: recipe.task,
  folder: recipe.folder,
  output: recipe.output,
  recipe,
});

/** What is written into a folder besides the result. */
interface Beside {
  /** Files by place, such as the account of a sweep. */
  readonly places?: readonly string[];
  readonly force?: boolean | undefined;
  readonly cwd: string;
}

/** Refuses, as AppError `usage`, an output folder in which a run would harm what it reads or what minnow did not write. */
export function checkOutput(plan: Job, { places: more = [], force = false, cwd }: Beside): void {
  const recipe = resolve(cwd, plan.recipe.path);
  checkTarget({
    output: plan.output,
    places: [...places, ...more],
    own: ownPlaces(plan.output, more),
    reads: [...modelFiles(plan), ...dataFiles(plan), recipe],
    recipe,
    force,
    cwd,
  });
}

/**
 * Which places an earlier run of minnow wrote: what its lock lists; without a lock, where there is a report, an export, or
 * files that were being put in place when the run ended, all that a run can write. Undefined where there is none of these.
 */
function ownPlaces(output: string, more: readonly string[]): ((place: string) => boolean) | undefined {
  if (existsSync(join(output, WORK, "ready"))) return () => true;
  const lock = readLock(output);
  if (lock) {
    const listed = new Set([...lock.outputs.map(({ path }) => path), LOCK_FILE, ...more]);
    return (place) => listed.has(place);
  }
  const marked = [LAST_GOOD, ...more].some((place) => existsSync(join(output, place)));
  if (marked || hasRecord(output)) return () => true;
  const exported = new Set([FLOAT_FILE, `${FLOAT_FILE}_data`, ...described]);
  return hasExport(output) ? (place) => exported.has(place) : undefined;
}

function hasRecord(output: string): boolean {
  try {
    return recordIn(output).stages.length > 0;
  } catch {
    return false;
  }
}

const hasExport = (output: string): boolean =>
  existsSync(join(output, FLOAT_FILE)) && isOwnFile(join(output, FLOAT_FILE));

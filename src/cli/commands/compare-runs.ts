// Recipes among what is to be compared are run first: their steps are shared through the cache.
import { relative, resolve } from "node:path";
import { writeAtomic } from "../../base/index.ts";
import {
  type Axis,
  axisOf,
  parseRecipe,
  readRecipeText,
  type Variant,
  variantPath,
  variantsOf,
} from "../../recipe/index.ts";
import type { Job, Runner } from "../../search/index.ts";

const isRecipe = (path: string): boolean => /\.ya?ml$/.test(path);

/** Output folders for all paths; recipes, and each variant of them, are checked before the first is run. */
export async function runsOf(
  paths: readonly string[],
  matrix: readonly string[],
  { cwd, force }: { readonly cwd: string; readonly force: boolean },
  runner: () => Promise<Runner>,
): Promise<readonly string[]> {
  const axes = matrix.map(axisOf);
  const planned = (await Promise.all(paths.map((path) => plannedOf(path, cwd, axes)))).flat();
  const jobs = planned.flatMap(({ job }) => job ?? []);
  if (jobs.length > 0) {
    const { checkOutput, readsOf } = await import("../../pipeline/index.ts");
    for (const { text, recipe: path } of jobs)
      checkOutput(readsOf(parseRecipe(text, path, undefined, cwd)), { force, cwd });
    for (const { variant } of planned) if (variant) await writeAtomic(variantPath(variant), variant.text);
    const run = await runner();
    await run(jobs, async (_, outcome) => {
      if ("error" in outcome) throw outcome.error;
    });
  }
  return planned.map(({ path }) => path);
}

interface Planned {
  /** A finished run: the folder that is there, or that the recipe makes. */
  readonly path: string;
  readonly job?: Job;
  readonly variant?: Variant;
}

async function plannedOf(path: string, cwd: string, axes: readonly Axis[]): Promise<readonly Planned[]> {
  if (!isRecipe(path)) return [{ path }];
  const recipe = resolve(cwd, path);
  const text = await readRecipeText(path, cwd);
  if (axes.length === 0) {
    const { output } = parseRecipe(text, path, undefined, cwd);
    return [{ path: relative(cwd, output), job: { name: path, recipe, text, output } }];
  }
  return variantsOf(text, recipe, axes).map((variant) => {
    const own = variantPath(variant);
    const { output } = parseRecipe(variant.text, relative(cwd, own), undefined, cwd);
    const job = { name: variant.name, recipe: own, text: variant.text, output };
    return { path: relative(cwd, output), job, variant };
  });
}

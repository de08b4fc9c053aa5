// Recipes among what is to be compared are run first: their steps are shared through the cache.
import { relative, resolve } from "node:path";
import { writeAtomic } from "../../base/index.ts";
import {
  axisOf,
  parseRecipe,
  readRecipeText,
  type Variant,
  variantPath,
  variantsOf,
} from "../../recipe/index.ts";
import type { CommandContext } from "../define.ts";
import { runOptions } from "../define.ts";

const isRecipe = (path: string): boolean => /\.ya?ml$/.test(path);

/** Output folders for all paths; recipes, and each variant of them, are checked before the first is run. */
export async function runsOf(
  paths: readonly string[],
  matrix: readonly string[],
  cache: { readonly cache?: { readonly folder: string } },
  context: CommandContext,
): Promise<readonly string[]> {
  const { cwd } = context.io;
  const axes = matrix.map(axisOf);
  const planned = await Promise.all(paths.map((path) => plannedOf(path, cwd, axes)));
  const outputs: string[] = [];
  for (const { path, recipe, variant } of planned.flat()) {
    if (recipe !== undefined) {
      if (variant) await writeAtomic(variantPath(variant), variant.text);
      const { compress } = await context.pipeline();
      await compress({ ...runOptions(context), ...cache, recipePath: recipe });
    }
    outputs.push(path);
  }
  return outputs;
}

interface Planned {
  /** A finished run: the folder that is there, or that the recipe makes. */
  readonly path: string;
  readonly recipe?: string;
  readonly variant?: Variant;
}

async function plannedOf(
  path: string,
  cwd: string,
  axes: Parameters<typeof variantsOf>[2],
): Promise<readonly Planned[]> {
  if (!isRecipe(path)) return [{ path }];
  const full = resolve(cwd, path);
  const text = await readRecipeText(path, cwd);
  const folderOf = (recipe: string, of: string): string =>
    relative(cwd, parseRecipe(of, recipe, undefined, cwd).output);
  if (axes.length === 0) return [{ path: folderOf(path, text), recipe: path }];
  return variantsOf(text, full, axes).map((variant) => {
    const recipe = relative(cwd, variantPath(variant));
    return { path: folderOf(recipe, variant.text), recipe, variant };
  });
}

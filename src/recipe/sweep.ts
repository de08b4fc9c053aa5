// Sweeps: a recipe tried with other values at some of its keys, all combinations of them or some by chance.
import { join, relative, resolve } from "node:path";
import { AppError, busy, grouped, type Rng, rng } from "../base/index.ts";
import { parseRecipe } from "./parse.ts";
import type { Recipe } from "./recipe.ts";
import {
  combinations,
  folderName,
  maxCombinations,
  nameOf,
  type Scalar,
  type Setting,
  type Variant,
  variantOf,
  variantPath,
} from "./variants.ts";

type Range = Extract<Sweep["over"][string], { readonly from: number }>;
type Sweep = NonNullable<Recipe["sweep"]>;

/** A trial: the recipe with its own values, without the sweep, its output below the recipe's. */
export type Trial = Variant;

/** Times that a random choice which was there before is made anew. */
const TRIES = 100;

/**
 * The trials of a recipe's sweep, each a recipe that was checked; AppError `usage` for one that is none, and for a grid over
 * a range without steps. The same recipe and seed give the same trials.
 */
export function trialsOf(recipe: Recipe, cwd: string): readonly Trial[] {
  const { sweep } = recipe;
  if (!sweep) return [];
  const choices = sweep.kind === "grid" ? gridOf(sweep) : randomOf(sweep, recipe.seed);
  return busy(() => choices.map((settings) => trialOf(recipe, settings, cwd)));
}

function trialOf(recipe: Recipe, settings: readonly Setting[], cwd: string): Trial {
  const base = { text: recipe.text, path: resolve(cwd, recipe.path), where: "sweep.over" };
  const trial = variantOf(base, settings, (output, name) => join(output, "trials", folderName(name)));
  parseRecipe(trial.text, relative(cwd, variantPath(trial)), undefined, cwd);
  return trial;
}

function gridOf({ over, trials }: Sweep): readonly (readonly Setting[])[] {
  const axes = Object.entries(over).map(([key, values]) => ({
    key,
    values: Array.isArray(values) ? values : stepsOf(key, values),
  }));
  return combinations(axes, "sweep.over").slice(0, trials);
}

function stepsOf(key: string, { from, to, step }: Range): readonly number[] {
  if (step === undefined) {
    throw new AppError("usage", "a grid needs a step, or a list of values", {
      path: `sweep.over.${key}`,
      hint: "kind: random takes any number of the range",
    });
  }
  const length = countOf(from, to, step);
  if (length > maxCombinations)
    throw new AppError("usage", `it has ${grouped(length)} values`, {
      path: `sweep.over.${key}`,
      hint: `take a larger step: at most ${grouped(maxCombinations)} combinations are run`,
    });
  return Array.from({ length }, (_, i) => rounded(from + i * step));
}

const countOf = (from: number, to: number, step: number): number => Math.floor((to - from) / step + 1e-9) + 1;

function randomOf({ over, trials = 1 }: Sweep, seed: number): readonly (readonly Setting[])[] {
  const random = rng(seed, "sweep");
  const found = new Map<string, readonly Setting[]>();
  for (let tries = 0; found.size < trials && tries < TRIES * trials; tries++) {
    const settings = Object.entries(over).map(([key, values]) => ({ key, value: drawn(values, random) }));
    found.set(nameOf(settings), settings);
  }
  return [...found.values()];
}

function drawn(values: readonly Scalar[] | Range, random: Rng): Scalar {
  if (!("from" in values)) return values[random.below(values.length)] ?? "";
  const { from, to, step, scale } = values;
  if (step !== undefined) return rounded(from + step * random.below(countOf(from, to, step)));
  const share = random.next();
  return rounded(scale === "log" ? from * (to / from) ** share : from + share * (to - from));
}

/** Four digits are more than any recipe's result can tell apart. */
const rounded = (value: number): number => Number(value.toPrecision(4));

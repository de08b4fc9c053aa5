// Every key of a recipe with what it takes, from the schemas: for docs/recipes.md and for flags.
import type { Method } from "../methods/index.ts";
import { type Registry, recipeSchema, registry } from "./recipe.ts";
import { type KeyDoc, keysOf, shapeOf } from "./shape.ts";

/** Keys that belong together. */
export interface SchemaSection {
  /** "recipe", "task: text-classification", "prune, kind: heads". */
  readonly title: string;
  readonly describe: string;
  readonly keys: readonly KeyDoc[];
}

/** The recipe's own keys, then those of each task and of each method. */
export function recipeSchemaDocs(known: Registry = registry): SchemaSection[] {
  return [
    { title: "recipe", describe: "Keys of every recipe.", keys: keysOf(shapeOf(recipeSchema)) },
    ...known.tasks.map((task) => ({
      title: `task: ${task.name}`,
      describe: `Keys of \`task\` where its name is ${task.name}.`,
      keys: keysOf(shapeOf(task.params)),
    })),
    ...known.methods.map((method) => ({
      title: titleOf(method),
      describe: method.describe,
      keys: methodKeys(method),
    })),
  ];
}

/** Keys of a method's parameters, those inside others by dots: "student.layers". */
export const methodKeys = (method: Method): KeyDoc[] => keysOf(shapeOf(method.params));

const titleOf = ({ verb, kind }: Method): string => (kind === undefined ? verb : `${verb}, kind: ${kind}`);

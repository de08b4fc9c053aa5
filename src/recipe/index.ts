// Recipes: YAML with line numbers, checked against the schemas of methods and tasks before any work.
export { check, isMapping, type Problem, printPath, show } from "./check.ts";
export { methodKeys, recipeSchemaDocs, type SchemaSection } from "./docs.ts";
export { parseYaml } from "./document.ts";
export { type Draft, draftRecipe } from "./draft.ts";
export { filesNamed, parseRecipe } from "./parse.ts";
export {
  defaultPreset,
  expectation,
  learns,
  measuredOn,
  type Preset,
  type PresetStep,
  presetNamed,
  presets,
} from "./presets.ts";
export { readRecipeText, STDIN } from "./read.ts";
export {
  measureSchema,
  type Recipe,
  type RecipeStep,
  type RecipeTask,
  type Registry,
  registry,
  verbsOf,
} from "./recipe.ts";
export { choicesOf, describeShapes, type KeyDoc, keysOf, type Shape, shapeOf } from "./shape.ts";
export { bindStep, type NamedStep, readParams } from "./steps.ts";
export { type Trial, trialsOf } from "./sweep.ts";
export {
  type Axis,
  axisOf,
  type Setting,
  type Variant,
  variantPath,
  variantsOf,
} from "./variants.ts";

// Model families: config and weights to a graph.

export type { WeightSource } from "./blocks.ts";
export type { Bundle } from "./bundle.ts";
export { defineFamily, type Family } from "./define.ts";
export { freshWeights } from "./fresh.ts";
export { defineHead, type Head } from "./heads/define.ts";
export { headFor, headOf } from "./heads/head-of.ts";
export type { HeadName } from "./heads/layers.ts";
export { heads } from "./heads/list.ts";
export type { Config } from "./keys.ts";
export type { StudentShape } from "./knobs.ts";
export { families } from "./list.ts";
export {
  type BuildOptions,
  checkpointTensors,
  type Described,
  describeFolder,
  familyOf,
  instantiate,
  loadCheckpoint,
} from "./load.ts";
export type { LayerSizes, Sizes } from "./sizes.ts";

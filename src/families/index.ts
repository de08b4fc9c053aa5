// Model families: config and weights to a graph.
export {
  type BuildOptions,
  type Bundle,
  type Config,
  type Dims,
  defineFamily,
  type Family,
  type LayerDims,
  type StudentShape,
  type WeightSource,
} from "./define.ts";
export { families } from "./list.ts";
export {
  checkpointTensors,
  type Described,
  describeFolder,
  familyOf,
  instantiate,
  loadCheckpoint,
} from "./load.ts";

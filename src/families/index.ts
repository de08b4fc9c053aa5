// Model families: config and weights to a graph.
export {
  type BuildOptions,
  type Config,
  type Dims,
  defineFamily,
  type Family,
  type LayerDims,
  type LoadedModel,
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

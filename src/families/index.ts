// Model families.
export { type Config, defineFamily, type Dims, type Family, type LayerDims, type LoadedModel, type StudentShape, type WeightSource } from "./define.ts";

// ONNX files to models and back: protobuf, external data, opsets.
export { type Inspection, inspectProto } from "./census.ts";
export { type EncodedModel, type EncodeOptions, encodeModel } from "./encode.ts";
export { isOwnFile } from "./parse.ts";
export { type ReadOptions, readModel, readModelBytes } from "./read.ts";
export { surveyModel } from "./survey.ts";
export { type WriteOptions, writeModel } from "./write.ts";

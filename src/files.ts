// Reading and writing ONNX files with minnow's own op table.
import type { Model } from "./ir/index.ts";
import { readModel as read, writeModel as write } from "./onnx/index.ts";
import { opTable } from "./ops/index.ts";

/** The model in an ONNX file; an AppError `input` when it is not ONNX, is damaged, or has ops that minnow does not know. */
export const readModel = (path: string): Promise<Model> => read(path, opTable);

/** Writes a model as an ONNX file, with external data above 1 GiB; a crash leaves the old file or the new one. */
export async function writeModel(model: Model, path: string): Promise<void> {
  await write(model, path, opTable);
}

// Writing: a model file that appears whole or not at all, above 1 GiB with its weights in a data file
// beside it.
import { basename, dirname, join } from "node:path";
import { writeAtomic } from "../base/index.ts";
import type { Model, OpTable } from "../ir/index.ts";
import { encodeModel } from "./encode.ts";

export interface WriteOptions {
  /** Bytes of weights above which they go into `<file name>_data`; default 1 GiB, as protobuf ends at 2. */
  readonly externalAbove?: number;
}

/** Writes the model to `path`; the data file, where one is needed, is written before it. */
export async function writeModel(
  model: Model,
  path: string,
  ops: OpTable,
  { externalAbove = 2 ** 30 }: WriteOptions = {},
): Promise<void> {
  const size = [...model.graph.weights.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  const options = size > externalAbove ? { externalName: `${basename(path)}_data` } : {};
  const { bytes, external } = encodeModel(model, ops, options);
  if (external) await writeAtomic(join(dirname(path), external.name), external.chunks);
  await writeAtomic(path, bytes);
}

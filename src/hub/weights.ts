// The weights of a folder: one safetensors file, or shards that an index lists.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { AppError, asObject, contained, fileError, fileState, parseJson } from "../base/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { adapterError } from "./adapter.ts";
import { finite } from "./finite.ts";
import { MAGIC_BYTES, refuseForeign, unreadable } from "./magic.ts";
import { readSpan, readText } from "./read.ts";
import { readSafetensors } from "./safetensors.ts";

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const INDEX_LIMIT = 100_000_000;
/** Names under which other formats are usually stored. */
const otherFormats = /\.(bin|bin\.index\.json|pt|pth|ckpt|h5|msgpack|gguf)$/;

/**
 * The tensors of a folder by name; an AppError `input` when there are none, or in a format that minnow
 * does not read.
 */
export function readWeights(folder: string): ReadonlyMap<string, Tensor> {
  if (fileState(join(folder, SINGLE))) return finiteTensors(join(folder, SINGLE));
  const index = readText(join(folder, INDEX), INDEX_LIMIT);
  if (index !== undefined) return readShards(folder, index);
  throw noWeights(folder);
}

/** The tensors of a file; one that holds NaN or an infinity is refused when it is read. */
const finiteTensors = (path: string): ReadonlyMap<string, Tensor> =>
  new Map([...readSafetensors(path)].map(([name, tensor]) => [name, finite(tensor, name, path)]));

/** The tensors that the index names, each from the shard that it names. */
function readShards(folder: string, index: string): ReadonlyMap<string, Tensor> {
  const path = join(folder, INDEX);
  const map = asObject(asObject(parseJson(index, path))?.weight_map);
  if (!map) throw new AppError("input", "it has no object weight_map", { path });
  const shards = new Map<string, ReadonlyMap<string, Tensor>>();
  const tensors = new Map<string, Tensor>();
  for (const [name, file] of Object.entries(map)) {
    const what = `tensor ${JSON.stringify(name)} lies in`;
    if (typeof file !== "string")
      throw new AppError("input", `${what} ${JSON.stringify(file)}, which is no file name`, { path });
    const shard = shards.get(file) ?? finiteTensors(contained(folder, file, what, path));
    shards.set(file, shard);
    const tensor = shard.get(name);
    if (!tensor)
      throw new AppError(
        "input",
        `tensor ${JSON.stringify(name)} is not in ${file}, where the index says it is`,
        { path },
      );
    tensors.set(name, tensor);
  }
  return tensors;
}

/** Why there is nothing to read: a format that must be converted, an ONNX file, or nothing at all. */
function noWeights(folder: string): AppError {
  const adapter = adapterError(folder);
  if (adapter) return adapter;
  const names = list(folder);
  const other = names.find((name) => otherFormats.test(name));
  if (other !== undefined) {
    const path = join(folder, other);
    const size = fileState(path)?.size ?? 0;
    refuseForeign(readSpan(path, 0, Math.min(size, MAGIC_BYTES)), path);
    return unreadable(path);
  }
  const onnx = [...names, ...list(join(folder, "onnx")).map((name) => `onnx/${name}`)].find((name) =>
    name.endsWith(".onnx"),
  );
  const hint =
    onnx === undefined ? {} : { hint: `it holds an ONNX file; name that instead: ${join(folder, onnx)}` };
  return new AppError("input", `the folder has no weights: neither ${SINGLE} nor ${INDEX} is there`, {
    path: folder,
    ...hint,
  });
}

/** File names of a folder, sorted; none when there is no folder. */
function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    const error = fileError(cause, folder, "cannot be read");
    if (error.facts.code === "ENOENT" || error.facts.code === "ENOTDIR") return [];
    throw error;
  }
}

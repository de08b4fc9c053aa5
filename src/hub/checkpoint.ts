// A Hugging Face folder in memory: config, tensors that are read when asked for, class names, tokenizer.
import { statSync } from "node:fs";
import { join } from "node:path";
import { AppError, asObject, fileError, fileState, type Json, parseJson } from "../base/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { adapterError } from "./adapter.ts";
import { type Assets, readAssets } from "./assets.ts";
import { labelsOf } from "./labels.ts";
import { type OpenOptions, openTokenizer } from "./open-tokenizer.ts";
import { readText } from "./read.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { readWeights } from "./weights.ts";

const CONFIG_LIMIT = 16_000_000;

export interface Checkpoint {
  /** The folder. */
  readonly path: string;
  readonly config: Readonly<Record<string, Json>>;
  /** Lazy: the bytes of each are read on first use. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Class names by index; empty when the config has none. */
  readonly labels: readonly string[];
  /** Undefined when the folder has no tokenizer.json. */
  readonly tokenizer: Tokenizer | undefined;
  /** Files that travel along; none when left out. */
  readonly assets?: Assets;
}

/**
 * Opens a folder with config.json and safetensors; an AppError `input` says which file is missing or
 * broken, and how.
 */
export async function openCheckpoint(folder: string, options: OpenOptions = {}): Promise<Checkpoint> {
  requireFolder(folder);
  const path = join(folder, "config.json");
  const config = readConfig(folder);
  const labels = labelsOf(config, path);
  const tensors = readWeights(folder);
  const tokenizer = await openTokenizer(folder, options, config);
  return { path: folder, config, tensors, labels, tokenizer, assets: readAssets(folder) };
}

/** The config.json of a folder; an AppError `input` when it is missing or no JSON object. */
export function readConfig(folder: string): Readonly<Record<string, Json>> {
  const path = join(folder, "config.json");
  const text = readText(path, CONFIG_LIMIT);
  if (text === undefined)
    throw (
      adapterError(folder) ??
      new AppError("input", "the folder has no config.json", { path: folder, ...onnxHint(folder) })
    );
  const config = asObject(parseJson(text, path));
  if (!config) throw new AppError("input", "it is not a JSON object", { path });
  return config;
}

function onnxHint(folder: string): { readonly hint: string } {
  const file = ["model.onnx", "onnx/model.onnx"].find((name) => fileState(join(folder, name)));
  if (file !== undefined) return { hint: `it holds an ONNX file; name that instead: ${join(folder, file)}` };
  return { hint: "a Hugging Face folder has config.json, model.safetensors and tokenizer.json" };
}

function requireFolder(folder: string): void {
  let isFolder: boolean;
  try {
    isFolder = statSync(folder).isDirectory();
  } catch (cause) {
    throw fileError(cause, folder, "cannot be opened");
  }
  if (!isFolder) throw new AppError("input", "it is a file, not a Hugging Face folder", { path: folder });
}

// Assets: small files of a folder that belong to the model beside config, weights and tokenizer, and travel along.
import { join } from "node:path";
import { AppError, asObject, contained, type Json, parseJson } from "../base/index.ts";
import { readWhole, textOf } from "./read.ts";

/** Bytes by their place in the folder: "1_Pooling/config.json". */
export type Assets = ReadonlyMap<string, Uint8Array>;

const FILE_LIMIT = 1_000_000;

/** Lists the modules of a sentence-transformers folder. */
export const MODULES = "modules.json";
const SENTENCES = "sentence_bert_config.json";
/** Files that travel along where they are there. */
const names: readonly string[] = [
  MODULES,
  SENTENCES,
  "config_sentence_transformers.json",
  "generation_config.json",
];

/** One module of a sentence-transformers folder: the last word of its type, and its folder. */
export interface Module {
  readonly type: string;
  readonly path: string;
}

const refused = (why: string, path: string): AppError => new AppError("input", why, { path });

/** The modules in their order; undefined where the assets have no modules.json. */
export function modulesOf(assets: Assets): readonly Module[] | undefined {
  const bytes = assets.get(MODULES);
  if (!bytes) return undefined;
  const list = parseJson(textOf(bytes, MODULES), MODULES);
  if (!Array.isArray(list)) throw refused("it is not a list of modules", MODULES);
  return list.map((one: Json) => {
    const { type, path } = asObject(one) ?? {};
    if (typeof type !== "string" || typeof path !== "string")
      throw refused("a module has no type and path", MODULES);
    return { type: type.split(".").at(-1) ?? "", path };
  });
}

/** An asset as a JSON object; undefined where it is not there. */
export function assetJson(assets: Assets, name: string): Readonly<Record<string, Json>> | undefined {
  const bytes = assets.get(name);
  if (!bytes) return undefined;
  const object = asObject(parseJson(textOf(bytes, name), name));
  if (!object) throw refused("it is not a JSON object", name);
  return object;
}

/** The assets of a folder. */
export function readAssets(folder: string): Assets {
  const found = new Map<string, Uint8Array>();
  const take = (name: string): void => {
    const bytes = readWhole(contained(folder, name, "the file", join(folder, MODULES)), FILE_LIMIT);
    if (bytes) found.set(name, bytes);
  };
  for (const name of names) take(name);
  for (const { path } of modulesOf(found) ?? []) if (path !== "") take(`${path}/config.json`);
  return found;
}

/** The longest sequence that sentence_bert_config.json allows, in tokens. */
export function assetLength(assets: Assets): number | undefined {
  const length = assetJson(assets, SENTENCES)?.max_seq_length;
  return typeof length === "number" && Number.isInteger(length) && length > 0 ? length : undefined;
}

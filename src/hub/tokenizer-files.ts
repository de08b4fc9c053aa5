// The tokenizer's files of an output folder: as they were found, with what transformers.js cannot do without.
import { asObject, type Json } from "../base/index.ts";
import { type AsPython, bertLikeClass, type JsonObject, objectsOf, tokenKeys } from "./as-python.ts";

/** What a special token is called where no file names it. */
const usual: Readonly<Record<string, readonly string[]>> = {
  unk_token: ["[UNK]", "<unk>"],
  sep_token: ["[SEP]", "</s>"],
  pad_token: ["[PAD]", "<pad>"],
  cls_token: ["[CLS]", "<s>"],
  mask_token: ["[MASK]", "<mask>"],
};

export interface Found {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly python: AsPython;
  /** tokenizer_config.json, special_tokens_map.json and config.json; empty objects where they are not there. */
  readonly config: JsonObject;
  readonly special: JsonObject;
  readonly model: JsonObject;
}

/** The files, for a model that takes `maxLength` tokens. */
export function outputFiles(found: Found, maxLength: number): ReadonlyMap<string, Uint8Array> {
  const files = new Map(found.files);
  const { python, config } = found;
  const given = files.get("tokenizer.json");
  if (python.changed || given?.[0] === 0xef) files.set("tokenizer.json", bytesOf(python.json));
  const stated = files.has("tokenizer_config.json") ? repaired(found) : minimal(found);
  const limit = stated.model_max_length;
  const whole =
    typeof limit === "number" && limit <= maxLength ? stated : { ...stated, model_max_length: maxLength };
  const kept = files.has("tokenizer_config.json") && JSON.stringify(whole) === JSON.stringify(config);
  if (!kept) files.set("tokenizer_config.json", bytesOf(whole));
  return files;
}

const bytesOf = (value: JsonObject): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`, "utf8");

/** A tokenizer_config.json with the padding token, and with each special token in a form that is understood. */
function repaired({ config, special, python }: Found): JsonObject {
  const tokens = tokenKeys.flatMap((key) => {
    const token = asObject(config[key]);
    const plain = token && token.__type !== "AddedToken" ? token.content : undefined;
    return plain === undefined ? [] : [[key, plain] as const];
  });
  const pad = config.pad_token ?? tokenNamed("pad_token", special, python.json);
  return {
    ...config,
    ...(typeof pad === "string" && { pad_token: pad }),
    ...Object.fromEntries(tokens),
  };
}

/** A tokenizer_config.json made from what tokenizer.json and config.json say. */
function minimal({ python, special, model }: Found): JsonObject {
  const tokens = tokenKeys.flatMap((key) => {
    const token = tokenNamed(key, special, python.json);
    return token === undefined ? [] : [[key, token] as const];
  });
  const name = bertLikeClass({}, model);
  const { lowercase, strip_accents, handle_chinese_chars } = asObject(python.json.normalizer) ?? {};
  const settings = {
    ...(lowercase !== undefined && { do_lower_case: lowercase }),
    ...(strip_accents !== undefined && { strip_accents }),
    ...(handle_chinese_chars !== undefined && { tokenize_chinese_chars: handle_chinese_chars }),
  };
  return {
    tokenizer_class: name === undefined ? "PreTrainedTokenizerFast" : `${name}Tokenizer`,
    ...Object.fromEntries(tokens),
    ...(name !== undefined && settings),
  };
}

/** The token that special_tokens_map.json names under the key, else the usual one, if the vocabulary has it. */
function tokenNamed(key: string, special: JsonObject, tokenizer: JsonObject): string | undefined {
  const named: Json | undefined = asObject(special[key])?.content ?? special[key];
  return [named, ...(usual[key] ?? [])].find(
    (one): one is string => typeof one === "string" && isKnown(one, tokenizer),
  );
}

/** True for a token of the vocabulary, which Unigram lists as pairs, or an added one. */
function isKnown(token: string, { model, added_tokens: added }: JsonObject): boolean {
  const vocabulary = asObject(model)?.vocab;
  if (objectsOf(added).some(({ content }) => content === token)) return true;
  if (Array.isArray(vocabulary))
    return vocabulary.some((pair: Json) => Array.isArray(pair) && pair[0] === token);
  return Object.hasOwn(asObject(vocabulary) ?? {}, token);
}

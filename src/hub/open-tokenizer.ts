// Opening a tokenizer: tokenizer.json run by @huggingface/tokenizers, cut as its fast original cuts.
import { join } from "node:path";
import { AppError, asObject, busy, type Json, parseJson } from "../base/index.ts";
import { readWhole, utf8 } from "./read.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { patternsOf, timeLimited } from "./tokenizer-regex.ts";

const FILE_LIMIT = 100_000_000;
const MAIN = "tokenizer.json";
const fileNames = [MAIN, "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"];

/** What tokenizer.json calls a model; very old files leave it out. */
const algorithms = ["WordPiece", "BPE", "Unigram"];

/** What minnow uses of the package's class; its own types do not resolve under "nodenext". */
interface Encoder {
  encode(
    text: string,
    options: { readonly add_special_tokens: boolean; readonly return_token_type_ids: true },
  ): Encoding;
  token_to_id(token: string): number | undefined;
}
interface Encoding {
  /** Undefined where a token has no id; whatever the file gives as an id otherwise. */
  readonly ids: readonly unknown[];
  readonly tokens: readonly string[];
  readonly token_type_ids?: readonly number[];
}
interface Tokens {
  readonly inputIds: readonly number[];
  readonly tokenTypeIds: readonly number[];
}

export interface OpenOptions {
  /** Whether text will be read; default true. If not, the tokenizer's files are taken along as they are. */
  readonly text?: boolean;
}

/**
 * The tokenizer of a folder; undefined when there is no tokenizer.json, an AppError `input` when it is
 * broken (without `text` on its first use only).
 */
export async function openTokenizer(
  folder: string,
  { text = true }: OpenOptions = {},
): Promise<Tokenizer | undefined> {
  const files = readFiles(folder);
  if (!files.has(MAIN)) return undefined;
  const { Tokenizer: Implementation } = await import("@huggingface/tokenizers");
  let made: Omit<Tokenizer, "files"> | undefined;
  const make = (): Omit<Tokenizer, "files"> =>
    (made ??= busy(() => makeTokenizer(files, folder, Implementation)));
  if (text) make();
  return {
    encode: (words, maxLength) => make().encode(words, maxLength),
    get padId() {
      return make().padId;
    },
    get mask() {
      return make().mask;
    },
    files,
  };
}

type Implementation = typeof import("@huggingface/tokenizers").Tokenizer;

function makeTokenizer(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  implementation: Implementation,
): Omit<Tokenizer, "files"> {
  const path = join(folder, MAIN);
  const json = parsed(files, folder, MAIN);
  const config = parsed(files, folder, "tokenizer_config.json");
  const patterns = patternsOf(json, path);
  const encoder = makeEncoder(json, config, path, implementation);
  const limited = patterns.length > 0 ? timeLimited<Tokens>(path) : (work: () => Tokens): Tokens => work();
  const special = parsed(files, folder, "special_tokens_map.json");
  const maskId = namedId(encoder, "mask_token", config, special) ?? idOf(encoder, ["[MASK]", "<mask>"]);
  return {
    encode: (text, maxLength) => limited(() => encodeCut(encoder, text, maxLength, path)),
    padId: padIdOf(encoder, json, config, special),
    mask: maskId === undefined ? undefined : { id: maskId, special: specialIds(json) },
  };
}

function readFiles(folder: string): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const name of fileNames) {
    const bytes = readWhole(join(folder, name), FILE_LIMIT);
    if (bytes) found.set(name, bytes);
  }
  return found;
}

type JsonObject = { readonly [key: string]: Json };

function parsed(files: ReadonlyMap<string, Uint8Array>, folder: string, name: string): JsonObject {
  const bytes = files.get(name);
  if (!bytes) return {};
  const path = join(folder, name);
  const object = asObject(parseJson(utf8(bytes, path), path));
  if (!object) throw new AppError("input", "it is not a JSON object", { path });
  return object;
}

function makeEncoder(
  json: JsonObject,
  config: JsonObject,
  path: string,
  Implementation: Implementation,
): Encoder {
  const type = asObject(json.model)?.type;
  if (type !== undefined && !algorithms.some((known) => known === type)) {
    const hint = `known: ${algorithms.join(", ")}`;
    throw new AppError("input", `the tokenizer model ${JSON.stringify(type)} is not known`, { path, hint });
  }
  try {
    return new Implementation(json, config);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("input", `the tokenizer cannot be made: ${why}`, { path, cause });
  }
}

/** Content is cut, special tokens stay: [CLS] a b c [SEP] cut to 4 is [CLS] a b [SEP]. */
function encodeCut(encoder: Encoder, text: string, maxLength: number, path: string): Tokens {
  const whole = encodeWhole(encoder, text, true, path);
  const length = whole.inputIds.length;
  if (length <= maxLength) return whole;
  const content = encodeWhole(encoder, text, false, path).inputIds;
  const before = startOf(content, whole.inputIds);
  const after = length - before - content.length;
  const head = Math.max(maxLength - after, Math.min(before, maxLength));
  const kept = (ids: readonly number[]): readonly number[] =>
    [...ids.slice(0, head), ...ids.slice(length - after)].slice(0, maxLength);
  return { inputIds: kept(whole.inputIds), tokenTypeIds: kept(whole.tokenTypeIds) };
}

function encodeWhole(encoder: Encoder, text: string, special: boolean, path: string): Tokens {
  const {
    ids,
    tokens,
    token_type_ids: types,
  } = encoder.encode(text, { add_special_tokens: special, return_token_type_ids: true });
  const inputIds = ids.map((id, i) => {
    if (typeof id === "number" && Number.isSafeInteger(id) && id >= 0) return id;
    throw new AppError("input", `the token ${JSON.stringify(tokens[i])} has no id in the vocabulary`, {
      path,
    });
  });
  return { inputIds, tokenTypeIds: types ?? inputIds.map(() => 0) };
}

/** Where `part` begins in `whole`: the number of special tokens in front. */
function startOf(part: readonly number[], whole: readonly number[]): number {
  for (let at = 0; at + part.length <= whole.length; at++) {
    if (part.every((id, i) => whole[at + i] === id)) return at;
  }
  return 0;
}

/**
 * The padding token by its name in either config, else by tokenizer.json's own padding, else by
 * custom; 0 where there is none.
 */
function padIdOf(encoder: Encoder, json: JsonObject, config: JsonObject, special: JsonObject): number {
  const own = asObject(json.padding)?.pad_id;
  const named = namedId(encoder, "pad_token", config, special);
  return named ?? (typeof own === "number" ? own : (idOf(encoder, ["[PAD]", "<pad>"]) ?? 0));
}

/** The id of the token that one of the configs names under the key. */
const namedId = (encoder: Encoder, key: string, ...configs: readonly JsonObject[]): number | undefined =>
  idOf(
    encoder,
    configs.map((config) => asObject(config[key])?.content ?? config[key]),
  );

/** The id of the first of these tokens that has one. */
function idOf(encoder: Encoder, tokens: readonly (Json | undefined)[]): number | undefined {
  for (const token of tokens) {
    const id = typeof token === "string" ? encoder.token_to_id(token) : undefined;
    if (id !== undefined) return id;
  }
  return undefined;
}

/** Ids of the added tokens that are marked as special. */
function specialIds(json: JsonObject): ReadonlySet<number> {
  const added = Array.isArray(json.added_tokens) ? json.added_tokens.map((token) => asObject(token)) : [];
  return new Set(
    added.flatMap((token) => (token?.special === true && typeof token.id === "number" ? [token.id] : [])),
  );
}

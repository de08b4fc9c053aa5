// Opening a tokenizer: the files of a folder, read with limits, and what is made of them when text is first read.
import { join } from "node:path";
import { AppError, asObject, busy, parseJson } from "../base/index.ts";
import { asPython, type JsonObject, objectsOf } from "./as-python.ts";
import { type Encoder, type Library, makeEncoder } from "./encoder.ts";
import { readWhole, textOf } from "./read.ts";
import type { Tokenizer, Tokens } from "./tokenizer.ts";
import { type Found, outputFiles } from "./tokenizer-files.ts";

const FILE_LIMIT = 100_000_000;
const MAIN = "tokenizer.json";
const CONFIG = "tokenizer_config.json";
const SPECIAL = "special_tokens_map.json";
/** Files that are read for a tokenizer, and written for one. */
export const tokenizerFiles: readonly string[] = [MAIN, CONFIG, SPECIAL, "vocab.txt"];

export interface OpenOptions {
  /** Whether text will be read; default true. If not, the tokenizer's files are taken along as they are. */
  readonly text?: boolean;
}

/**
 * The tokenizer of a folder whose config.json is `model`; undefined when there is no tokenizer.json, an
 * AppError `input` when it is broken (without `text` on its first use only).
 */
export async function openTokenizer(
  folder: string,
  { text = true }: OpenOptions = {},
  model: JsonObject = {},
): Promise<Tokenizer | undefined> {
  const files = readFiles(folder);
  if (!files.has(MAIN)) return undefined;
  const library: Library = await import("@huggingface/tokenizers");
  let read: Found | undefined;
  const found = (): Found => (read ??= busy(() => readFound(files, folder, model)));
  let made: Made | undefined;
  const make = (): Made => (made ??= busy(() => makeTokenizer(found(), join(folder, MAIN), library)));
  if (text) make();
  // files that are broken go along as they are where no text was read with them
  const orElse = <T>(work: () => T, fallback: T): T => {
    try {
      return work();
    } catch (error) {
      if (text || !(error instanceof AppError)) throw error;
      return fallback;
    }
  };
  const warnings = orElse(() => [...settingsOf(found()), ...(text ? make().warnings : [])], []);
  return {
    encode: (words, maxLength) => make().encode(words, maxLength),
    differs: (words, maxLength, own) => make().differs(words, maxLength, own),
    maxLength: orElse(() => lengthOf(found()), undefined),
    get padId() {
      return make().padId;
    },
    get mask() {
      return make().mask;
    },
    warnings: warnings.map((words) => `${join(folder, MAIN)}: ${words}`),
    filesFor: (maxLength) => orElse(() => outputFiles(found(), maxLength), files),
  };
}

/** What is made when text is first read. */
type Made = Omit<Tokenizer, "maxLength" | "filesFor">;

/** Makes the tokenizer; what the files make the package throw, here or at a text, is an AppError `input`. */
function makeTokenizer(found: Found, path: string, library: Library): Made {
  const checked = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new AppError("input", `the tokenizer cannot be used: ${why}`, { path, cause });
    }
  };
  const { encode, differs, ...made } = checked(() => uncheckedTokenizer(found, path, library));
  return {
    ...made,
    encode: (...words) => checked(() => encode(...words)),
    differs: (...words) => checked(() => differs(...words)),
  };
}

function uncheckedTokenizer(found: Found, path: string, library: Library): Made {
  const rows = typeof found.model.vocab_size === "number" ? found.model.vocab_size : Number.POSITIVE_INFINITY;
  const encoder = makeEncoder(found.python.json, found.config, { path, rows }, library);
  const { mask, pad } = specialIds(found, encoder);
  if (pad >= rows)
    throw new AppError("input", `the padding token has the id ${pad}, and the model's table ${rows} rows`, {
      path,
    });
  return {
    encode: (text, maxLength) => encodeCut(encoder, text, maxLength, cutsLeft(found)),
    differs: (text, maxLength, own) => encoder.differs(text, maxLength, own),
    padId: pad,
    mask,
    warnings: encoder.warnings,
  };
}

/** The files as JSON; an AppError `input` names the one that is none. */
function readFound(files: ReadonlyMap<string, Uint8Array>, folder: string, model: JsonObject): Found {
  const json = parsed(files, folder, MAIN);
  const config = parsed(files, folder, CONFIG);
  return {
    files,
    python: asPython(json, config, model),
    config,
    special: parsed(files, folder, SPECIAL),
    model,
  };
}

function lengthOf({ config: { model_max_length: limit } }: Found): number | undefined {
  return typeof limit === "number" && Number.isInteger(limit) && limit > 0 ? limit : undefined;
}

/** Settings that are followed in another way than somebody could expect. */
const settingsOf = (found: Found): readonly string[] => [...found.python.warnings, ...paddingWarnings(found)];

function readFiles(folder: string): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const name of tokenizerFiles) {
    const bytes = readWhole(join(folder, name), FILE_LIMIT);
    if (bytes) found.set(name, bytes);
  }
  return found;
}

function parsed(files: ReadonlyMap<string, Uint8Array>, folder: string, name: string): JsonObject {
  const bytes = files.get(name);
  if (!bytes) return {};
  const path = join(folder, name);
  const object = asObject(parseJson(textOf(bytes, path), path));
  if (!object) throw new AppError("input", "it is not a JSON object", { path });
  return object;
}

/** Whether texts lose their beginning; tokenizer_config.json says it, else what training left in tokenizer.json. */
function cutsLeft({ config, python }: Found): boolean {
  const side = config.truncation_side ?? asObject(python.json.truncation)?.direction;
  return typeof side === "string" && side.toLowerCase() === "left";
}

function paddingWarnings({ config, python }: Found): readonly string[] {
  const side = config.padding_side ?? asObject(python.json.padding)?.direction;
  if (typeof side !== "string" || side.toLowerCase() !== "left") return [];
  return [
    "padding_side is left, and minnow pads on the right: a text that is padded on the left gets other positions, and " +
      "so other answers, in a batch with a longer one",
  ];
}

/** Content is cut, special tokens stay: [CLS] a b c [SEP] cut to 4 is [CLS] a b [SEP], or [CLS] b c [SEP]. */
function encodeCut(encoder: Encoder, text: string, maxLength: number, left: boolean): Tokens {
  const whole = encoder.encode(text, true);
  const length = whole.inputIds.length;
  if (length <= maxLength) return whole;
  const content = encoder.encode(text, false).inputIds;
  const before = startOf(content, whole.inputIds);
  const after = length - before - content.length;
  const room = Math.max(0, maxLength - before - after);
  const from = left ? before + content.length - room : before;
  const kept = (ids: readonly number[]): readonly number[] =>
    [...ids.slice(0, before), ...ids.slice(from, from + room), ...ids.slice(length - after)].slice(
      0,
      maxLength,
    );
  return { inputIds: kept(whole.inputIds), tokenTypeIds: kept(whole.tokenTypeIds) };
}

/** Where `part` begins in `whole`: the number of special tokens in front. */
function startOf(part: readonly number[], whole: readonly number[]): number {
  for (let at = 0; at + part.length <= whole.length; at++) {
    if (part.every((id, i) => whole[at + i] === id)) return at;
  }
  return 0;
}

/**
 * The padding token by its name in either config, else by tokenizer.json's own padding, else by custom; 0
 * where there is none. The mask token in the same way.
 */
function specialIds(
  { config, special, python }: Found,
  encoder: Encoder,
): Pick<Tokenizer, "mask"> & { pad: number } {
  const named = (key: string): number | undefined =>
    firstId([config, special].map((one) => asObject(one[key])?.content ?? one[key]));
  const firstId = (tokens: readonly unknown[]): number | undefined =>
    tokens.flatMap((token) => (typeof token === "string" ? (encoder.idOf(token) ?? []) : []))[0];
  const own = asObject(python.json.padding)?.pad_id;

  const pad = named("pad_token") ?? (typeof own === "number" ? own : (firstId(["[PAD]", "<pad>"]) ?? 0));
  const maskId = named("mask_token") ?? firstId(["[MASK]", "<mask>"]);
  const ids = objectsOf(python.json.added_tokens).flatMap(({ id, special: isSpecial }) =>
    isSpecial === true && typeof id === "number" ? [id] : [],
  );
  return { pad, mask: maskId === undefined ? undefined : { id: maskId, special: new Set(ids) } };
}

// From a text to token ids: the model and the special tokens of @huggingface/tokenizers, behind normalizers,
// pre-tokenizers and added tokens that do as the library for Python does.
import { AppError, asObject, type Json } from "../base/index.ts";
import { addedToken, splitterOf } from "./added-tokens.ts";
import { type JsonObject, objectsOf } from "./as-python.ts";
import { type Compile, normalizerOf } from "./normalizer.ts";
import { preTokenizerOf, type Split } from "./pre-tokenizer.ts";
import type { Tokens } from "./tokenizer.ts";
import { patternsOf, timeLimited } from "./tokenizer-regex.ts";

/** What tokenizer.json calls a model; very old files leave it out. */
const algorithms = ["WordPiece", "BPE", "Unigram"];

/** What minnow uses of the package; its own types do not resolve under "nodenext". */
export interface Library {
  readonly Tokenizer: new (json: JsonObject, config: JsonObject) => Theirs;
}
interface Theirs {
  encode(
    text: string,
    options: { readonly add_special_tokens: boolean; readonly return_token_type_ids: true },
  ): Encoding;
  model(words: readonly string[]): readonly string[];
  token_to_id(token: string): number | undefined;
  readonly normalizer: { readonly pattern?: RegExp; normalize(text: string): string } | null;
  readonly pre_tokenizer: {
    pre_tokenize_text(text: string, options: { readonly section_index: number }): readonly string[];
  } | null;
}
interface Encoding {
  /** Undefined where a token has no id; whatever the file gives as an id otherwise. */
  readonly ids: readonly unknown[];
  readonly tokens: readonly string[];
  readonly token_type_ids?: readonly number[];
}

export interface Encoder {
  /** All tokens of a text, with the special ones or without. */
  encode(text: string, special: boolean): Tokens;
  /** True where transformers.js, which cuts the end off with its special token, gives other ids than `own`. */
  differs(text: string, maxLength: number, own: readonly number[]): boolean;
  idOf(token: string): number | undefined;
  readonly warnings: readonly string[];
}

interface Place {
  /** tokenizer.json */
  readonly path: string;
  /** Rows of the model's table of tokens. */
  readonly rows: number;
}

/** The encoder of a tokenizer.json that has every key; an AppError `input` says what is wrong with it. */
export function makeEncoder(json: JsonObject, config: JsonObject, place: Place, library: Library): Encoder {
  const { path } = place;
  const patterns = patternsOf(json, path);
  const theirs = construct(json, config, path, library);
  checkSpecial(json.post_processor, theirs, path);
  const sections = textEncoder(json, config, path, theirs, library);
  const ours: Theirs = Object.assign(Object.create(theirs), {
    // a second text is null where there is none
    encode_text: (text: string | null) => (text === null ? null : sections(text)),
  });
  const limited = patterns.length > 0 ? timeLimited(path) : <T>(work: () => T): T => work();
  const within = <T>(work: () => T): T => {
    try {
      return limited(work);
    } catch (cause) {
      throw cause instanceof AppError ? cause : unusable(cause, path);
    }
  };
  const alike = isAlike(json, config);
  return {
    encode: (text, special) => within(() => encodeWhole(ours, text, special, place)),
    differs(text, maxLength, own) {
      // ASCII that is not cut goes the same way in both
      if (alike && own.length < maxLength && /^[\0-\x7f]*$/.test(text)) return false;
      const { ids } = within(() =>
        theirs.encode(text, { add_special_tokens: true, return_token_type_ids: true }),
      );
      const cut = ids.slice(0, maxLength);
      return cut.length !== own.length || cut.some((id, i) => id !== own[i]);
    },
    idOf: (token) => theirs.token_to_id(token),
    warnings: [...approximated(json), ...beyond(json, place)],
  };
}

function construct(json: JsonObject, config: JsonObject, path: string, library: Library): Theirs {
  const type = asObject(json.model)?.type;
  if (type !== undefined && !algorithms.some((known) => known === type)) {
    const hint = `known: ${algorithms.join(", ")}`;
    throw new AppError("input", `the tokenizer model ${JSON.stringify(type)} is not known`, { path, hint });
  }
  try {
    return new library.Tokenizer(json, config);
  } catch (cause) {
    throw unusable(cause, path);
  }
}

/** What the package throws where a stage of a tokenizer.json has not the form that it must have. */
function unusable(cause: unknown, path: string): AppError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError("input", `the tokenizer cannot be made: ${why}`, { path, cause });
}

/** Patterns of a tokenizer.json as expressions: texts as they are, Oniguruma's as the package writes them anew. */
const compilerOf =
  (path: string, library: Library): Compile =>
  (pattern) => {
    const { String: plain, Regex: regex } = asObject(pattern) ?? {};
    if (typeof plain === "string") return new RegExp(plain.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gu");
    if (typeof regex === "string") {
      const made = stage(library, {
        normalizer: { type: "Replace", pattern: { Regex: regex }, content: "" },
      }).normalizer;
      if (made?.pattern) return made.pattern;
    }
    throw new AppError("input", "a pattern of it is neither a String nor a Regex", { path });
  };

/** A text to tokens, without those that the post-processor puts around them. */
function textEncoder(
  json: JsonObject,
  config: JsonObject,
  path: string,
  theirs: Theirs,
  library: Library,
): (text: string) => readonly string[] {
  const compile = compilerOf(path, library);
  const normalize = normalizerOf(json.normalizer, path, compile, (item) => {
    const { normalizer } = stage(library, { normalizer: item });
    return (text) => normalizer?.normalize(text) ?? text;
  });
  const words = preTokenizerOf(json.pre_tokenizer, compile, (item) => foreignWords(item, path, library));
  const added = objectsOf(json.added_tokens).filter(
    ({ special }) => !(special === true && config.split_special_tokens === true),
  );
  const plain = splitterOf(
    added
      .filter(({ normalized }) => normalized !== true)
      .map((token) => addedToken(token, String(token.content))),
  );
  const normalized = splitterOf(
    added
      .filter((token) => token.normalized === true)
      .map((token) => addedToken(token, normalize?.(String(token.content)) ?? String(token.content))),
  );
  return (text) =>
    plain(text).flatMap((section, i) => {
      if ("token" in section) return [section.token];
      return normalized(normalize?.(section.text) ?? section.text).flatMap((part, j) => {
        if ("token" in part) return [part.token];
        return theirs.model(words?.(part.text, i === 0 && j === 0) ?? [part.text]);
      });
    });
}

/** A stage of the package, in a tokenizer that has nothing else. */
const stage = (library: Library, parts: JsonObject): Theirs =>
  new library.Tokenizer(
    {
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      added_tokens: [],
      model: { type: "WordPiece", vocab: {} },
      ...parts,
    },
    {},
  );

const foreignKinds = ["ByteLevel", "Metaspace", "FixedLength"];

function foreignWords(item: Json, path: string, library: Library): Split {
  const type = asObject(item)?.type;
  if (!foreignKinds.some((kind) => kind === type))
    throw new AppError("input", `the pre-tokenizer ${JSON.stringify(type)} is not known`, { path });
  const made = stage(library, { pre_tokenizer: item }).pre_tokenizer;
  return (text, first) => made?.pre_tokenize_text(text, { section_index: first ? 0 : 1 }) ?? [text];
}

function encodeWhole(encoder: Theirs, text: string, special: boolean, { path, rows }: Place): Tokens {
  const {
    ids,
    tokens,
    token_type_ids: types,
  } = encoder.encode(text, { add_special_tokens: special, return_token_type_ids: true });
  const inputIds = ids.map((id, i) => {
    const token = JSON.stringify(tokens[i]);
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0)
      throw new AppError("input", `the token ${token} has no id in the vocabulary`, { path });
    if (id < rows) return id;
    throw new AppError("input", `the token ${token} has the id ${id}, and the model's table ${rows} rows`, {
      path,
      facts: { id, rows },
      hint: "it is not the tokenizer that the model was trained with, or the table was not resized for its tokens",
    });
  });
  return { inputIds, tokenTypeIds: types ?? inputIds.map(() => 0) };
}

/** Refuses a post-processor whose special tokens have other ids than the vocabulary, or none. */
function checkSpecial(value: Json | undefined, theirs: Theirs, path: string): void {
  const config = asObject(value) ?? {};
  if (Array.isArray(config.processors)) for (const one of config.processors) checkSpecial(one, theirs, path);
  const pairs = [config.cls, config.sep].flatMap((pair: Json | undefined) =>
    Array.isArray(pair) ? [pair] : [],
  );
  const template = Object.entries(asObject(config.special_tokens) ?? {}).map(
    ([token, about]): readonly Json[] => {
      const ids = asObject(about)?.ids;
      return [token, Array.isArray(ids) && ids.length === 1 ? (ids[0] ?? null) : (ids ?? null)];
    },
  );
  for (const [token, id] of [...pairs, ...template]) {
    const own = typeof token === "string" ? theirs.token_to_id(token) : undefined;
    if (own !== undefined && own === id) continue;
    const has = own === undefined ? "does not have it" : `has it as ${own}`;
    throw new AppError(
      "input",
      `the post-processor adds ${JSON.stringify(token)} as ${JSON.stringify(id)}, and the vocabulary ${has}`,
      {
        path,
      },
    );
  }
}

/** Stages that give the same for ASCII in this library and in the one for Python. */
const alikeStages = new Set(
  "BertNormalizer Lowercase StripAccents NFC NFD NFKC NFKD Sequence BertPreTokenizer WhitespaceSplit".split(
    " ",
  ),
);

/** True where nothing but characters outside ASCII, and cutting, can make a difference between the two libraries. */
function isAlike(
  { normalizer, pre_tokenizer: pre, added_tokens: added }: JsonObject,
  config: JsonObject,
): boolean {
  if (
    ["split_special_tokens", "remove_space", "do_lowercase_and_remove_accent"].some(
      (key) => config[key] === true,
    )
  )
    return false;
  const plain = objectsOf(added).every(
    (token) => !["single_word", "lstrip", "rstrip", "normalized"].some((flag) => token[flag] === true),
  );
  return plain && [...typesIn(normalizer), ...typesIn(pre)].every((type) => alikeStages.has(type));
}

/** The names of a stage, and of the stages in it. */
function typesIn(value: Json | undefined): readonly string[] {
  const config = asObject(value) ?? {};
  const parts = [...objectsOf(config.normalizers), ...objectsOf(config.pretokenizers)];
  return [...(typeof config.type === "string" ? [config.type] : []), ...parts.flatMap(typesIn)];
}

/** Stages that are not run as Python runs them. */
function approximated({ normalizer }: JsonObject): readonly string[] {
  if (!typesIn(normalizer).includes("Precompiled")) return [];
  return [
    "its Precompiled normalizer is run as transformers.js runs it, by NFKC and not by its own table: for a few " +
      "characters outside ASCII Python gives other tokens",
  ];
}

/** Ids of the vocabulary that the model has no row for. */
function beyond(json: JsonObject, { rows }: Place): readonly string[] {
  const vocabulary = Object.entries(asObject(asObject(json.model)?.vocab) ?? {});
  const added = objectsOf(json.added_tokens).map(({ content, id }): readonly [string, Json] => [
    String(content),
    id ?? null,
  ]);
  const ids = new Map([...vocabulary, ...added].filter(([, id]) => typeof id === "number" && id >= rows));
  const [first] = ids;
  if (!first) return [];
  return [
    `${ids.size} of its tokens have ids beyond the ${rows} rows of the model's table, as ${JSON.stringify(first[0])} ` +
      `with ${first[1]}; a text that holds one is refused`,
  ];
}

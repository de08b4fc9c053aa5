// A tokenizer.json as transformers for Python has it after loading: tokenizer_config.json changes its
// normalizer, its pre-tokenizer and its added tokens.
import { asObject, type Json } from "../base/index.ts";

export type JsonObject = { readonly [key: string]: Json };

/** Classes of tokenizers, without "Tokenizer", whose settings win over the normalizer of tokenizer.json. */
const bertLike =
  "Bert ConvBert DistilBert Electra Funnel LayoutLM Lxmert MobileBert MPNet Realm Retribert RoFormer SqueezeBert".split(
    " ",
  );
/** Those of them that leave Chinese characters as tokenizer.json has them. */
const withoutChinese = ["MPNet", "RoFormer"];

/** Keys of tokenizer_config.json that name one special token. */
export const tokenKeys = ["unk", "sep", "pad", "cls", "mask", "bos", "eos"].map((name) => `${name}_token`);
const bertTokens = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"];

/** The objects of an array; none where it is no array. */
export const objectsOf = (value: Json | undefined): readonly JsonObject[] =>
  (Array.isArray(value) ? value : []).flatMap((item: Json) => {
    const object = asObject(item);
    return object ? [object] : [];
  });

export interface AsPython {
  /** What is run: every key is there. */
  readonly json: JsonObject;
  /** Which settings were not those of tokenizer.json, a sentence each. */
  readonly warnings: readonly string[];
  /** True where tokenizer.json alone, which is all that transformers.js reads, would give other tokens. */
  readonly changed: boolean;
}

/** `model` is config.json, which tells the class of the tokenizer where tokenizer_config.json does not. */
export function asPython(tokenizer: JsonObject, config: JsonObject, model: JsonObject): AsPython {
  const whole = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...tokenizer };
  const name = bertLikeClass(config, model);
  const normalizer = name === undefined ? undefined : ruledNormalizer(whole.normalizer, config, name);
  const prefix = ruledPrefix(whole.pre_tokenizer, config);
  const added = allAdded(whole, config, name !== undefined);
  return {
    json: {
      ...whole,
      added_tokens: added,
      ...(normalizer && { normalizer: normalizer.value }),
      ...(prefix && { pre_tokenizer: prefix.value }),
    },
    warnings: [normalizer, prefix].flatMap((ruled) => ruled?.warnings ?? []),
    changed:
      normalizer !== undefined ||
      prefix !== undefined ||
      JSON.stringify(added) !== JSON.stringify(tokenizer.added_tokens) ||
      Object.keys(whole).some((key) => !(key in tokenizer)),
  };
}

/** The tokenizer's class without its ending, where it is one of those that are like BERT's. */
export function bertLikeClass(config: JsonObject, model: JsonObject): string | undefined {
  const stated = config.tokenizer_class ?? model.tokenizer_class;
  if (typeof stated === "string")
    return bertLike.find((name) => stated.replace(/Fast$/, "") === `${name}Tokenizer`);
  const type = model.model_type;
  return typeof type === "string" ? bertLike.find((name) => name.toLowerCase() === type) : undefined;
}

interface Ruled {
  readonly value: Json;
  readonly warnings: readonly string[];
}

/** The three settings by which a class like BERT's rewrites its normalizer, if one of them differs. */
function ruledNormalizer(value: Json, config: JsonObject, name: string): Ruled | undefined {
  const normalizer = asObject(value);
  if (!normalizer) return undefined;
  const settings = [
    { key: "lowercase", by: "do_lower_case", wanted: config.do_lower_case ?? true },
    { key: "strip_accents", by: "strip_accents", wanted: config.strip_accents ?? null },
    {
      key: "handle_chinese_chars",
      by: "tokenize_chinese_chars",
      wanted: config.tokenize_chinese_chars ?? true,
    },
  ].filter(({ key }) => key !== "handle_chinese_chars" || !withoutChinese.includes(name));
  const odd = settings.filter(
    ({ key, wanted }) => (normalizer[key] ?? (key in normalizer ? null : wanted)) !== wanted,
  );
  if (odd.length === 0) return undefined;
  return {
    value: { ...normalizer, ...Object.fromEntries(settings.map(({ key, wanted }) => [key, wanted])) },
    warnings: odd.map(({ key, by, wanted }) => {
      const stated = config[by] === undefined ? ` (what is taken where ${by} is not stated)` : "";
      return (
        `tokenizer_config.json says ${by} ${JSON.stringify(wanted)}${stated}, the normalizer of tokenizer.json ` +
        `${key} ${JSON.stringify(normalizer[key])}: Python follows the first, transformers.js the second; minnow ` +
        "follows Python, and both files of its output say the same"
      );
    }),
  };
}

/** The setting by which every class rewrites a pre-tokenizer that may put a space in front. */
function ruledPrefix(value: Json, config: JsonObject): Ruled | undefined {
  const pre = asObject(value);
  const wanted = config.add_prefix_space ?? false;
  if (pre?.type !== "ByteLevel" || typeof pre.add_prefix_space !== "boolean") return undefined;
  if (pre.add_prefix_space === wanted) return undefined;
  return {
    value: { ...pre, add_prefix_space: wanted },
    warnings: [
      `add_prefix_space is ${JSON.stringify(wanted)} by tokenizer_config.json and ${pre.add_prefix_space} in ` +
        "tokenizer.json: Python follows the first, transformers.js the second; minnow follows Python, and both " +
        "files of its output say the same",
    ],
  };
}

/** The added tokens of both files; tokenizer_config.json says how one is matched, and which others are special. */
function allAdded(tokenizer: JsonObject, config: JsonObject, isBert: boolean): readonly JsonObject[] {
  const tokens = new Map(
    objectsOf(tokenizer.added_tokens).flatMap((token) =>
      typeof token.content === "string" ? [[token.content, token] as const] : [],
    ),
  );
  const vocabulary = asObject(asObject(tokenizer.model)?.vocab) ?? {};
  const add = (token: JsonObject, special: boolean): void => {
    const { content } = token;
    if (typeof content !== "string") return;
    const id =
      tokens.get(content)?.id ?? (Object.hasOwn(vocabulary, content) ? vocabulary[content] : undefined);
    if (typeof id !== "number") return;
    const flag = (key: string, fallback = false): boolean =>
      typeof token[key] === "boolean" ? token[key] : fallback;
    const is = special || flag("special");
    tokens.set(content, {
      id,
      content,
      single_word: flag("single_word"),
      lstrip: flag("lstrip"),
      rstrip: flag("rstrip"),
      normalized: flag("normalized", !is),
      special: is,
    });
  };
  const special = namedTokens(config);
  for (const item of Object.values(asObject(config.added_tokens_decoder) ?? {})) {
    const token = asObject(item);
    if (token)
      add(
        token,
        special.some(({ content }) => content === token.content),
      );
  }
  const defaults = isBert ? bertTokens.map((content) => ({ content })) : [];
  for (const token of [...special, ...defaults])
    if (typeof token.content === "string" && !tokens.has(token.content)) add(token, true);
  return [...tokens.values()];
}

/** The special tokens that tokenizer_config.json names, each as an object. */
function namedTokens(config: JsonObject): readonly JsonObject[] {
  const extra = Array.isArray(config.additional_special_tokens) ? config.additional_special_tokens : [];
  return [...tokenKeys.map((key) => config[key]), ...extra].flatMap((value: Json | undefined) => {
    if (typeof value === "string") return [{ content: value }];
    const token = asObject(value);
    return token ? [token] : [];
  });
}

// Normalizers as the tokenizers library for Python runs them, with a bound on how much longer they make a text.
import { AppError, asObject, type Json } from "../base/index.ts";

/** A text to the text that is cut into words. */
export type Normalize = (text: string) => string;

/** Gives the expression of a pattern in JavaScript's syntax. */
export type Compile = (pattern: Json) => RegExp;

/** How long a text may become: a thousand characters, or this many times its length. */
const LEAST_ROOM = 1_000;
const GROWTH = 100;

const control = /[\0\uFFFD]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
const space = /\p{White_Space}/gu;
const chinese =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;

/** Letter by letter: a capital sigma at the end of a word is like any other, where JavaScript makes it final. */
const lower: Normalize = (text) => text.replaceAll("\u03A3", "\u03C3").toLowerCase();

const form =
  (name: "NFC" | "NFD" | "NFKC" | "NFKD"): Normalize =>
  (text) =>
    text.normalize(name);

function bert({
  clean_text,
  handle_chinese_chars,
  strip_accents,
  lowercase,
}: {
  readonly [key: string]: Json;
}): Normalize {
  const steps: readonly (readonly [boolean, Normalize])[] = [
    [clean_text === true, (text) => text.replace(control, "").replace(space, " ")],
    [handle_chinese_chars === true, (text) => text.replace(chinese, " $& ")],
    [(strip_accents ?? lowercase) === true, (text) => text.normalize("NFD").replace(/\p{Mn}/gu, "")],
    [lowercase === true, lower],
  ];
  const wanted = steps.flatMap(([on, step]) => (on ? [step] : []));
  return (text) => wanted.reduce((whole, step) => step(whole), text);
}

function strip({ strip_left, strip_right }: { readonly [key: string]: Json }): Normalize {
  return (text) => {
    const cut = strip_left === true ? text.replace(/^\p{White_Space}+/u, "") : text;
    return strip_right === true ? cut.replace(/\p{White_Space}+$/u, "") : cut;
  };
}

/** What the stages of one normalizer share; `limit` is of the text that is being read. */
interface Shared {
  readonly path: string;
  readonly compile: Compile;
  readonly rest: (value: Json) => Normalize;
  limit: number;
}

/**
 * The normalizer that a tokenizer.json states; undefined where it states none. `rest` runs those that are
 * not here. A text that grows beyond all reason is an AppError `input` that names the setting.
 */
export function normalizerOf(
  value: Json | undefined,
  path: string,
  compile: Compile,
  rest: (value: Json) => Normalize,
): Normalize | undefined {
  if (value === null || value === undefined) return undefined;
  const shared: Shared = { path, compile, rest, limit: 0 };
  const normalize = bounded(shared, value, "normalizer");
  return (text) => {
    shared.limit = Math.max(LEAST_ROOM, GROWTH * text.length);
    return normalize(text);
  };
}

const grown = ({ path }: Shared, where: string): AppError =>
  new AppError("input", `${where} makes a text more than ${GROWTH} times as long as it was`, { path });

function bounded(shared: Shared, item: Json, where: string): Normalize {
  const step = stepOf(shared, item, where);
  return (text) => {
    const made = step(text);
    if (made.length > shared.limit) throw grown(shared, where);
    return made;
  };
}

function stepOf(shared: Shared, item: Json, where: string): Normalize {
  const config = asObject(item) ?? {};
  switch (config.type) {
    case "Sequence": {
      const list = Array.isArray(config.normalizers) ? config.normalizers : [];
      const steps = list.map((one: Json, i) => bounded(shared, one, `${where}.normalizers[${i}]`));
      return (text) => steps.reduce((whole, step) => step(whole), text);
    }
    case "BertNormalizer":
      return bert(config);
    case "Lowercase":
      return lower;
    case "StripAccents":
      return (text) => text.replace(/\p{M}/gu, "");
    case "Strip":
      return strip(config);
    case "Prepend":
      return (text) => (text === "" ? text : `${config.prepend}${text}`);
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD":
      return form(config.type);
    case "Replace":
      return replacing(shared, config, where);
    default:
      return shared.rest(item);
  }
}

/** Replaces each match by the content, as it is; stops in the middle where the text becomes too long. */
function replacing(shared: Shared, config: { readonly [key: string]: Json }, where: string): Normalize {
  const pattern = shared.compile(config.pattern ?? null);
  const content = typeof config.content === "string" ? config.content : "";
  return (text) => {
    let { length } = text;
    return text.replace(pattern, (found) => {
      length += content.length - found.length;
      if (length > shared.limit) throw grown(shared, `${where} (Replace)`);
      return content;
    });
  };
}

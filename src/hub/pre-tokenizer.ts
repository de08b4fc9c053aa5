// Pre-tokenizers as the tokenizers library for Python runs them: a text to the words that the model cuts.
import { asObject, type Json } from "../base/index.ts";
import type { Compile } from "./normalizer.ts";

/** A text to its words; `first` where it is the beginning of what was given. */
export type Split = (text: string, first: boolean) => readonly string[];

const space = /\p{White_Space}+/gu;
const punctuation = /[\p{P}!-/:-@[-`{-~]/gu;
const digit = /\p{N}/gu;
const word = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200C\\u200D";
const words = new RegExp(`[${word}]+|[^${word}\\p{White_Space}]+`, "gu");

/**
 * The pre-tokenizer that a tokenizer.json states; undefined where it states none. `rest` runs those that
 * are not here.
 */
export function preTokenizerOf(
  value: Json | undefined,
  compile: Compile,
  rest: (value: Json) => Split,
): Split | undefined {
  if (value === null || value === undefined) return undefined;
  const config = asObject(value) ?? {};
  switch (config.type) {
    case "Sequence": {
      const list = Array.isArray(config.pretokenizers) ? config.pretokenizers : [];
      const steps = list.flatMap((item: Json) => preTokenizerOf(item, compile, rest) ?? []);
      return (text, first) =>
        steps.reduce<readonly string[]>(
          (pieces, step) => pieces.flatMap((piece, i) => step(piece, first && i === 0)),
          [text],
        );
    }
    case "BertPreTokenizer":
      return (text) => cut(text, space, "Removed").flatMap((piece) => cut(piece, punctuation, "Isolated"));
    case "Whitespace":
      return (text) => text.match(words) ?? [];
    case "WhitespaceSplit":
      return (text) => cut(text, space, "Removed");
    case "Punctuation":
      return (text) => cut(text, punctuation, config.behavior ?? "Isolated");
    case "Digits":
      return (text) => cut(text, digit, config.individual_digits === true ? "Isolated" : "Contiguous");
    case "Split": {
      const pattern = compile(config.pattern ?? null);
      return (text) => cut(text, pattern, config.behavior ?? "Isolated", config.invert === true);
    }
    default:
      return rest(value);
  }
}

interface Piece {
  readonly text: string;
  readonly matched: boolean;
}

/** The pieces of a text between and in the matches of a pattern, joined as the behavior says. */
function cut(text: string, pattern: RegExp, behavior: Json, invert = false): readonly string[] {
  const pieces = piecesOf(text, pattern, invert);
  switch (behavior) {
    case "Removed":
      return pieces.flatMap((piece) => (piece.matched ? [] : [piece.text]));
    case "Contiguous":
      return joined(pieces, (piece, before) => piece.matched === before.matched);
    case "MergedWithPrevious":
      return joined(pieces, (piece, before) => piece.matched && !before.matched);
    case "MergedWithNext":
      return joined(pieces, (piece, before) => before.matched && !piece.matched);
    default:
      return pieces.map((piece) => piece.text);
  }
}

function piecesOf(text: string, pattern: RegExp, invert: boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const push = (end: number, matched: boolean): void => {
    if (end > at) pieces.push({ text: text.slice(at, end), matched: matched !== invert });
    at = end;
  };
  for (const { index, 0: found } of text.matchAll(pattern)) {
    push(index, false);
    push(index + found.length, true);
  }
  push(text.length, false);
  return pieces;
}

/** Pieces as texts, each put behind the one before it where `joins` says so. */
function joined(
  pieces: readonly Piece[],
  joins: (piece: Piece, before: Piece) => boolean,
): readonly string[] {
  const texts: string[] = [];
  pieces.forEach((piece, i) => {
    const before = pieces[i - 1];
    if (before && joins(piece, before)) texts.push(`${texts.pop()}${piece.text}`);
    else texts.push(piece.text);
  });
  return texts;
}

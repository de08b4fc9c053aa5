// Added tokens, found in a text before anything else is done to it, as the tokenizers library for Python finds them.
import type { JsonObject } from "./as-python.ts";

/** A piece of a text: a token, or what stands between tokens. */
export type Section = { readonly token: string } | { readonly text: string };

export interface AddedToken {
  readonly content: string;
  /** What is looked for. */
  readonly wanted: string;
  readonly singleWord: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/** An added token of a tokenizer.json, looked for as `wanted`. */
export const addedToken = (token: JsonObject, wanted: string): AddedToken => ({
  content: String(token.content),
  wanted,
  singleWord: token.single_word === true,
  lstrip: token.lstrip === true,
  rstrip: token.rstrip === true,
});

const wordAfter = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200C\u200D]/u;
const wordBefore = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200C\u200D]$/u;

interface Branch {
  readonly next: Map<string, Branch>;
  token?: AddedToken;
}

/**
 * Cuts texts at the tokens: the leftmost, and of those the longest. One that must be a word of its own
 * and is not stays text; one that strips takes the white space beside it.
 */
export function splitterOf(tokens: readonly AddedToken[]): (text: string) => readonly Section[] {
  const root: Branch = { next: new Map() };
  for (const token of tokens) if (token.wanted !== "") branchFor(root, token.wanted).token = token;
  return (text) => {
    const sections: Section[] = [];
    let [done, at] = [0, 0];
    while (at < text.length) {
      const token = longestAt(root, text, at);
      const start = at;
      at += token?.wanted.length ?? 1;
      if (!token || (token.singleWord && !isAlone(text, start, at))) continue;
      const [from, to] = stripped(text, token, done, start, at);
      if (from > done) sections.push({ text: text.slice(done, from) });
      sections.push({ token: token.content });
      done = to;
    }
    if (done < text.length) sections.push({ text: text.slice(done) });
    return sections;
  };
}

function branchFor(root: Branch, word: string): Branch {
  let branch = root;
  for (let i = 0; i < word.length; i++) {
    const letter = word.charAt(i);
    const next = branch.next.get(letter) ?? { next: new Map() };
    branch.next.set(letter, next);
    branch = next;
  }
  return branch;
}

function longestAt(root: Branch, text: string, start: number): AddedToken | undefined {
  let longest: AddedToken | undefined;
  let branch = root.next.get(text.charAt(start));
  for (let at = start + 1; branch; at++) {
    longest = branch.token ?? longest;
    branch = at < text.length ? branch.next.get(text.charAt(at)) : undefined;
  }
  return longest;
}

const isAlone = (text: string, start: number, end: number): boolean =>
  !wordBefore.test(text.slice(Math.max(0, start - 2), start)) && !wordAfter.test(text.slice(end, end + 2));

/** Where a token begins and ends with the white space that it takes; not before `least`. */
function stripped(
  text: string,
  { lstrip, rstrip }: AddedToken,
  least: number,
  start: number,
  end: number,
): readonly [number, number] {
  const space = /\p{White_Space}/u;
  let [from, to] = [start, end];
  while (lstrip && from > least && space.test(text.charAt(from - 1))) from--;
  while (rstrip && to < text.length && space.test(text.charAt(to))) to++;
  return [from, to];
}

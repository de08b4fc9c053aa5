// Variants of texts as users write them: with typos, in one case, or only begun.
import { must, type Rng, rng } from "../base/index.ts";

/** One way in which the texts of users differ from those of a data set. */
export interface TextVariant {
  readonly name: string;
  /** What is done to a text, in a sentence without its full stop. */
  readonly what: string;
  /** The text as it then is; the same seed and text give the same. */
  readonly of: (text: string, seed: number) => string;
}

/** One word in so many gets a typo. */
const WORDS_PER_TYPO = 5;

/** All variants of a text. */
export const textVariants: readonly TextVariant[] = [
  {
    name: "typo",
    what:
      "One word in five, at least one, has one edit: two letters swapped, a letter dropped, doubled, " +
      "or replaced by its neighbour on a QWERTY keyboard",
    of: (text, seed) => withTypos(text, rng(seed, "typo", text)),
  },
  { name: "lower case", what: "All letters are small", of: (text) => text.toLowerCase() },
  { name: "upper case", what: "All letters are capitals", of: (text) => text.toUpperCase() },
  { name: "truncation", what: "Only the first half of the words, rounded up, is there", of: firstHalf },
];

/** Words at even places, the spaces between them at odd ones; the first and the last word may be empty. */
const wordsAndSpaces = (text: string): string[] => text.split(/(\s+)/u);

function firstHalf(text: string): string {
  const trimmed = text.trim();
  const parts = wordsAndSpaces(trimmed);
  const words = (parts.length + 1) / 2;
  return parts.slice(0, 2 * Math.ceil(words / 2) - 1).join("");
}

/**
 * The edits are those of D. Pruthi et al., "Combating adversarial misspellings with robust word recognition",
 * ACL 2019, but that a letter which is added is the one before it. Only letters are edited, with the marks that
 * belong to them, and only in words of two letters or more: nothing is halved, and no word goes away.
 */
function withTypos(text: string, random: Rng): string {
  const parts = wordsAndSpaces(text);
  const words = parts.filter((part, i) => i % 2 === 0 && part !== "").length;
  const editable = parts.flatMap((part, i) => (i % 2 === 0 && lettersOf(part).length >= 2 ? [i] : []));
  const typos = Math.max(1, Math.round(words / WORDS_PER_TYPO));
  for (const i of random.shuffle(editable).slice(0, typos))
    parts[i] = misspelt(must(parts[i], "word"), random);
  return parts.join("");
}

/** Characters with the marks that belong to them. */
const charactersOf = (word: string): string[] => word.match(/\P{M}\p{M}*|\p{M}+/gu) ?? [];
const isLetter = (character: string | undefined): boolean => /^\p{L}/u.test(character ?? "");

/** Places of the letters in `charactersOf(word)`. */
const lettersOf = (word: string): readonly number[] =>
  charactersOf(word).flatMap((character, i) => (isLetter(character) ? [i] : []));

/** The word with one letter edited, of the edits that change it there. */
function misspelt(word: string, random: Rng): string {
  const letters = lettersOf(word);
  const at = must(letters[random.below(letters.length)], "letter");
  const characters = charactersOf(word);
  const [own, next] = [must(characters[at], "letter"), characters[at + 1]];
  const key = neighbourOf(own, random);
  const edits: readonly (readonly [taken: number, put: readonly string[]])[] = [
    [1, []],
    [1, [own, own]],
    ...(next !== undefined && isLetter(next) && next !== own ? [[2, [next, own]] as const] : []),
    ...(key === undefined ? [] : [[1, [key]] as const]),
  ];
  const [taken, put] = must(edits[random.below(edits.length)], "edit");
  return characters.toSpliced(at, taken, ...put).join("");
}

const keyRows = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/** A letter beside it on the keyboard, in the same case; undefined for letters that are not there. */
function neighbourOf(letter: string, random: Rng): string | undefined {
  const small = letter.toLowerCase();
  const row = keyRows.find((keys) => keys.includes(small));
  if (row === undefined) return undefined;
  const at = row.indexOf(small);
  const beside = [row[at - 1], row[at + 1]].filter((key) => key !== undefined);
  const key = must(beside[random.below(beside.length)], "key");
  return letter === small ? key : key.toUpperCase();
}

// Did-you-mean: the known name that a mistyped one was probably meant to be.
import { closest, distance } from "fastest-levenshtein";

/** The nearest of `known` by edit distance, if it is near enough to be a slip; case is ignored. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word === "") return undefined;
  const lower = word.toLowerCase();
  const nearest = closest(
    lower,
    known.map((name) => name.toLowerCase()),
  );
  const found = known.find((name) => name.toLowerCase() === nearest);
  const slips = word.length < 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
  return distance(lower, nearest) <= slips ? found : undefined;
}

/** `did you mean "layers"?`, else `known: a, b, c` (the first `limit` of them), else undefined. */
export function suggestion(word: string, known: readonly string[], limit = 16): string | undefined {
  const near = suggest(word, known);
  if (near !== undefined) return `did you mean ${JSON.stringify(near)}?`;
  if (known.length === 0) return undefined;
  const more = known.length > limit ? ` and ${known.length - limit} more` : "";
  return `known: ${known.slice(0, limit).join(", ")}${more}`;
}

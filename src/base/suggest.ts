// Did-you-mean: the known name that a mistyped one was probably meant to be.

/** The nearest of `known` by slips, if it is near enough to be one; the first of several, case is ignored. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (word === "") return undefined;
  let nearest: string | undefined;
  let least = word.length < 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
  for (const name of known) {
    // as many letters must be left out or put in at least
    if (Math.abs(name.length - word.length) > least) continue;
    const found = slipsBetween(word.toLowerCase(), name.toLowerCase());
    if (found < least || (found === least && nearest === undefined)) [nearest, least] = [name, found];
  }
  return nearest;
}

/**
 * Letters left out, put in, replaced, or swapped with their neighbour, to make one word the other: the optimal string
 * alignment distance (Damerau 1964; Wagner & Fischer 1974).
 */
export function slipsBetween(a: string, b: string): number {
  let [before, last]: [readonly number[], readonly number[]] = [
    [],
    Array.from({ length: b.length + 1 }, (_, j) => j),
  ];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : replaced;
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced, swapped));
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** `did you mean "layers"?`, else `known: a, b, c` (the first `limit` of them), else undefined. */
export function suggestion(word: string, known: readonly string[], limit = 16): string | undefined {
  const near = suggest(word, known);
  if (near !== undefined) return `did you mean ${JSON.stringify(near)}?`;
  if (known.length === 0) return undefined;
  const more = known.length > limit ? ` and ${known.length - limit} more` : "";
  return `known: ${known.slice(0, limit).join(", ")}${more}`;
}

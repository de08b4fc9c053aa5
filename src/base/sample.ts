// A sample of a list.

/** At most `count` of the values, evenly spread over the list, the first among them; in the list's order. */
export const spread = <T>(values: readonly T[], count: number): readonly T[] =>
  values.filter((_, i) => (i * count) % values.length < count);

// What becomes of a data set's texts where they are cut into tokens by something else than minnow.
import type { Item, LoadContext } from "./define.ts";

/** How many of the items transformers.js gives other token ids, with minnow's files; nothing where it is none. */
export function tokenWarnings(
  path: string,
  items: readonly Item[],
  { tokenizer, maxLength }: Pick<LoadContext, "tokenizer" | "maxLength">,
): readonly string[] {
  const other = items.filter(({ text, inputs }) =>
    tokenizer.differs(text, maxLength, inputs.input_ids ?? []),
  );
  if (other.length === 0) return [];
  const cut = other.filter(({ length }) => length >= maxLength).length;
  const why =
    cut === 0
      ? "none of them is cut; they hold characters or tokens that it takes in another way"
      : `${cut} of them fill the ${maxLength} tokens that are taken, where it cuts the last special token off`;
  return [
    `${path}: ${other.length} of ${items.length} items get other token ids in transformers.js than in Python and minnow: ${why}`,
  ];
}

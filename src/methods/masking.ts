// Token masking: items with some tokens replaced by the mask token, to learn from as from so many more texts.
import { AppError, type Refusal, type Rng } from "../base/index.ts";
import type { Bundle } from "../families/index.ts";
import type { Dataset, Item } from "../tasks/index.ts";

/** The input that holds token ids. */
const IDS = "input_ids";

type Tokenizer = Bundle["tokenizer"];

/** Refused where masking is asked for and there is no mask token. */
export const maskingRefusals = ({ tokenizer }: Bundle, share: number | undefined): readonly Refusal[] =>
  share === undefined || share === 0 || tokenizer?.mask
    ? []
    : [{ target: "tokenMasking", why: "the model's tokenizer has no mask token" }];

/**
 * The data set with each token but special ones masked by chance, item `i` by the stream `random(i)`.
 * Lengths and labels stay, so its batches and its teacher's answers are those of the plain data set.
 */
export function maskTokens(
  dataset: Dataset,
  tokenizer: Tokenizer,
  share: number,
  random: (index: number) => Rng,
): Dataset {
  if (share === 0) return dataset;
  const mask = tokenizer?.mask;
  if (!mask)
    throw new AppError("usage", "tokens cannot be masked: the model's tokenizer has no mask token", {
      hint: "tokenMasking: 0",
    });
  const masked = (item: Item, index: number): Item => {
    const stream = random(index);
    const ids = item.inputs[IDS]?.map((id) =>
      stream.next() < share && !mask.special.has(id) ? mask.id : id,
    );
    return ids ? { ...item, inputs: { ...item.inputs, [IDS]: ids } } : item;
  };
  return { ...dataset, items: dataset.items.map(masked) };
}

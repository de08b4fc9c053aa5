// Reasons: why a method finds nothing to do in a model, told of its weights.
import type { Refusal } from "../base/index.ts";
import type { Graph } from "../ir/index.ts";

/**
 * Why no matrix of a graph can be `done` ("quantized"): each reason once, with the largest weight that it holds for. Vectors
 * are not told of.
 */
export function nothingToDo({ weights }: Graph, refused: readonly Refusal[], done: string): string {
  if (weights.size === 0) return "it has no weights";
  const sizes = new Map(
    [...weights].map(([{ name }, { size, shape }]) => [name, shape.length < 2 ? 0 : size]),
  );
  const sizeOf = ({ target }: Refusal): number => sizes.get(target) ?? 1;
  const reasons = new Map<string, Refusal[]>();
  for (const one of refused.filter((one) => sizeOf(one) > 0).toSorted((a, b) => sizeOf(b) - sizeOf(a))) {
    // a number in a reason makes no other reason of it
    const key = one.why.replaceAll(/\d{2,}/g, "n");
    reasons.set(key, [...(reasons.get(key) ?? []), one]);
  }
  if (reasons.size === 0)
    return "no weight with two axes is multiplied in it: its products multiply what is computed";
  const told = [...reasons.values()].slice(0, 3).map(([first, ...more]) => {
    return `${first?.target}${more.length > 0 ? ` and ${more.length} more` : ""}: ${first?.why}`;
  });
  return `none of its weights can be ${done}; ${told.join("; ")}`;
}

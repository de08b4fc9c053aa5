// What batches of all lengths take, from a few that were tried: the shortest, the middle and the longest.
import { must } from "../base/index.ts";
import type { Batch } from "./define.ts";

/** Seconds of a batch of this length, in tokens. */
export interface Tried {
  readonly length: number;
  readonly seconds: number;
}

/** Does the work of the shortest, the middle and the longest batch again and again; how long the first time took, and the quickest after it. */
export async function tryLengths(
  batches: readonly Batch[],
  work: (batch: Batch) => Promise<unknown>,
): Promise<readonly (Tried & { readonly first: number })[]> {
  const tried: (Tried & { readonly first: number })[] = [];
  for (const batch of fewLengths(batches))
    tried.push({ length: batch.length, ...(await quickest(() => work(batch))) });
  return tried;
}

/** The shortest, the middle and the longest batch; each length once, in order. */
function fewLengths(batches: readonly Batch[]): readonly Batch[] {
  const sorted = batches.toSorted((a, b) => a.length - b.length);
  const three = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((batch) => must(batch, "batch"));
  return three.filter(({ length }, i) => three.findIndex((one) => one.length === length) === i);
}

/** Seconds in which the same work is done again and again, and how often it is done at least, to see how quick it can be. */
const [BUDGET, LEAST] = [0.25, 2];

/** Seconds of the first time, which prepares, and of the quickest one after it: other work of the machine only adds to it. */
async function quickest(
  work: () => Promise<unknown>,
): Promise<{ readonly first: number; readonly seconds: number }> {
  const timed = async (): Promise<number> => {
    const begin = performance.now();
    await work();
    return (performance.now() - begin) / 1000;
  };
  const first = await timed();
  let [seconds, spent] = [Number.POSITIVE_INFINITY, 0];
  for (let times = 0; times < LEAST || spent < BUDGET; times++) {
    const one = await timed();
    seconds = Math.min(seconds, one);
    spent += one;
  }
  return { first, seconds };
}

/** Seconds of all the batches; those of a length that was not tried lie on the line between their neighbours. */
export const secondsOfAll = (batches: readonly Batch[], tried: readonly Tried[]): number =>
  batches.reduce((sum, { length }) => sum + secondsAt(length, tried), 0);

function secondsAt(length: number, tried: readonly Tried[]): number {
  const above = tried.find((one) => one.length >= length) ?? must(tried.at(-1), "trial");
  const below = tried.findLast((one) => one.length <= length) ?? above;
  if (above.length === below.length) return above.seconds;
  const share = (length - below.length) / (above.length - below.length);
  return below.seconds + share * (above.seconds - below.seconds);
}

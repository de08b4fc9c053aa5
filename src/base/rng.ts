// Seeded random numbers: sfc32 (Chris Doty-Humphrey, PractRand), whose four words of state can be saved.
import { createHash } from "node:crypto";
import { must } from "./error.ts";

export interface Rng {
  /** Uniform in [0, 1), 32 bits of randomness. */
  next(): number;
  /** Uniform integer in [0, n). */
  below(n: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** Fisher-Yates shuffle in place; returns the same array. */
  shuffle<T>(items: T[]): T[];
  /** The four 32-bit words of state: `rngFrom(state)` goes on where this one is. */
  state(): readonly [number, number, number, number];
}

export function rngFrom(state: readonly [number, number, number, number]): Rng {
  let [a, b, c, d] = state;
  const word = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  const next = (): number => word() / 4294967296;
  const below = (n: number): number => Math.floor(next() * n);
  return {
    next,
    below,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = below(i + 1);
        const held = must(items[i], "item");
        items[i] = must(items[j], "item");
        items[j] = held;
      }
      return items;
    },
    state: () => [a, b, c, d],
  };
}

/** A stream of its own for each purpose: the same seed and names give the same numbers on every machine. */
export function rng(seed: number, ...purpose: readonly (string | number)[]): Rng {
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...purpose]))
    .digest();
  return rngFrom([
    digest.readInt32LE(0),
    digest.readInt32LE(4),
    digest.readInt32LE(8),
    digest.readInt32LE(12),
  ]);
}

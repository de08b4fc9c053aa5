// Links: what an op says of its axes, by name, and the same bound to the values of a call.
import type { Value } from "../ir/index.ts";

/**
 * One tensor's axis. Each step along the shared axis is `block` consecutive indices of it (default 1), and the steps come
 * again and again where the axis is longer than they are; with `from` they stand once, from that index on: a segment.
 */
export type Place = readonly [name: string, axis: number, block?: number, from?: number];
/**
 * Places that are the same axis: slicing one slices all. A contracted axis links inputs only; a place alone can be cut
 * for itself. An axis in several links with other blocks is a product of axes: one of them is cut, the rest stay.
 */
export type Link = readonly Place[];

/** An integer among an op's inputs that names an index on an axis: its length, or where a part begins or ends. */
export interface Spelling {
  readonly input: string;
  readonly element: number;
  /** Whose axis it is, by name: "Ys.1". */
  readonly of: string;
  readonly axis: number;
  /** The index; its length where this is left out. */
  readonly until?: number;
}

/** A place whose name is bound to a value. */
export interface AxisPlace {
  readonly value: Value;
  readonly axis: number;
  readonly block: number;
  readonly from: number | undefined;
}

/** A spelling whose names are bound to positions and values. */
export interface AxisSpelling {
  readonly input: number;
  readonly element: number;
  readonly value: Value;
  readonly axis: number;
  readonly until: number | undefined;
}

/** The value of a name; "Xs.2" is one of several. */
export type Named = (name: string) => Value | undefined;

/** Links whose places are named, with the values that the names stand for. */
export const linksOf = (all: readonly Link[], named: Named): readonly (readonly AxisPlace[])[] =>
  all.map((link) =>
    link.flatMap(([place, axis, block = 1, from]) => {
      const value = named(place);
      return value ? [{ value, axis, block, from }] : [];
    }),
  );

/** Spellings with positions and values in the place of names. */
export const spellingsOf = (
  all: readonly Spelling[],
  named: Named,
  position: (name: string) => number,
): readonly AxisSpelling[] =>
  all.flatMap(({ input, element, of, axis, until }) => {
    const value = named(of);
    return value ? [{ input: position(input), element, value, axis, until }] : [];
  });

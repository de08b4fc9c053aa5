// Names for writing: what a graph's unnamed values are called in a file, and which outputs need a copy to
// have theirs.
import { defect } from "../base/index.ts";
import type { Graph, Value } from "../ir/index.ts";

export interface Names {
  /** The name of a value in the file. */
  of(value: Value): string;
  /** Outputs that are an input, a weight or another output too: each is made by an Identity of `from`. */
  readonly copies: readonly { readonly name: string; readonly from: Value }[];
}

/**
 * Names for all values: those that are given stay, the rest are numbered in the order in which they are
 * asked for.
 */
export function nameAll(graph: Graph): Names {
  const names = new Map<Value, string>();
  const taken = new Set(graph.outputs.map(({ name }) => name));
  for (const value of [...graph.inputs, ...graph.weights.keys()]) {
    if (value.name === undefined) continue;
    names.set(value, value.name);
    taken.add(value.name);
  }
  const fixed = new Map([...names].map(([value, name]) => [name, value]));
  const copies: { readonly name: string; readonly from: Value }[] = [];
  for (const { name, value } of graph.outputs) {
    const holder = fixed.get(name);
    if (holder && holder !== value)
      throw defect(`the output ${name} has the name of another input or weight`);
    if (holder) continue;
    if (names.has(value) || graph.weights.has(value)) copies.push({ name, from: value });
    else names.set(value, name);
  }
  let next = 0;
  const fresh = (letter: string): string => {
    for (;;) {
      const name = `${letter}${next++}`;
      if (!taken.has(name)) return name;
    }
  };
  const of = (value: Value): string => {
    const found = names.get(value);
    if (found !== undefined) return found;
    const wished = value.name !== undefined && !taken.has(value.name) ? value.name : undefined;
    const name = wished ?? fresh(graph.weights.has(value) ? "c" : "v");
    taken.add(name);
    names.set(value, name);
    return name;
  };
  return { of, copies };
}

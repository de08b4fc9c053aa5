// Weight rules: how a file's names and tensors become a family's own, and go back.
import { must } from "../base/index.ts";
import { Tensor } from "../tensor/index.ts";

/** One spelling of weights. `*` stands for any text, the same in all patterns of a rule. */
export interface WeightRule {
  /** The name in a file: "*.LayerNorm.gamma". */
  readonly stored: string;
  /** The family's own names; where there are several, the file holds them in one tensor, one below the other. */
  readonly own: readonly string[];
  /** True for the spelling of today's files, which is also written; others are only read. */
  readonly written?: true;
}

/** A rule for a name that files of another time or tool have: it is read, never written. */
export const spelling = (stored: string, own: string): WeightRule => ({ stored, own: [own] });

/** A rule for what today's files hold in one tensor. */
export const fused = (stored: string, own: readonly string[]): WeightRule => ({ stored, own, written: true });

/** Where a weight may lie in a file: part `part` of `parts` equal ones of the tensor `name`. */
export interface Place {
  readonly name: string;
  readonly part: number;
  readonly parts: number;
}

/** The text that `*` stands for, where the name has the pattern; "" for a pattern without one. */
function wildcard(pattern: string, name: string): string | undefined {
  const [before = "", after] = pattern.split("*");
  if (after === undefined) return pattern === name ? "" : undefined;
  if (name.length < before.length + after.length) return undefined;
  return name.startsWith(before) && name.endsWith(after)
    ? name.slice(before.length, name.length - after.length)
    : undefined;
}

const filled = (pattern: string, text: string): string => pattern.replace("*", text);

/** Every place where a file may hold the weight, the likeliest first; the prefix may be missing. */
export function placesOf(name: string, rules: readonly WeightRule[], prefix: string): readonly Place[] {
  const spelt = rules.flatMap(({ stored, own }) =>
    own.flatMap((pattern, part): readonly Place[] => {
      const text = wildcard(pattern, name);
      return text === undefined ? [] : [{ name: filled(stored, text), part, parts: own.length }];
    }),
  );
  const places = [{ name, part: 0, parts: 1 }, ...spelt];
  const bare = places.filter((place) => prefix !== "" && place.name.startsWith(prefix));
  return [...places, ...bare.map((place) => ({ ...place, name: place.name.slice(prefix.length) }))];
}

/** One of the equal parts of a tensor along its first axis, read when it is asked for. */
export function partOf(tensor: Tensor, { part, parts }: Place): Tensor {
  if (parts === 1) return tensor;
  const [rows = 0, ...rest] = tensor.shape;
  const size = tensor.byteLength / parts;
  return new Tensor(tensor.dtype, [rows / parts, ...rest], () =>
    tensor.bytes.slice(part * size, (part + 1) * size),
  );
}

/** The tensors as today's files name and hold them. */
export function toStored(
  weights: ReadonlyMap<string, Tensor>,
  rules: readonly WeightRule[],
): Map<string, Tensor> {
  const stored = new Map<string, Tensor>();
  for (const [name, tensor] of weights) {
    const rule = rules.find(
      ({ own, written }) => written && own.some((one) => wildcard(one, name) !== undefined),
    );
    const text = rule?.own.map((one) => wildcard(one, name)).find((found) => found !== undefined);
    if (!rule || text === undefined) stored.set(name, tensor);
    else {
      const parts = rule.own.map((own) => must(weights.get(filled(own, text)), filled(own, text)));
      stored.set(filled(rule.stored, text), joined(parts));
    }
  }
  return stored;
}

/** Tensors one below the other. */
function joined(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  if (!first || parts.length === 1) return must(first, "part");
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return new Tensor(first.dtype, [rows, ...first.shape.slice(1)], () => {
    const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part.bytes, at);
      at += part.byteLength;
    }
    return bytes;
  });
}

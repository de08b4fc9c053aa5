// Dimensions: a number, or a symbolic product such as "2*batch*sequence" in canonical (sorted) form.

export type Dim = number | string;

interface Factors {
  readonly scale: number;
  readonly symbols: readonly string[];
}

function factors(dim: Dim): Factors {
  if (typeof dim === "number") return { scale: dim, symbols: [] };
  const parts = dim.split("*");
  const scale = Number(parts[0]);
  return Number.isInteger(scale) ? { scale, symbols: parts.slice(1) } : { scale: 1, symbols: parts };
}

function join({ scale, symbols }: Factors): Dim {
  if (symbols.length === 0 || scale === 0) return scale;
  const sorted = [...symbols].sort().join("*");
  return scale === 1 ? sorted : `${scale}*${sorted}`;
}

/** The product of dimensions; 1 for none. */
export function product(dims: readonly Dim[]): Dim {
  const all = dims.map(factors);
  return join({
    scale: all.reduce((scale, one) => scale * one.scale, 1),
    symbols: all.flatMap((one) => one.symbols),
  });
}

/** a / b where b divides a symbol by symbol; undefined where that cannot be told. */
export function quotient(a: Dim, b: Dim): Dim | undefined {
  const over = factors(a);
  const under = factors(b);
  const symbols = [...over.symbols];
  for (const symbol of under.symbols) {
    const at = symbols.indexOf(symbol);
    if (at < 0) return undefined;
    symbols.splice(at, 1);
  }
  const scale = over.scale / under.scale;
  return Number.isInteger(scale) ? join({ scale, symbols }) : undefined;
}

/** a + b; a symbolic sum is one opaque symbol. */
export function sum(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === 0) return b;
  return b === 0 ? a : `(${[String(a), String(b)].sort().join("+")})`;
}

export const isStatic = (shape: readonly Dim[]): shape is readonly number[] =>
  shape.every((dim) => typeof dim === "number");

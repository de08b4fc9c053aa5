// Dimensions: a number, or a polynomial in named symbols such as "2*batch*sequence" or "past+sequence".
import { AppError } from "../base/index.ts";

export type Dim = number | string;

/** Most terms of a dimension, and most symbols in one of them: a file that was made to grow ends here. */
const [TERMS, DEGREE] = [64, 32];

/** Terms by their symbols, sorted and joined by "*" ("" is the constant); no coefficient is 0. */
type Polynomial = ReadonlyMap<string, number>;

const read = new Map<string, Polynomial>();
/** Texts that are remembered with what they mean; when there are more, all are forgotten. */
const REMEMBERED = 10_000;

function parse(dim: Dim): Polynomial {
  if (typeof dim === "number") return polynomial([["", dim]]);
  const before = read.get(dim);
  if (before) return before;
  const text = dim.trim().replaceAll(/\s*([-+*])\s*/g, "$1");
  const parsed = /^-?[\w?.:]+([-+*][\w?.:]+)*$/.test(text)
    ? polynomial(text.split(/(?=[-+])/).map(term))
    : polynomial([[text.replaceAll(/[^\w?.:]/g, (letter) => `:${letter.charCodeAt(0).toString(16)}:`), 1]]);
  if (read.size >= REMEMBERED) read.clear();
  read.set(dim, parsed);
  return parsed;
}

/** `-2*batch*sequence` as its symbols and coefficient. */
function term(text: string): readonly [string, number] {
  const parts = text.replace(/^[-+]/, "").split("*");
  const numbers = parts.filter((part) => /^\d+$/.test(part)).map(Number);
  const symbols = parts.filter((part) => !/^\d+$/.test(part));
  return [join(symbols), numbers.reduce((all, one) => all * one, text.startsWith("-") ? -1 : 1)];
}

function join(symbols: readonly string[]): string {
  if (symbols.length > DEGREE) {
    throw new AppError(
      "input",
      `a dimension multiplies ${symbols.length} symbols; at most ${DEGREE} are read`,
    );
  }
  return [...symbols].sort().join("*");
}
const symbolsOf = (key: string): readonly string[] => (key === "" ? [] : key.split("*"));

/** The terms added up by their symbols. */
function collected(terms: Iterable<readonly [string, number]>): Polynomial {
  const all = new Map<string, number>();
  for (const [key, factor] of terms) all.set(key, (all.get(key) ?? 0) + factor);
  return new Map([...all].filter(([, factor]) => factor !== 0));
}

function polynomial(terms: Iterable<readonly [string, number]>): Polynomial {
  const left = collected(terms);
  if (left.size <= TERMS) return left;
  throw new AppError("input", `a dimension is a sum of ${left.size} terms; at most ${TERMS} are read`);
}

/** Canonical text: terms in the order of their symbols, the constant last. */
function write(terms: Polynomial): Dim {
  const keys = [...terms.keys()].filter((key) => key !== "").sort();
  const constant = terms.get("") ?? 0;
  if (keys.length === 0) return constant;
  const text = keys.map((key) => {
    const factor = terms.get(key) ?? 0;
    return `${factor < 0 ? "-" : "+"}${Math.abs(factor) === 1 ? "" : `${Math.abs(factor)}*`}${key}`;
  });
  const end = constant === 0 ? "" : `${constant < 0 ? "-" : "+"}${Math.abs(constant)}`;
  return `${text.join("")}${end}`.replace(/^\+/, "");
}

function times(a: Polynomial, b: Polynomial): Polynomial {
  return polynomial(
    [...a].flatMap(([left, x]) =>
      [...b].map(([right, y]) => [join([...symbolsOf(left), ...symbolsOf(right)]), x * y] as const),
    ),
  );
}

const plus = (a: Polynomial, b: Polynomial): Polynomial => polynomial([...a, ...b]);
const minus = (a: Polynomial): Polynomial => polynomial([...a].map(([key, factor]) => [key, -factor]));

/** The one way to write a dimension; text that is no polynomial becomes one symbol, odd letters as codes. */
export const canonical = (dim: Dim): Dim => write(parse(dim));
/** The product of dimensions; 1 for none. */
export const product = (dims: readonly Dim[]): Dim => write(dims.map(parse).reduce(times, parse(1)));
/** a + b. */
export const sum = (a: Dim, b: Dim): Dim => write(plus(parse(a), parse(b)));
/** a - b. */
export const difference = (a: Dim, b: Dim): Dim => write(plus(parse(a), minus(parse(b))));

/** a / b where b divides a exactly, as a polynomial with whole coefficients; undefined where it does not. */
export function quotient(a: Dim, b: Dim): Dim | undefined {
  const divisor = parse(b);
  const first = leading(divisor);
  if (!first) return undefined;
  let rest = parse(a);
  let result = parse(0);
  for (let top = leading(rest); top; top = leading(rest)) {
    const step = divideTerm(top, first);
    if (!step || Math.max(result.size, rest.size) >= TERMS) return undefined;
    result = plus(result, step);
    rest = collected([...rest, ...minus(times(step, divisor))]);
  }
  return write(result);
}

/** The term of highest degree, the first by name of several. */
function leading(terms: Polynomial): readonly [string, number] | undefined {
  const degree = (key: string): number => symbolsOf(key).length;
  return [...terms].sort(([a], [b]) => degree(b) - degree(a) || (a < b ? -1 : 1))[0];
}

function divideTerm(a: readonly [string, number], b: readonly [string, number]): Polynomial | undefined {
  const symbols = [...symbolsOf(a[0])];
  for (const symbol of symbolsOf(b[0])) {
    const at = symbols.indexOf(symbol);
    if (at < 0) return undefined;
    symbols.splice(at, 1);
  }
  const factor = a[1] / b[1];
  return Number.isInteger(factor) ? polynomial([[join(symbols), factor]]) : undefined;
}

/** The dimension with symbols replaced by numbers; symbols that are not given stay. */
export function bound(dim: Dim, sizes: Readonly<Record<string, number>>): Dim {
  const factors = (key: string): Polynomial[] =>
    symbolsOf(key).map((symbol) =>
      parse((Object.hasOwn(sizes, symbol) ? sizes[symbol] : undefined) ?? symbol),
    );
  const terms = [...parse(dim)].map(([key, factor]) => factors(key).reduce(times, parse(factor)));
  return write(terms.reduce(plus, parse(0)));
}

export const isStatic = (shape: readonly Dim[]): shape is readonly number[] =>
  shape.every((dim) => typeof dim === "number");

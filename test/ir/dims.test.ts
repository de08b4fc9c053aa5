// Arithmetic of dimensions: polynomials in symbols, always written in one way.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bound, canonical, type Dim, difference, product, quotient, sum } from "../../src/ir/index.ts";

const dim: fc.Arbitrary<Dim> = fc.letrec<{ dim: Dim }>((tie) => ({
  dim: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: -3, max: 9 }),
    fc.constantFrom<Dim>("batch", "sequence", "?1", "a"),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => sum(a, b)),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => product([a, b])),
  ),
})).dim;
const sizes = { batch: 3, sequence: 7, "?1": 11, a: 2 };

describe("dimensions", () => {
  test.each([
    [product(["sequence", 2, "batch"]), "2*batch*sequence"],
    [sum("sequence", "past"), "past+sequence"],
    [sum("sequence", -1), "sequence-1"],
    [difference(sum("past", "sequence"), "past"), "sequence"],
    [product([sum("a", "b"), "c"]), "a*c+b*c"],
    [product([]), 1],
    [product(["batch", 0]), 0],
    [canonical("past_length + length"), "length+past_length"],
    [canonical("floor(height/2)"), "floor:28:height:2f:2:29:"],
    [canonical("batch size"), "batch:20:size"],
  ])("%s", (found, expected) => {
    expect(found).toBe(expected);
  });

  test("text that is no polynomial is one symbol, also within a product", () => {
    const odd = canonical("floor(a*b)");
    expect(quotient(product([6, odd, "c"]), product([2, "c"]))).toBe(product([3, odd]));
  });

  test.each<[Dim, Dim, Dim | undefined]>([
    ["2*batch*sequence", "batch", "2*sequence"],
    ["a*c+b*c", "c", "a+b"],
    ["a*c+b*c", "a+b", "c"],
    ["batch", "sequence", undefined],
    ["3*batch", 2, undefined],
    [12, 4, 3],
    [12, 0, undefined],
    [0, "batch", 0],
  ])("%s / %s", (a, b, expected) => {
    expect(quotient(a, b)).toBe(expected);
  });

  test("equal values are written alike, and binding symbols commutes with arithmetic", () => {
    const number = (one: Dim): number => Number(bound(one, sizes));
    fc.assert(
      fc.property(dim, dim, dim, (a, b, c) => {
        expect(product([a, sum(b, c)])).toBe(sum(product([a, b]), product([c, a])));
        expect(number(sum(a, b))).toBe(number(a) + number(b));
        expect(number(difference(a, b))).toBe(number(a) - number(b));
        expect(number(product([a, b]))).toBe(number(a) * number(b) + 0);
        expect(canonical(a)).toBe(a);
        if (b !== 0) expect(quotient(product([a, b]), b)).toBe(a);
      }),
    );
  });
});

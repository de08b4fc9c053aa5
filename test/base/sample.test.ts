// Samples: as many as asked for, in order, no two places far apart.
import fc from "fast-check";
import { expect, test } from "vitest";
import { spread } from "../../src/base/index.ts";

test("a sample has as many values as asked for, in order, with equal steps but for one", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 400 }), (length, count) => {
      const places = spread(
        Array.from({ length }, (_, i) => i),
        count,
      );
      expect(places).toHaveLength(Math.min(length, count));
      expect(places[0]).toBe(0);
      const step = Math.max(1, length / count);
      places.slice(1).forEach((place, i) => {
        expect([Math.floor(step), Math.ceil(step)]).toContain(place - (places[i] ?? 0));
      });
    }),
  );
});

test("of nothing, or none, is nothing", () => {
  expect(spread([], 3)).toEqual([]);
  expect(spread([1, 2], 0)).toEqual([]);
});

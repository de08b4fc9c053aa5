// The committed WebAssembly is what assembly.ts compiles to, and each kernel computes what it says.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Arena } from "../../src/kernels/index.ts";

const { compileKernels } = (await import("../../bench/kernels.js" as string)) as { compileKernels(): string };

test("wasm.ts is made from assembly.ts", () => {
  const committed = readFileSync(new URL("../../src/kernels/wasm.ts", import.meta.url), "utf8");
  expect(committed).toBe(compileKernels());
}, 60_000);

const filled = (arena: Arena, values: readonly number[]): number => {
  const at = arena.allocate(values.length);
  arena.view(at, values.length).set(values);
  return at;
};

test.each([1, 3, 4, 7, 16])("sum of squares, multiply and scale of %i values", (n) => {
  const arena = new Arena();
  const values = Array.from({ length: n }, (_, i) => i - 2.5);
  const [x, y] = [
    filled(arena, values),
    filled(
      arena,
      values.map((_, i) => i % 2),
    ),
  ];
  expect(arena.kernels.sumOfSquares(x, n)).toBeCloseTo(
    values.reduce((sum, value) => sum + value * value, 0),
    6,
  );
  arena.kernels.multiply(x, y, n);
  expect([...arena.view(x, n)]).toEqual(values.map((value, i) => value * (i % 2)));
  arena.kernels.scale(x, 2, n);
  expect([...arena.view(x, n)]).toEqual(values.map((value, i) => 2 * value * (i % 2)));
});

test("a dropout mask keeps its share, scaled, and depends on its seed alone", () => {
  const arena = new Arena();
  const n = 20_000;
  const [a, b, c] = [arena.allocate(n), arena.allocate(n), arena.allocate(n)];
  arena.kernels.dropoutMask(a, n, 7, Math.round(0.1 * 2 ** 32), 1 / 0.9);
  arena.kernels.dropoutMask(b, n, 7, Math.round(0.1 * 2 ** 32), 1 / 0.9);
  arena.kernels.dropoutMask(c, n, 8, Math.round(0.1 * 2 ** 32), 1 / 0.9);
  const mask = [...arena.view(a, n)];
  expect([...arena.view(b, n)]).toEqual(mask);
  expect([...arena.view(c, n)]).not.toEqual(mask);
  expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.9)]));
  // 20,000 draws of probability 0.1: five standard deviations are 0.0106.
  expect(Math.abs(mask.filter((value) => value === 0).length / n - 0.1)).toBeLessThan(0.0106);
});

// What fresh weights mean: the deviation that the config says, ones for gains, zeros for biases.
import { expect } from "vitest";

type Fresh = typeof import("../../../src/families/fresh.ts");

/** Fresh weights have the config's deviation, gains are one, biases zero; each name has its own numbers. */
export function freshIsAsTheConfigSays(module: Fresh): void {
  const weights = module.freshWeights({ initializer_range: 0.05 }, 3);
  const of = (name: string): readonly number[] => [...weights(name, [64, 64]).floats];
  expect([...new Set(of("bert.embeddings.LayerNorm.weight"))]).toEqual([1]);
  expect([...new Set(of("bert.encoder.layer.0.attention.self.query.bias"))]).toEqual([0]);
  const [query, key] = ["query", "key"].map((name) =>
    of(`bert.encoder.layer.0.attention.self.${name}.weight`),
  );
  for (const numbers of [query ?? [], key ?? []]) {
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const deviation = Math.sqrt(
      numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length,
    );
    expect(mean).toBeCloseTo(0, 2);
    expect(deviation / 0.05).toBeGreaterThan(0.9);
    expect(deviation / 0.05).toBeLessThan(1.1);
  }
  expect(query).not.toEqual(key);
}

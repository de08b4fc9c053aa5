// Cost of a million items: the price of an hour over what an hour does.
import { describe, expect, test } from "vitest";
import { rng } from "../../src/base/index.ts";
import { costPerMillion } from "../../src/bench/cost.ts";

describe("costPerMillion", () => {
  test("of 10 ms a call at 0.36 an hour is 1, and a sixteenth of it where 16 items share a call", () => {
    const samples = Array.from({ length: 100 }, () => 10);
    // 100 items a second are 360,000 an hour; a million takes 1 / 0.36 hours
    const one = costPerMillion(samples, 1, 0.36, rng(7, "cost"));
    for (const figure of [one.value, one.low, one.high]) expect(figure).toBeCloseTo(1, 12);
    expect(costPerMillion(samples, 16, 0.36, rng(7, "cost")).value).toBeCloseTo(1 / 16, 12);
  });

  test("follows the mean, as throughput does", () => {
    const samples = [1, 1, 1, 97];
    const throughput = 1000 / 25;
    expect(costPerMillion(samples, 1, 2, rng(7, "cost")).value).toBeCloseTo(
      (2 * 1e6) / (3600 * throughput),
      9,
    );
  });

  test("has an interval that holds the true cost about as often as it says, also of noise that lasts", () => {
    const random = rng(1, "noise");
    let inside = 0;
    for (let trial = 0; trial < 200; trial++) {
      // runs of 10 share what disturbs them: taken one by one, the interval would be three times too narrow
      const samples = Array.from({ length: 60 }, () => 10 + 2 * random.normal()).flatMap((level) =>
        Array.from({ length: 10 }, () => level + 0.1 * random.normal()),
      );
      const { low, high } = costPerMillion(samples, 1, 0.36, rng(trial, "cost"));
      if (low <= 1 && 1 <= high) inside++;
    }
    expect(inside / 200).toBeGreaterThan(0.88);
    expect(inside / 200).toBeLessThan(1);
  });

  test("is the same for the same numbers, and needs at least one", () => {
    const samples = Array.from({ length: 45 }, (_, i) => 5 + (i % 7));
    const of = () => costPerMillion(samples, 2, 1, rng(7, "cost"));
    expect(of()).toEqual(of());
    expect(() => costPerMillion([], 1, 1, rng(7, "cost"))).toThrow("nothing was measured");
  });
});

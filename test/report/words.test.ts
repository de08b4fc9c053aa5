// Figures in words, and the sentence at the head of a report.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseRecord } from "../../src/record/index.ts";
import { niceTicks } from "../../src/report/chart.ts";
import {
  bytes,
  comparison,
  digits,
  duration,
  headline,
  milliseconds,
  signed,
} from "../../src/report/words.ts";

test.each([
  [bytes(0), "0 bytes"],
  [bytes(999), "999 bytes"],
  [bytes(1000), "1.00 kB"],
  [bytes(91_214_336), "91.2 MB"],
  [bytes(2.5e9), "2.50 GB"],
  [milliseconds(0.2617), "0.262 ms"],
  [milliseconds(14.31), "14.3 ms"],
  [milliseconds(1200), "1.20 s"],
  [duration(1.44), "1.4 s"],
  [duration(59.6), "1 min 0 s"],
  [duration(413), "6 min 53 s"],
  [duration(7500), "2 h 5 min"],
  [digits(0), "0"],
  [digits(1234.5), "1,235"],
  [digits(0.00012), "1.2e-4"],
  [digits(-4.667), "-4.67"],
  [signed(-4.666), "−4.67"],
  [signed(0.2), "+0.20"],
  [signed(-0.001), "0.00"],
  [comparison(12.64, "smaller", "larger").join(" "), "12.6× smaller"],
  [comparison(0.8, "faster", "slower").join(" "), "1.25× slower"],
])("%s", (said, expected) => expect(said).toBe(expected));

test.each([[[0, 2.6]], [[89.1, 97]], [[-6.1, 0.1]], [[0, 91e6]], [[0, 1]]] as const)(
  "ticks of %j are few, round and inside",
  ([low, high]) => {
    const ticks = niceTicks([low, high]);
    expect(ticks.length).toBeGreaterThanOrEqual(3);
    expect(ticks.length).toBeLessThanOrEqual(7);
    for (const tick of ticks) expect(tick >= low && tick <= high).toBe(true);
  },
);

describe("headline", () => {
  const load = (name: string) =>
    parseRecord(
      JSON.parse(readFileSync(new URL(`../../fixtures/records/${name}.json`, import.meta.url), "utf8")),
      name,
    );
  const mini = load("mini");

  test("says smaller, faster, and lower in its metric, with its interval", () => {
    expect(headline(mini)).toBe(
      "synthetic-intents-mini is 12.6× smaller than its teacher, 7.70× faster, and 4.67 points lower in accuracy (−6.13 to −3.29 points at 95 %, 1,500 items).",
    );
  });

  test("says slower, and that quality was not measured", () => {
    expect(headline(load("plain"))).toBe(
      "synthetic-plain is 3.98× smaller than its teacher and 1.24× slower. Its quality was not measured.",
    );
  });

  test("claims no difference that the items cannot show", () => {
    const result = {
      ...mini.result,
      difference: {
        ...({ metric: "accuracy", unit: "share", better: "higher" } as const),
        ...{ value: -0.001, low: -0.005, high: 0.003, n: 1500 },
      },
    };
    expect(headline({ ...mini, result })).toContain(
      "as good in accuracy as the items can tell (−0.50 to +0.30 points",
    );
  });
});

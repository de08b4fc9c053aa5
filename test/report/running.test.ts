// The report's tables of variants, cost and energy: there where the record has them, nowhere else, and inert.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseRecord, type RunRecord } from "../../src/record/index.ts";
import { render } from "../../src/report/index.ts";
import { robustnessSection } from "../../src/report/robustness.ts";
import { runningTables, runningWays } from "../../src/report/running.ts";
import { expectClosedTags } from "./tags.ts";

const mini = parseRecord(
  JSON.parse(readFileSync(new URL("../../fixtures/records/mini.json", import.meta.url), "utf8")),
  "mini",
);

const measured = (value: number) => ({ value, low: value - 0.01, high: value + 0.01, n: 500 });
const versusTeacher = { value: -0.02, low: -0.04, high: 0.01, n: 500, lost: 30, gained: 20 };
const answered = (teacher: number) => ({
  teacher: measured(teacher),
  result: measured(teacher - 0.02),
  versusTeacher,
});

const full = (name = "typo", currency = "USD"): RunRecord => ({
  ...mini,
  stages: mini.stages.map((stage, i) => ({
    ...stage,
    latency: stage.latency.map((row) => ({
      ...row,
      costPerMillion: { value: 0.0221 / (i + 1), low: 0.0194 / (i + 1), high: 0.0254 / (i + 1) },
    })),
    energy: { joulesPerThousand: { value: 12.5, low: 12, high: 13 }, domains: ["package-0", name] },
  })),
  price: { perHour: 0.0832, currency },
  robustness: {
    items: 500,
    batch: 32,
    metric: { name: "accuracy", unit: "share", better: "higher" },
    plain: answered(0.93),
    variants: [
      { name, what: "One word in five has one edit", changed: 498, ...answered(0.84) },
      { name: "lower case", what: "All letters are small", changed: 0 },
    ],
  },
});

test("the record is one that can be read", () => {
  expect(parseRecord(JSON.parse(render(full(), "json")), "full")).toEqual(full());
});

test("variants have a row each; one without effect says so and has no figure", () => {
  const { line, table } = robustnessSection(full()) ?? {};
  expect(line).toMatch(/^500 test items, .* in batches of 32/);
  expect(table?.rows.map((row) => row.join(" | "))).toMatchInlineSnapshot(`
    [
      "as they are | – | 93.00 % | 92.00 to 94.00 | 91.00 % | 90.00 to 92.00 | −2.00 | −4.00 to +1.00 | 30 / 20",
      "typo | 498 | 84.00 % | 83.00 to 85.00 | 82.00 % | 81.00 to 83.00 | −2.00 | −4.00 to +1.00 | 30 / 20",
      "lower case | 0 | – | – | – | – | – | – | –",
    ]
  `);
});

test("cost has a row for each stage and batch, energy one for each stage", () => {
  const [cost, energy] = runningTables(full());
  expect(cost?.title).toBe("Cost by stage, at 0.0832 USD an hour");
  expect(cost?.head).toContain("USD for a million items");
  expect(cost?.rows).toHaveLength(mini.stages.flatMap(({ latency }) => latency).length);
  expect(cost?.rows[0]).toEqual(["teacher", "1", "0.0221", "0.0194 to 0.0254"]);
  expect(energy?.rows[0]).toEqual(["teacher", "12.5", "12.0 to 13.0", "package-0, typo"]);
  expect(energy?.rows).toHaveLength(mini.stages.length);
});

const words = [
  "Robustness",
  "no effect: the tokenizer gives the same tokens",
  "Energy by stage",
  "by this model alone",
];

describe.each(["markdown", "html"] as const)("%s", (format) => {
  test("shows all of it", () => {
    for (const word of words) expect(render(full(), format)).toContain(word);
  });

  test("shows nothing of it for a record that has none", () => {
    expect([runningTables(mini), runningWays(mini), robustnessSection(mini)]).toEqual([[], [], undefined]);
    for (const word of words) expect(render(mini, format)).not.toContain(word);
  });

  test("keeps a hostile name inert", () => {
    const hostile = "<img src=x onerror=alert(1)>|`@ada`";
    const page = render(full(hostile, hostile), format);
    expect(page).not.toContain("<img");
    if (format === "html") expectClosedTags(page);
    else expect(page).not.toContain("@ada");
  });
});

// Reports: golden outputs, hostile names, length, and what the page may load.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseRecord, type RunRecord, type Stage } from "../../src/record/index.ts";
import { type FormatName, formatNamed, render } from "../../src/report/index.ts";
import { hostile, poison } from "./poison.ts";
import { expectClosedTags, expectOwnContent } from "./tags.ts";

const load = (name: string): RunRecord =>
  parseRecord(
    JSON.parse(readFileSync(new URL(`../../fixtures/records/${name}.json`, import.meta.url), "utf8")),
    name,
  );
const mini = load("mini");

const golden: readonly (readonly [FormatName, string])[] = [
  ["markdown", "md"],
  ["html", "html"],
  ["card", "card.md"],
];
describe.each(["mini", "plain"])("%s", (name) => {
  test.each(golden)("as %s is the golden report (vitest -u writes it)", async (format, ending) => {
    await expect(render(load(name), format)).toMatchFileSnapshot(`../../fixtures/reports/${name}.${ending}`);
  });

  test("as json is read back as the same record", () => {
    expect(parseRecord(JSON.parse(render(load(name), "json")), name)).toEqual(load(name));
  });
});

test("an unknown format is refused with those that are known", () => {
  expect(() => formatNamed("pdf")).toThrow(
    expect.objectContaining({ kind: "usage", hint: "known: json, markdown, html, card" }),
  );
  expect(() => formatNamed("toString")).toThrow("toString");
});

describe("hostile names", () => {
  test.each(hostile)("%j is inert in HTML", (text) => {
    const page = render(poison(mini, text), "html");
    const known = new Set(tags(render(mini, "html")));
    expect(tags(page).filter((tag) => !known.has(tag))).toEqual([]);
    expect(page.match(/<[^>"]*\son\w+=/i)).toBeNull();
    expect(page.replaceAll("\n", "").match(/[\p{Cc}\p{Cf}]/u)).toBeNull();
    expect(attributeNames(page)).toEqual(attributeNames(render(mini, "html")));
  });

  test.each(hostile)("%j is inert in Markdown", (text) => {
    const report = render(poison(mini, text), "markdown");
    const outside = withoutFences(report).replace(/&#\d+;/g, ";");
    expect(outside.match(/<(?!\/?details>|\/?summary>)[a-z!/].*/i)).toBeNull();
    const links = outside.replace(/^<details>.*$/gm, "");
    expect(links.match(/(?<!\\)\]\(.*|@[a-z].*|#\d.*|http:\/\/.*|www\..*/i)).toBeNull();
    const cells = (line: string): number => line.replace(/\\\\/g, "").match(/(?<!\\)\|/g)?.length ?? 0;
    const widths = (of: string): number[] =>
      withoutFences(of)
        .split("\n")
        .filter((line) => line.startsWith("| "))
        .map(cells);
    expect(widths(report)).toEqual(widths(render(mini, "markdown")));
    const headings = (of: string): number => withoutFences(of).match(/^#+ /gm)?.length ?? 0;
    expect(headings(report)).toBe(headings(render(mini, "markdown")));
  });

  test.each(hostile)("%j stays a value in the card's front matter", (text) => {
    const [, front = ""] = /^---\n([\s\S]*?)\n---\n/.exec(render(poison(mini, text), "card")) ?? [];
    expect(parse(front)).toMatchObject({ license: text, base_model: text, pipeline_tag: text });
  });
});

const tags = (page: string): string[] =>
  [...page.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, name = ""]) => name);
const attributeNames = (page: string): string[] =>
  [
    ...new Set(
      [...page.matchAll(/<[a-z][^>]*>/gi)].flatMap(([tag]) =>
        [...tag.replace(/"[^"]*"/g, '""').matchAll(/\s([a-z:-]+)=/gi)].map(([, name = ""]) => name),
      ),
    ),
  ].sort();

/** Lines outside of fenced code. */
function withoutFences(text: string): string {
  let fence: string | undefined;
  return text
    .split("\n")
    .filter((line) => {
      const [, mark] = /^(`{3,})/.exec(line) ?? [];
      if (fence === undefined && mark !== undefined) fence = mark;
      else if (fence !== undefined && line === fence) fence = undefined;
      else return fence === undefined;
      return false;
    })
    .join("\n");
}

describe("HTML", () => {
  const page = render(mini, "html");

  test("loads nothing: the policy allows one style sheet and one script, by their hashes", () => {
    expectOwnContent(page);
    expect([...page.matchAll(/ href="([^"]*)"/g)].map(([, href]) => href)).toEqual(["#main"]);
  });

  test("names every chart, table and scrolling region for readers who do not see them", () => {
    const charts = page.match(/<svg role="img" aria-labelledby="[\w-]+ [\w-]+"/g) ?? [];
    expect(charts).toHaveLength(10);
    expect(page.match(/<desc id="[\w-]+-desc">[^<]+<\/desc>/g)).toHaveLength(charts.length);
    expect(page.match(/<table>/g)?.length).toBe(page.match(/<caption>[^<]+<\/caption>/g)?.length);
    expect(page.match(/<div class="scroll[^>]*role="region" aria-label="[^"]+" tabindex="0">/g)?.length).toBe(
      page.match(/class="scroll/g)?.length,
    );
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("closes what it opens", () => expectClosedTags(page));

  test("says in words what got worse", () => {
    for (const { warnings } of mini.stages)
      for (const warning of warnings) expect(page.replaceAll("\u00a0", " ")).toContain(warning);
  });
});

describe("a page stays under 1 MB, and counts what it leaves out", () => {
  const [teacher, step] = mini.stages;
  if (!teacher || !step) throw new Error("no stages");
  test.each([
    [6, "encoder.layer.0.attention"],
    [24, '"'.repeat(400)],
    [60, "\u{1f41f}".repeat(400)],
  ])("%i steps that change and refuse 400 of %j", (steps, text) => {
    const many = Array.from({ length: 400 }, () => ({ target: text, what: text, why: text }));
    const wide = { ...step, changes: many, refused: many, warnings: [text, text] };
    const recipe = { ...mini.recipe, text: `${text}\n`.repeat(5000) };
    const stages = [teacher, ...Array.from({ length: steps }, () => wide)];
    const page = render(poison({ ...mini, stages }, text), "html");
    expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
    expect(Buffer.byteLength(render({ ...mini, recipe }, "html"))).toBeLessThan(1_000_000);
    expect(page).toMatch(/and \d+ more in report\.json/);
    expectClosedTags(page);
  });
});

test("a chart of 24 steps is described to its end", () => {
  const [teacher, ...steps] = mini.stages;
  if (!teacher) throw new Error("no stages");
  const stages = Array.from({ length: 24 }, (_, i) => {
    const step = steps[i % steps.length];
    if (!step) throw new Error("no steps");
    return { ...step, name: `step ${i + 1}` };
  });
  const page = render({ ...mini, stages: [teacher, ...stages] }, "html");
  expect(page).toMatch(/<desc id="waterfall-kl-desc">[^<]*step 24 [^<]*; in all [^<]* nats\.<\/desc>/);
});

describe("where they differ", () => {
  const { differences, ...older } = mini;
  if (!differences) throw new Error("no differences");
  const [example] = differences.examples;
  if (!example) throw new Error("no examples");
  const text = "<img src=x onerror=alert(1)> | @someone [x](javascript:alert(1))\n# heading";
  const hostile: RunRecord = { ...mini, differences: { ...differences, examples: [{ ...example, text }] } };

  test.each(["markdown", "html"] as const)("%s shows classes, the worst of them and examples", (format) => {
    const page = render(mini, format).replaceAll("\\_", "_");
    expect(page).toContain("Where they differ");
    expect(page).toContain("synthetic_card_blocked");
    expect(page).toContain("synthetic: wake me in ten minutes");
    expect(page).toMatch(
      /66\.7[ \u00a0]% of 30 items right, 80\.0[ \u00a0]% by the teacher: synthetic_refund/,
    );
  });

  test.each(["markdown", "html"] as const)("%s has no such section of an older record", (format) => {
    expect(render(older, format)).not.toContain("Where they differ");
  });

  test.each(["markdown", "html"] as const)("%s leaves out tables without rows", (format) => {
    const none: RunRecord = { ...mini, differences: { ...differences, classes: [], examples: [] } };
    expect(render(none, format)).toContain("Where they differ");
    expect(render(none, format)).not.toMatch(/Most often taken for|only the teacher gets right/);
  });

  test("the text of an example is inert: shown, and nothing but text", () => {
    const page = render(hostile, "html");
    expect(page).toContain(
      "&lt;img src=x onerror=alert(1)&gt; | @someone [x](javascript:alert(1))\\n# heading",
    );
    expect(page).not.toContain("<img");
    const report = render(hostile, "markdown");
    expect(report).toContain(
      "| &lt;img src=x onerror=alert(1)&gt; \\| @&#8203;someone \\[x\\](javascript:alert(1))\\\\n\\# heading |",
    );
    expect(report).not.toMatch(/<img|^# heading/m);
  });

  test("the model card holds no text of the test data", () => {
    expect(render(mini, "card")).not.toContain("wake me");
  });

  test("Markdown stays under its limit with the longest hostile texts, and counts what it leaves out", () => {
    const long = "@".repeat(200);
    const side = { answer: long, probability: 0.5 };
    const examples = Array.from({ length: 10 }, () => ({
      ...{ text: long, label: long, teacher: side, result: side },
    }));
    const takenFor = { name: long, items: 1 };
    const classes = Array.from({ length: 10 }, () => ({
      ...{ name: long, items: 2, teacherRight: 2, right: 1, takenFor },
    }));
    const report = render({ ...mini, differences: { ...differences, classes, examples } }, "markdown");
    expect(report.length).toBeLessThan(60_000);
    expect(report.match(/and 7 more rows in report\.json/g)).toHaveLength(2);
    expect(report).toContain("Made by minnow");
  });
});

test("Markdown stays under 60,000 characters, and counts what it leaves out", () => {
  const [teacher, step] = mini.stages;
  if (!teacher || !step) throw new Error("no stages");
  const many = (count: number, text: string): Stage["refused"] =>
    Array.from({ length: count }, (_, i) => ({
      target: `encoder.layer.${i}.${text}`,
      why: `because ${text}`,
    }));
  const figure = { value: 0.001234, low: 0.0005, high: 0.0023, n: 256 };
  const difference = { ...figure, lost: 3, gained: 2 };
  const wide = (stages: number, rows: number, text: string): RunRecord => ({
    ...mini,
    recipe: { ...mini.recipe, text: `# ${text}\n`.repeat(500) },
    stages: [
      teacher,
      ...Array.from(
        { length: stages },
        (_, i): Stage => ({
          ...step,
          name: `step ${i}`,
          refused: many(rows, text),
          warnings: [text, text],
          sensitivity: {
            against: text,
            items: 256,
            distance: { name: "kl", unit: "nats", better: "lower" },
            metric: { name: "accuracy", unit: "share", better: "higher" },
            parts: many(32, text).map(({ target }) => ({ target, changes: 1, distance: figure, difference })),
          },
          changes: many(rows, text).map(({ target, why }) => ({ target, what: why })),
        }),
      ),
    ],
  });
  for (const record of [wide(3, 1000, "reason"), wide(80, 300, "reason"), wide(400, 40, "|*<".repeat(60))]) {
    const text = render(record, "markdown");
    expect(text.length).toBeLessThan(60_000);
    expect(text).toMatch(/and \d+ more/);
  }
});

// The files of a gate: build servers read them, and no text of a report can become markup in them.
import { describe, expect, it } from "vitest";
import { type GateResult, type GateRow, gateFormats } from "../../src/gate/index.ts";

const row = (verdict: GateRow["verdict"], failed: boolean, more: Partial<GateRow> = {}): GateRow => ({
  text: `bytes <= ${verdict}`,
  quantity: "bytes",
  stage: "distill",
  verdict,
  failed,
  value: 1,
  interval: null,
  bound: 2,
  items: null,
  moreItems: null,
  shown: { value: "1 B", interval: "exact", bound: "at most 2 B" },
  words: `because ${verdict}`,
  ...more,
});

const result = (requirements: readonly GateRow[]): GateResult => ({
  schema: "minnow.gate/1",
  report: "out/report.json",
  name: "mini",
  baseline: null,
  inconclusive: "pass",
  passed: requirements.every(({ failed }) => !failed),
  requirements,
});

const three = result([row("pass", false), row("inconclusive", false), row("fail", true)]);

/** Markup of all three formats, line ends, control characters, half a surrogate pair. */
const nasty =
  "a & <b> \"c\" 'd' ]]> --> | `e` **f** [g](http://h) @team #1 www.x.y\r\n::error::100%,:\u0000\u001b[31m\ud800\uffff\u202e";
const hostile = result([row("fail", true, { text: nasty, words: nasty })]);

describe("junit", () => {
  it("has a case for each requirement: failures, and skipped for what cannot be told", () => {
    expect(gateFormats.junit(three)).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="minnow gate" tests="3" failures="1" errors="0" skipped="1">
        <testsuite name="out/report.json" tests="3" failures="1" errors="0" skipped="1">
          <testcase classname="minnow.gate" name="bytes &lt;= pass"/>
          <testcase classname="minnow.gate" name="bytes &lt;= inconclusive">
            <skipped message="because inconclusive"/>
          </testcase>
          <testcase classname="minnow.gate" name="bytes &lt;= fail">
            <failure type="fail" message="because fail">because fail</failure>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `);
    const strict = result([row("inconclusive", true)]);
    expect(gateFormats.junit(strict)).toContain('failures="1" errors="0" skipped="0"');
    expect(gateFormats.junit(strict)).toContain('<failure type="inconclusive" ');
  });

  it("is XML whatever the texts are", () => {
    const text = gateFormats.junit({ ...hostile, report: nasty });
    expect(text).toContain("a &amp; &lt;b&gt; &quot;c&quot; &apos;d&apos; ]]&gt; --&gt;");
    expect(text).toContain("&#13;&#10;::error");
    expect(text).not.toMatch(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
    const tags = text.replace(/<\?xml[^>]*\?>/, "").match(/<[^>]*>/g) ?? [];
    expect(tags.map((tag) => /^<\/?\w+/.exec(tag)?.[0])).toEqual([
      ...["<testsuites", "<testsuite", "<testcase", "<failure", "</failure", "</testcase"],
      ...["</testsuite", "</testsuites"],
    ]);
  });
});

describe("annotations", () => {
  it("are errors, warnings and notices", () => {
    expect(gateFormats.annotations(three)).toMatchInlineSnapshot(`
      "::notice title=minnow gate%3A bytes <= pass::because pass
      ::warning title=minnow gate%3A bytes <= inconclusive::because inconclusive
      ::error title=minnow gate%3A bytes <= fail::because fail
      "
    `);
  });

  it("are one command for each requirement whatever the texts are", () => {
    const text = gateFormats.annotations(hostile);
    expect(text.match(/[\r\n]/g)).toEqual(["\n"]);
    const [, title, message] = /^::error title=([^:,]*)::(.*)\n$/s.exec(text) ?? [];
    expect(title).toContain("#1 www.x.y%0D%0A%3A%3Aerror%3A%3A100%25%2C%3A");
    expect(message).toContain("#1 www.x.y%0D%0A::error::100%25,:");
  });
});

describe("markdown", () => {
  it("is a table, what failed first", () => {
    expect(gateFormats.markdown(three)).toMatchInlineSnapshot(`
      "## minnow gate: failed

      mini, out/report.json

      | requirement | verdict | value | 95 % interval | bound | why |
      | --- | --- | ---: | ---: | ---: | --- |
      | bytes &#60;= fail | **fail** | 1 B | exact | at most 2 B | because fail |
      | bytes &#60;= pass | pass | 1 B | exact | at most 2 B | because pass |
      | bytes &#60;= inconclusive | inconclusive | 1 B | exact | at most 2 B | because inconclusive |
      "
    `);
  });

  it("has no markup but its own", () => {
    const text = gateFormats.markdown({ ...hostile, name: nasty, report: nasty });
    expect(text.split("\n")).toHaveLength(8);
    expect(text.split("\n").at(-2)?.split("|")).toHaveLength(8);
    const told = text.replaceAll("**fail**", "").replace(/&#\d+;/g, "");
    expect(told).not.toMatch(/[<>`*[\]@\\]|:\/\/|www\.|[\p{Cc}\p{Cf}\p{Cs}](?<!\n)/u);
    expect(text).toContain("&#64;&#8203;team &#35;&#8203;1");
  });

  it("has at most 60,000 characters, and counts what it leaves out", () => {
    const many = Array.from({ length: 2000 }, (_, i) =>
      row("pass", false, { text: `${nasty}${i}`, words: nasty }),
    );
    const text = gateFormats.markdown(result([...many, row("fail", true)]));
    expect(text.length).toBeLessThanOrEqual(60_000);
    expect(text.length).toBeGreaterThan(50_000);
    expect(text).toContain("**fail**");
    const rows = text.split("\n").filter((line) => line.startsWith("| ")).length - 2;
    expect(text).toContain(`... and ${2001 - rows} more`);
    const long = row("fail", true, { text: "<".repeat(1e6), words: "<".repeat(1e6) });
    expect(gateFormats.markdown(result(Array(100).fill(long))).length).toBeLessThanOrEqual(60_000);
  });
});

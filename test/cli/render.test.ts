// Renderers: plain lines without escape codes off a terminal, NDJSON, and bars that draw seldom and give the cursor back.
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/base/index.ts";
import type { Globals } from "../../src/cli/define.ts";
import { openRenderer } from "../../src/cli/render/index.ts";
import { paceKeeper } from "../../src/cli/render/pace.ts";
import { isLive, paints } from "../../src/cli/render/paint.ts";
import { table } from "../../src/cli/render/table.ts";
import { fakeIo } from "./world.ts";

const globals: Globals = {
  json: false,
  quiet: false,
  debug: false,
  color: true,
  progress: "auto",
  threads: undefined,
};
const escapeCode = "\u001b";

/** A step of 1,000 units in 10 seconds, then a warning with a control character, as events with their times in milliseconds. */
const events: readonly (readonly [number, RunEvent])[] = [
  [0, { kind: "start", id: "distill", title: "distill" }],
  ...Array.from({ length: 1000 }, (_, i): readonly [number, RunEvent] => [
    10 * (i + 1),
    { kind: "progress", id: "distill", done: i + 1, total: 1000, unit: "steps", loss: 2 / (i + 1) },
  ]),
  [10_001, { kind: "done", id: "distill", seconds: 10, summary: "5 MB" }],
  [10_002, { kind: "done", id: "prune", seconds: 0, cached: true }],
  [10_003, { kind: "note", level: "warning", message: `slower${escapeCode}[2J\nthan before` }],
];

async function render(change: Partial<Globals>, options: Parameters<typeof fakeIo>[0] = {}): Promise<string> {
  let now = 0;
  const fake = fakeIo({ ...options, now: () => now });
  const renderer = await openRenderer(fake.io, { ...globals, ...change });
  renderer.begin?.("minnow compress");
  for (const [time, event] of events) {
    now = time;
    renderer.emit(event);
  }
  renderer.close();
  renderer.close();
  expect(fake.out()).toBe("");
  return fake.err();
}

const plain = [
  "start step=distill",
  "progress step=distill done=500 total=1000 unit=steps rate=100.0 loss=0.004000 left=5",
  "progress step=distill done=1000 total=1000 unit=steps rate=100.0 loss=0.002000 left=0",
  'done step=distill seconds=10.0 summary="5 MB"',
  "done step=prune seconds=0.0 cached=true",
  'warning message="slower\\\\x1b[2J\\\\nthan before"',
  "",
].join("\n");

describe("off a terminal", () => {
  it.each([
    ["auto", {}],
    ["plain", { tty: true }],
    ["auto", { tty: true, env: { TERM: "dumb" } }],
  ] as const)("%s %j: fixed keys, a line every few seconds", async (progress, options) => {
    expect(await render({ progress }, options)).toBe(plain);
  });

  it("has no carriage return and no escape code", () => {
    expect(plain).not.toMatch(/\r/);
    expect(plain).not.toContain(escapeCode);
  });

  it("is silent with --quiet and with --progress none", async () => {
    expect(await render({ quiet: true })).toBe("");
    expect(await render({ progress: "none" }, { tty: true })).toBe("");
  });
});

describe("--progress json", () => {
  it("gives every event as a line, with its time", async () => {
    const lines = (await render({ progress: "json" }, { tty: true }))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(events.length);
    expect(lines).toEqual(events.map(([ms, event]) => ({ schema: "minnow.event/1", ms, ...event })));
  });
});

describe("on a terminal", () => {
  it("shows a sign of life at once, loss, rate and time left, and the finished lines at the end", async () => {
    const text = await render({}, { tty: true, env: { TERM: "xterm" } });
    expect(text.indexOf("minnow compress")).toBeLessThan(text.indexOf("distill"));
    expect(text).toMatch(
      /distill +\S* \[#{12}-{12}\] 5\d\d\/1000 steps {2}100\.0\/s {2}loss 0\.00\d+ {2}[45]\.\d s left/,
    );
    expect(text).toMatch(/distill +\S* \S*done\S* {2}10 s {2}5 MB/);
    expect(text).toMatch(/prune +\S* \S*done\S* {2}cached/);
    expect(text).toContain("slower\\x1b[2J\\nthan before");
  });

  it("draws at most ten times a second, and gives the cursor and the wrapping back", async () => {
    const text = await render({}, { tty: true });
    const draws = text.split("steps").length - 1;
    expect(draws).toBeGreaterThan(50);
    expect(draws).toBeLessThanOrEqual(102);
    const last = (codes: readonly string[]): string | undefined =>
      codes
        .toSorted((a, b) => text.lastIndexOf(`${escapeCode}[?${a}`) - text.lastIndexOf(`${escapeCode}[?${b}`))
        .at(-1);
    expect(last(["25l", "25h"])).toBe("25h");
    expect(last(["7l", "7h"])).toBe("7h");
  });

  it.each([{ NO_COLOR: "1" }, { color: false }])("has no colour with %j", async (how) => {
    const text = await render("color" in how ? how : {}, { tty: true, env: "color" in how ? {} : how });
    expect(text).not.toMatch(new RegExp(`${escapeCode}\\[\\d+m`));
    expect(text).toContain("distill");
  });
});

describe("colour", () => {
  const tty = { isTTY: true };
  it("is for terminals that want it", () => {
    expect(paints(tty, {}, true).red("a")).toBe(`${escapeCode}[31ma${escapeCode}[39m`);
    for (const [stream, env, wanted] of [
      [{}, {}, true],
      [tty, { NO_COLOR: "1" }, true],
      [tty, { TERM: "dumb" }, true],
      [tty, {}, false],
    ] as const) {
      expect(paints(stream, env, wanted).red("a")).toBe("a");
    }
    expect(isLive(tty, { NO_COLOR: "1" })).toBe(true);
  });
});

describe("pace", () => {
  it("follows the last seconds, not the slow start", () => {
    const pace = paceKeeper();
    expect(pace(0, 0, 1000)).toEqual({ rate: undefined, left: undefined });
    pace(60_000, 10, 1000);
    for (let i = 1; i <= 20; i++) pace(60_000 + 1000 * i, 10 + 10 * i, 1000);
    const { rate, left } = pace(81_000, 220, 1000);
    expect(rate).toBeCloseTo(10, 1);
    expect(left).toBeCloseTo(78, 0);
  });

  it("starts again when the work does", () => {
    const pace = paceKeeper();
    pace(0, 0, 100);
    pace(1000, 100, 100);
    expect(pace(2000, 0, 100).rate).toBeUndefined();
    expect(pace(3000, 10, 100)).toEqual({ rate: 10, left: 9 });
  });
});

describe("table", () => {
  it("sets figures to the right and leaves no space at the end", () => {
    expect(
      table(
        ["a", "n"],
        [
          ["x", "1"],
          ["long", "-12.5"],
          ["y", ""],
        ],
      ),
    ).toBe("a         n\nx         1\nlong  -12.5\ny\n");
  });
});

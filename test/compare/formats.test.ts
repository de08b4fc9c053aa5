// The files of a comparison: golden text, hostile names, what the page may load, and its charts.
import { describe, expect, test } from "vitest";
import { type Comparison, compareFormats, compareRuns } from "../../src/compare/index.ts";
import { costAxis } from "../../src/compare/scatter.ts";
import { expectClosedTags, expectOwnContent } from "../report/tags.ts";
import { madeRun } from "./runs.ts";

const write = (comparison: Comparison, file: string): string => {
  const render = compareFormats[file];
  if (!render) throw new Error(`no ${file}`);
  return render(comparison).replace(/Made by minnow \d+\.\d+\.\d+/, "Made by minnow VERSION");
};

const three = compareRuns([
  madeRun({ name: "small", link: "../small/report.html" }),
  madeRun({ name: "tiny", accuracy: 0.895, bytes: 1_000_000, p50Ms: 0.5, link: "../tiny/report.html" }),
  madeRun({ name: "odd", accuracy: 0.918, bytes: 6_000_000, p50Ms: 3, link: "../odd/report.html" }),
]);

describe("Markdown", () => {
  test("is a table, where each stands, and how to read it", () => {
    expect(write(three, "compare.md")).toMatchInlineSnapshot(`
      "# 3 runs compared

      | Model | Accuracy | 95 % interval | Agreement | File | gzip | p50, batch 1 | Speed-up | 95 % interval | Run took | Pareto set |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | small | 92.00 % | 91.00 to 93.00 | 95.00 % | 5.00 MB | 4.50 MB | 1.00 ms | 8.00× | 7.50 to 8.50 | 6 min 53 s | bytes, latency |
      | tiny | 89.50 % | 88.50 to 90.50 | 95.00 % | 1.00 MB | 900 kB | 0.500 ms | 8.00× | 7.50 to 8.50 | 6 min 53 s | bytes, latency |
      | odd | 91.80 % | 90.80 to 92.80 | 95.00 % | 6.00 MB | 5.40 MB | 3.00 ms | 8.00× | 7.50 to 8.50 | 6 min 53 s | – |
      | t1 (teacher) | 96.00 % | 95.00 to 97.00 | – | 91.2 MB | 82.1 MB | 8.00 ms | – | – | – | bytes, latency |

      ## Where each stands

      - **odd**, by bytes: dominated, but a tie: its accuracy is within the interval of small, which has fewer bytes
      - **odd**, by latency: dominated, but a tie: its accuracy is within the interval of small, which is faster

      ## How to read it

      - **Pareto set.** A model is in it unless another is at least as good in the task's metric and as cheap (in bytes, or in median time), and better in one of the two. Estimates are compared as they are.
      - **Tie.** Two figures of the task's metric whose 95 % intervals overlap: each is said to be within the interval of the other. A dominated model whose metric is a tie with all that dominate it is called a tie. The paired difference in a run's own report is sharper: it can tell a result from its teacher where the two tie here.
      - **Latency.** Medians of different runs were not measured in turns; differences of a few percent are noise. The speed-up of each run over its own teacher was.

      Made by minnow VERSION.
      "
    `);
  });

  test("stays under 60,000 characters, and counts what it leaves out", () => {
    const many = Array.from({ length: 400 }, (_, i) =>
      madeRun({
        name: `${"|*<".repeat(50)} ${i}`,
        accuracy: 0.5 + i / 1000,
        bytes: 1000 + ((i * 7919) % 400),
      }),
    );
    const text = write(compareRuns(many), "compare.md");
    expect(text.length).toBeLessThan(60_000);
    expect(text).toMatch(/and \d+ more rows in compare\.json/);
  });
});

test("compare.json is the document", () => {
  expect(JSON.parse(compareFormats["compare.json"]?.(three) ?? "")).toEqual(three);
  expect(three.schema).toBe("minnow.compare/2");
});

describe("HTML", () => {
  const page = write(three, "compare.html");

  test("loads nothing, and its links are those of the runs", () => {
    expectOwnContent(page);
    const links = new Set([...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href));
    expect([...links]).toEqual([
      "#main",
      "../small/report.html",
      "../tiny/report.html",
      "../odd/report.html",
    ]);
  });

  test("has two charts with a text alternative, intervals, and every point as a link", () => {
    expect(page.match(/<svg role="group" aria-labelledby="([\w-]+) ([\w-]+)"/g)).toHaveLength(2);
    for (const [, title = "", words = ""] of page.matchAll(
      /aria-labelledby="([\w-]+-title) ([\w-]+-desc)"/g,
    )) {
      expect(page).toMatch(new RegExp(`<title id="${title}">[^<]+</title>`));
      expect(page).toMatch(new RegExp(`<desc id="${words}">[^<]+</desc>`));
    }
    expect(page.match(/<a href="[^"]+" aria-label="report of [^"]+">/g)).toHaveLength(8);
    expect(page.match(/class="dot best"/g)).toHaveLength(6);
    expect(page.match(/class="dot rest"/g)).toHaveLength(2);
    expect(page.match(/<line class="front"/g)).toHaveLength(4);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("draws what is better further up or further left, and an interval around its point", () => {
    const plot = page.slice(page.indexOf('id="by-bytes-title"'), page.indexOf('id="by-latency"'));
    const places = [...plot.matchAll(/<svg x="([\d.]+)%" class="dot/g)].map(([, x]) => Number(x));
    const [small = 0, tiny = 0, odd = 0, teacher = 0] = places;
    expect(tiny < small && small < odd && odd < teacher).toBe(true);
    const whiskers = [...plot.matchAll(/<line class="whisker" y1="([\d.]+)" y2="([\d.]+)"\/>/g)].map(
      ([, low, high]) => [Number(low), Number(high)] as const,
    );
    const middles = [...plot.matchAll(/<circle class="body" r="10" cy="([\d.]+)"/g)].map(([, y]) =>
      Number(y),
    );
    expect(whiskers).toHaveLength(places.length);
    for (const [i, y] of middles.entries()) {
      const [low, high] = whiskers[i] ?? [0, 0];
      expect(low > y && y > high).toBe(true);
    }
    expect((middles[0] ?? 0) < (middles[1] ?? 0)).toBe(true);
  });

  test("draws results that lie close together once more without their far teacher", () => {
    const near = [4_900_000, 5_000_000, 5_100_000].map((bytes, i) => madeRun({ name: `r${i}`, bytes }));
    const titles = (runs: typeof near): readonly (string | undefined)[] =>
      [...write(compareRuns(runs), "compare.html").matchAll(/<h3 id="[\w-]+">([^<]+)/g)].map(
        ([, title]) => title,
      );
    const all = ["Accuracy against bytes", "Accuracy against time for one item"];
    const alone = all.flatMap((title) => [title, `${title}, results alone`]);
    expect(titles(near)).toEqual(alone);
    expect(titles(near.slice(0, 1))).toEqual(all);
    expect(titles([...near, madeRun({ name: "tiny", bytes: 100_000, p50Ms: 7 })])).toEqual(all);
  });

  test("closes what it opens", () => expectClosedTags(page));

  test("says so where nothing was scored", () => {
    const bare = write(compareRuns([madeRun({ data: null })]), "compare.html");
    expect(bare).toContain("nothing to draw");
    expect(bare).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe("hostile names", () => {
  const hostile = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "</title></style></svg></figure><iframe src=//evil>",
    "`code` | cell\n| --- |\n# heading",
    "[link](javascript:alert(1)) ![x](http://evil/x.png)",
    "@someone #12 http://evil.example www.evil.example",
    "\u202egnp.exe\u0000\u001b[31m",
  ];
  /** The same three runs with another data set and machine, so that all notes are there; all texts replaced. */
  const compared = (text: string): Comparison =>
    compareRuns(
      [
        madeRun({ name: text, folder: "a", link: "report.html" }),
        madeRun({ name: text, folder: text, accuracy: 0.9, bytes: 9e6, p50Ms: 9, data: text }),
        madeRun({ name: `${text}.`, folder: "c", cpu: text, teacher: text, accuracy: 0.5 }),
      ],
      { acrossData: true },
    );
  const plain = compared("plain");
  const tags = (page: string): readonly string[] =>
    [...page.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, name = ""]) => name);

  test.each(hostile)("%j is inert in HTML", (text) => {
    const page = write(compared(text), "compare.html");
    expect(tags(page)).toEqual(tags(write(plain, "compare.html")));
    expect(page.match(/<[^>"]*\son\w+=/i)).toBeNull();
    expect(page.replaceAll("\n", "").match(/[\p{Cc}\p{Cf}]/u)).toBeNull();
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(new Set(links)).toEqual(new Set(["#main", "report.html"]));
  });

  test.each(hostile)("%j is inert in Markdown", (text) => {
    const report = write(compared(text), "compare.md");
    const outside = report.replace(/&#\d+;/g, ";");
    expect(outside.match(/<[a-z!/].*/i)).toBeNull();
    expect(outside.match(/(?<!\\)\]\(.*|@[a-z].*|#\d.*|http:\/\/.*|www\..*/i)).toBeNull();
    const shape = (of: string): readonly number[] =>
      of
        .split("\n")
        .filter((line) => line.startsWith("| "))
        .map((line) => line.replace(/\\\\/g, "").match(/(?<!\\)\|/g)?.length ?? 0);
    expect(shape(report)).toEqual(shape(write(plain, "compare.md")));
    expect(report.match(/^#+ /gm)).toHaveLength(3);
  });
});

describe("the axis of costs", () => {
  test("is linear within a factor of ten, and logarithmic beyond", () => {
    expect(costAxis([1e6, 5e6]).logarithmic).toBe(false);
    expect(costAxis([1e6, 91e6]).logarithmic).toBe(true);
    expect(costAxis([1e6, 91e6]).ticks).toEqual([1e6, 1e7, 1e8]);
    expect(costAxis([1e6, 12e6]).ticks).toEqual([1e6, 2e6, 5e6, 1e7]);
  });

  test.each([[[0]], [[5, 5]], [[0, 1e9]], [[1, 11]], [[1e-9, 1e9]]])(
    "%j lies within the picture",
    (costs) => {
      const { at, ticks } = costAxis(costs);
      for (const cost of [...costs, ...ticks]) {
        expect(at(cost)).toBeGreaterThanOrEqual(0);
        expect(at(cost)).toBeLessThanOrEqual(100);
      }
      expect(ticks.length).toBeLessThan(20);
    },
  );
});

// The report and the comparison in a real Chromium: offline, silent, inert, sortable, readable, printable.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostile } from "../report/poison.ts";
import { findChromium, launch, look, type Opened, type View } from "./chromium.ts";
import { comparison, hostilePages, mini, pages } from "./pages.ts";

const executable = findChromium();
const title = executable
  ? "pages in Chromium"
  : "pages in Chromium: none is on PATH, and MINNOW_CHROMIUM names none";

describe.skipIf(executable === undefined)(title, { timeout: 60_000 }, () => {
  let browser: Browser;
  let canary: Server;
  const knocks: string[] = [];
  let address = "";
  const folder = mkdtempSync(join(tmpdir(), "minnow-pages-"));
  const file = join(folder, "page.html");

  beforeAll(async () => {
    browser = await launch(executable ?? "");
    canary = createServer((request, response) => {
      knocks.push(request.url ?? "");
      response.end();
    });
    await new Promise<void>((done) => canary.listen(0, "127.0.0.1", done));
    const bound = canary.address();
    address = typeof bound === "object" && bound ? `http://127.0.0.1:${bound.port}` : "";
  });
  afterAll(async () => {
    await browser?.close();
    await new Promise((done) => canary.close(done));
    rmSync(folder, { recursive: true });
  });

  const open = <T>(text: string, view: View, use: (opened: Opened) => Promise<T>): Promise<T> => {
    writeFileSync(file, text);
    return look(browser, file, view, use);
  };
  const alone = [pathToFileURL(file).href];

  describe.each(Object.entries(pages))("%s", (_, text) => {
    test("is under 1 MB, asks for nothing but itself, and says nothing", async () => {
      expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
      await open(text, {}, async ({ page, requests, noise }) => {
        await page.waitForLoadState("networkidle");
        for (const summary of await page.locator("summary").all()) await summary.click();
        expect(requests).toEqual(alone);
        expect(noise).toEqual([]);
      });
    });

    test("has names, captions, landmarks and headings in order, and nothing that moves", async () => {
      await open(text, {}, async ({ page }) => {
        expect(await page.evaluate("inside.faults()")).toEqual([]);
        expect(await page.evaluate("inside.moving()")).toBe(0);
      });
    });

    test.each([
      [1280, "light"],
      [1280, "dark"],
      [320, "light"],
      [320, "dark"],
    ] as const)(
      "at %i pixels, %s: enough contrast, and only regions scroll sideways",
      async (width, scheme) => {
        await open(text, { width, scheme }, async ({ page }) => {
          await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
          const { seen, faint } = await page.evaluate<{ seen: number; faint: string[] }>("inside.faint()");
          expect(faint).toEqual([]);
          expect(seen).toBeGreaterThan(30);
          expect(await page.evaluate("inside.beyond()")).toBe(0);
        });
      },
    );

    test("is whole without its script", async () => {
      const words = (script: boolean) =>
        open(text, { script }, async ({ page }) => ({
          buttons: await page.locator("button").count(),
          words: await page.evaluate<string>("document.body.innerText"),
        }));
      const [scripted, without] = [await words(true), await words(false)];
      expect(without).toEqual({ buttons: 0, words: scripted.words });
    });
  });

  test("charts tell a screen reader their figures", async () => {
    await open(pages["report"] ?? "", {}, async ({ page }) => {
      const pictures = await spoken(page);
      for (const { name, metrics } of mini.stages) {
        expect(pictures.find((words) => words.startsWith("Accuracy by stage"))).toContain(
          `${name} ${(100 * (metrics.accuracy?.value ?? 0)).toFixed(2)} %`,
        );
        expect(pictures.find((words) => words.startsWith("Size of the file"))).toContain(`${name} `);
      }
      for (const figure of ["accuracy, in points", "KL, in nats", "the file", "the median time, in ms"]) {
        const chart = pictures.find((words) => words.startsWith(`What each step did to ${figure}`));
        expect(chart).toMatch(/A waterfall from the teacher: distill [−+][\d.]+.*; in all [−+]/);
      }
      expect(pictures.every((words) => words.length > 20)).toBe(true);
    });
    await open(comparison, {}, async ({ page }) => {
      for (const name of ["small", "tiny", "odd"])
        expect(await page.getByRole("link", { name: `report of ${name}: ` }).count()).toBe(2);
      expect(await page.getByRole("group", { name: /In the Pareto set: tiny, 89\.50/ }).count()).toBe(2);
    });
  });

  describe("tables are sorted", () => {
    const names = (page: Page) => page.locator("table").first().locator("tbody th").allInnerTexts();
    const before = ["small", "tiny", "odd", "t1 (teacher)"];
    const byBytes = ["tiny", "small", "odd", "t1 (teacher)"];

    test("by mouse: up, down, and back, as numbers of bytes", async () => {
      await open(comparison, {}, async ({ page }) => {
        const head = page.getByRole("columnheader", { name: "File" });
        const button = head.getByRole("button");
        expect(await names(page)).toEqual(before);
        for (const [way, order] of [
          ["ascending", byBytes],
          ["descending", byBytes.toReversed()],
          [null, before],
        ] as const) {
          await button.click();
          expect(await head.getAttribute("aria-sort")).toBe(way);
          expect(await names(page)).toEqual(order);
        }
      });
    });

    test("by keyboard, with Enter and with the space bar", async () => {
      await open(comparison, {}, async ({ page }) => {
        const button = page.getByRole("columnheader", { name: "File" }).getByRole("button");
        await button.focus();
        await page.keyboard.press("Enter");
        expect(await names(page)).toEqual(byBytes);
        await page.keyboard.press("Space");
        expect(await names(page)).toEqual(byBytes.toReversed());
        expect(await page.evaluate("inside.focused()")).toMatchObject({
          name: "button",
          words: "File",
          ring: true,
        });
      });
    });

    test("by one column at a time; equal rows keep their order, and what is absent comes last", async () => {
      await open(comparison, {}, async ({ page }) => {
        const sort = (name: string) =>
          page.getByRole("columnheader", { name, exact: true }).getByRole("button").click();
        await sort("Agreement");
        expect(await names(page)).toEqual(before);
        await sort("Agreement");
        expect(await names(page)).toEqual(before);
        await sort("Model");
        expect(await names(page)).toEqual(["odd", "small", "t1 (teacher)", "tiny"]);
        expect(await page.locator("[aria-sort]").count()).toBe(1);
      });
    });

    test("with words that hold numbers in the order of the numbers", async () => {
      await open(pages["large report"] ?? "", {}, async ({ page }) => {
        const table = page.getByRole("table", { name: "Quality by stage" });
        const head = table.getByRole("columnheader", { name: "Stage" }).getByRole("button");
        await head.click();
        const order = await table.locator("tbody th").allInnerTexts();
        expect(order.indexOf("distill 6")).toBeLessThan(order.indexOf("distill 11"));
        expect(order).toHaveLength(25);
      });
    });
  });

  test("the tab key goes through a page from top to bottom, with a ring around each place", async () => {
    await open(comparison, {}, async ({ page }) => {
      type Place = { place: number; name: string; words: string; ring: boolean };
      const places: Place[] = [];
      for (;;) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate<Place | null>("inside.focused()");
        if (!at || at.place === places[0]?.place) break;
        places.push(at);
      }
      expect(places[0]).toMatchObject({ name: "a", words: "Skip to the figures" });
      expect(places.map(({ place }) => place)).toEqual(
        places.map(({ place }) => place).toSorted((a, b) => a - b),
      );
      expect(places.filter(({ ring }) => !ring)).toEqual([]);
      expect(places.filter(({ name }) => name === "button")).toHaveLength(12);
    });
    await open(comparison, {}, async ({ page }) => {
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      expect(await page.evaluate("inside.focused()")).toMatchObject({ name: "main" });
    });
  });

  describe("on paper", () => {
    test.each(["report", "comparison"])("the %s has no buttons and no table that is cut", async (name) => {
      // A4 between its margins, 182 mm
      await open(pages[name] ?? "", { width: 688, scheme: "dark" }, async ({ page }) => {
        await page.emulateMedia({ media: "print" });
        expect(await page.evaluate("inside.beyond()")).toBe(0);
        const cut = `[...document.querySelectorAll(".scroll")].filter((region) =>
          getComputedStyle(region).overflowX !== "visible" || region.scrollWidth > region.clientWidth).length`;
        expect(await page.evaluate(cut)).toBe(0);
        const marks = `[...document.querySelectorAll("thead button")].filter((button) =>
          getComputedStyle(button, "::after").content !== "none").length`;
        await page.locator("thead button").first().click();
        expect(await page.evaluate(marks)).toBe(0);
        expect(await page.locator(".skip").isVisible()).toBe(false);
        expect((await page.evaluate<{ faint: string[] }>("inside.faint()")).faint).toEqual([]);
      });
    });

    test("what is folded is printed, with the script and without it, and folded again", async () => {
      await open(pages["report"] ?? "", { script: false }, async ({ page }) => {
        const change = page.locator("details td").first();
        expect(await change.isVisible()).toBe(false);
        await page.emulateMedia({ media: "print" });
        expect(await change.isVisible()).toBe(true);
      });
      await open(pages["report"] ?? "", {}, async ({ page, noise }) => {
        await page.locator("summary").nth(1).click();
        await page.evaluate(`addEventListener("beforeprint", () => {
          document.body.dataset.open = document.querySelectorAll("details[open]").length; })`);
        expect((await page.pdf({ format: "A4" })).subarray(0, 5).toString()).toBe("%PDF-");
        expect(await page.locator("body").getAttribute("data-open")).toBe(String(mini.stages.length));
        expect(await page.locator("details[open]").count()).toBe(1);
        expect(noise).toEqual([]);
      });
    });
  });

  describe("hostile names", () => {
    test.each([...hostile, "CANARY"])("%j is inert", async (given) => {
      const text =
        given === "CANARY" ? `"><img src="${address}/img"><link rel=stylesheet href=${address}/css>` : given;
      for (const written of hostilePages(text)) {
        await open(written, {}, async ({ page, requests, noise }) => {
          await page.evaluate(
            "for (const each of document.querySelectorAll('thead button, summary')) each.click()",
          );
          await page.mouse.move(200, 200);
          await page.waitForLoadState("networkidle");
          expect(requests).toEqual(alone);
          expect(noise).toEqual([]);
          expect(await page.locator("img, iframe, object, embed, link, script, style").count()).toBe(2);
          const links = `[...document.links].map((link) => link.getAttribute("href"))`;
          const targets = await page.evaluate<string[]>(links);
          expect(targets.filter((target) => !["#main", "report.html"].includes(target))).toEqual([]);
          expect(await page.locator("body").textContent()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
          expect(await page.evaluate("inside.faults()")).toEqual([]);
          expect(await page.evaluate("inside.beyond()")).toBe(0);
        });
      }
      expect(knocks).toEqual([]);
    });

    test("the policy stops a script, a style, a picture and a form that are let in all the same", async () => {
      const bad = `<script>alert(1)</script><img src="${address}/img" onerror="alert(2)">
<style>@import "${address}/css"; h1 { color: red }</style><iframe src="${address}/frame"></iframe>
<form action="${address}/form"><button id="send">send</button></form>`;
      const send = "document.querySelector('#send').click()";
      await open(`<!doctype html>${bad}`, {}, async ({ page, noise }) => {
        await expect.poll(() => knocks.toSorted()).toEqual(["/css", "/frame", "/img"]);
        await page.evaluate(send);
        await expect.poll(() => knocks).toContain("/form?");
        expect(noise).toContain("dialog: 1");
      });
      knocks.length = 0;
      await open(comparison.replace("<main", `${bad}<main`), {}, async ({ page, noise }) => {
        await page.evaluate(send);
        for (const directive of ["script-src", "style-src", "default-src", "form-action"])
          await expect.poll(() => noise.join("\n")).toMatch(new RegExp(`directive:? ["']${directive}`));
        expect(noise.filter((words) => words.startsWith("dialog"))).toEqual([]);
        expect(page.url()).toBe(alone[0]);
      });
      expect(knocks).toEqual([]);
    });
  });
});

interface Told {
  readonly role?: { readonly value?: string };
  readonly name?: { readonly value?: string };
  readonly ignored: boolean;
}

/** The names of all pictures in Chromium's own accessibility tree. */
async function spoken(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = (await session.send("Accessibility.getFullAXTree")) as { nodes: readonly Told[] };
  return nodes
    .filter(({ ignored, role }) => !ignored && role?.value === "image")
    .map(({ name }) => (name?.value ?? "").replaceAll("\u00a0", " "));
}

// A Chromium for tests of pages: where it is, and a page in it that writes down all that it does.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

const runs = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** What MINNOW_CHROMIUM names, or the first Chromium on PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const named = process.env["MINNOW_CHROMIUM"];
  if (named) return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(runs);
}

/** Without a sandbox only for root, for whom Chromium has none. */
export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });

/** How a page is looked at. */
export interface View {
  readonly width?: number;
  readonly scheme?: "light" | "dark";
  readonly script?: boolean;
}

/** A file that is open in a tab of its own, and what it did. */
export interface Opened {
  readonly page: Page;
  /** Addresses of all requests. */
  readonly requests: readonly string[];
  /** Messages of the console, errors that nothing caught, dialogs, new windows. */
  readonly noise: readonly string[];
}

const inside = new URL("./inside.js", import.meta.url);

/** Opens the file, gives it to `use`, and closes it again. */
export async function look<T>(
  browser: Browser,
  file: string,
  { width = 1280, scheme = "light", script = true }: View,
  use: (opened: Opened) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    javaScriptEnabled: script,
  });
  try {
    await context.addInitScript({ path: inside.pathname });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const requests: string[] = [];
    const noise: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => noise.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => noise.push(`error: ${error.message}`));
    page.on("popup", (popup) => noise.push(`window: ${popup.url()}`));
    page.on("dialog", (dialog) => {
      noise.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(pathToFileURL(file).href);
    return await use({ page, requests, noise });
  } finally {
    await context.close();
  }
}

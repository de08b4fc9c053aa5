// Checks that every page shares: tags are closed in order, and nothing but its own sheet and script takes effect.
import { createHash } from "node:crypto";
import { expect } from "vitest";

export function expectClosedTags(page: string): void {
  const open: string[] = [];
  for (const [, slash, name = "", , closed] of page.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*?)(\/?)>/gi,
  )) {
    if (slash) expect(open.pop()).toBe(name);
    else if (!closed && name !== "meta") open.push(name);
  }
  expect(open).toEqual([]);
}

/** The policy names the hashes of the page's only style sheet and only script, and nothing leads elsewhere by itself. */
export function expectOwnContent(page: string): void {
  const hashed = (tag: string): string => {
    const found = [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, "g"))];
    expect(found).toHaveLength(1);
    return createHash("sha256")
      .update(found[0]?.[1] ?? "")
      .digest("base64");
  };
  const own = `style-src 'sha256-${hashed("style")}'; script-src 'sha256-${hashed("script")}'`;
  expect(page).toContain(`default-src 'none'; ${own}; base-uri 'none'; form-action 'none'`);
  expect(page).not.toMatch(/\b(src|srcset|action)=|url\(|@import|<link|\sstyle=|https?:/i);
}

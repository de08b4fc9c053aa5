// A check that every page shares: each tag that is opened is closed, in order.
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

// HTML by tagged template: what is put in is escaped, unless it is markup itself.
import { printable } from "../base/index.ts";

/** Text that is HTML already: what `html` makes, and constants of the page; never a value of a record. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | undefined | readonly Part[];

/** Markup from a template; strings and numbers are escaped, lists joined, undefined left out. */
export const html = (literals: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(literals.map((literal, i) => (i < parts.length ? literal + write(parts[i]) : literal)).join(""));

function write(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "string") return escapeText(printable(part, { limit: 400 }));
  return typeof part === "number" ? String(part) : part.map(write).join("");
}

/** Text of several lines, kept as it is, for `pre`. */
export const preformatted = (text: string): Markup =>
  new Markup(
    text
      .split("\n")
      .map((line) => escapeText(printable(line)))
      .join("\n"),
  );

/** The five characters that HTML takes for markup; figures stay on one line with their units. */
const escapeText = (text: string): string =>
  text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;")
    .replace(/(\d) (?=(?:%|ms|s|min|bytes|kB|MB|GB|points)(?![\w-]))/g, "$1\u00a0");

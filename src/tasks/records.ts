// Records of divided text (RFC 4180): fields, the line where each record begins, and what was quoted.
import { AppError } from "../base/index.ts";

/** How the fields of a table are written. */
export interface Dialect {
  /** One character between two fields. */
  readonly separator: string;
  /** Whether a field can stand in double quotes, which are then doubled inside it. */
  readonly quotes: boolean;
}

export interface TableRecord {
  readonly fields: readonly string[];
  /** From 1. */
  readonly line: number;
  /** How many fields stood in quotes. */
  readonly quoted: number;
  /** Whether quotes were needed: something inside them is a quote, a separator or a line end. */
  readonly needed: boolean;
  /** Whether a field that is not quoted holds a quote. */
  readonly stray: boolean;
}

/** The records in order, each made when it is asked for; AppError `input` with the line where quotes do not close. */
export function* recordsOf(text: string, dialect: Dialect, file: string): Generator<TableRecord> {
  const cursor = new Cursor(text, dialect, file);
  while (!cursor.ended) yield cursor.record();
}

/** Reads a text once from its beginning to its end: what was searched for is remembered, and not searched again. */
class Cursor {
  readonly #text: string;
  readonly #dialect: Dialect;
  readonly #file: string;
  #at = 0;
  #line = 1;
  #separator = -1;
  #lineEnd = -1;
  #quoted = 0;
  #needed = false;
  #stray = false;

  constructor(text: string, dialect: Dialect, file: string) {
    this.#text = text;
    this.#dialect = dialect;
    this.#file = file;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  record(): TableRecord {
    const line = this.#line;
    const fields: string[] = [];
    [this.#quoted, this.#needed, this.#stray] = [0, false, false];
    do fields.push(this.#field());
    while (this.#follows());
    return { fields, line, quoted: this.#quoted, needed: this.#needed, stray: this.#stray };
  }

  #field(): string {
    return this.#dialect.quotes && this.#text[this.#at] === '"' ? this.#inQuotes() : this.#plain();
  }

  #plain(): string {
    const start = this.#at;
    if (this.#separator < start) this.#separator = this.#next(this.#dialect.separator);
    if (this.#lineEnd < start) this.#lineEnd = this.#next("\n");
    this.#at = Math.min(this.#separator, this.#lineEnd);
    const returned = this.#at === this.#lineEnd && this.#text[this.#at - 1] === "\r" && this.#at > start;
    const field = this.#text.slice(start, returned ? this.#at - 1 : this.#at);
    this.#stray ||= field.includes('"');
    return field;
  }

  #inQuotes(): string {
    const start = this.#at + 1;
    let [end, doubled] = [this.#text.indexOf('"', start), false];
    for (; this.#text[end + 1] === '"' && end >= 0; end = this.#text.indexOf('"', end + 2)) doubled = true;
    if (end < 0) throw this.#broken("expected a closing quote");
    const raw = this.#text.slice(start, end);
    const lines = raw.split("\n").length - 1;
    this.#quoted++;
    this.#needed ||= doubled || lines > 0 || raw.includes(this.#dialect.separator);
    this.#at = end + 1;
    if (this.#text.startsWith("\r\n", this.#at)) this.#at++;
    const after = this.#text[this.#at];
    if (after !== undefined && after !== "\n" && after !== this.#dialect.separator)
      throw this.#broken("expected the end of the field after its closing quote");
    this.#line += lines;
    return doubled ? raw.replaceAll('""', '"') : raw;
  }

  /** Goes past what ends a field; whether it was a separator. */
  #follows(): boolean {
    const mark = this.#text[this.#at++];
    if (mark === "\n") this.#line++;
    return mark === this.#dialect.separator;
  }

  #next(what: string): number {
    const found = this.#text.indexOf(what, this.#at);
    return found < 0 ? this.#text.length : found;
  }

  #broken(message: string): AppError {
    const hint = "a field with quotes in it is quoted, and its quotes are doubled";
    return new AppError("input", message, { path: `${this.#file}:${this.#line}`, hint });
  }
}

// Records of divided text (RFC 4180) as csv-parse reads them: fields, the line where each record begins, and what was quoted.
import { AppError, busy } from "../base/index.ts";

/** How the fields of a table are written. */
export interface Dialect {
  /** What stands between two fields. */
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
}

export interface Read {
  /** In order, up to one that is broken. */
  readonly records: readonly TableRecord[];
  /** Whether a quote stands inside a field that is not quoted. */
  readonly stray: boolean;
  /** An AppError `input` with the line, where quotes are not as they should be. */
  readonly broken: AppError | undefined;
}

/**
 * The records of a text, or the first `most` of them. A quote inside a field that is not quoted is a quote, as in Python; where
 * a file has such quotes, a quoted field that begins with one is not told from one that ends too early, and is refused.
 */
export async function readRecords(text: string, dialect: Dialect, file: string, most = -1): Promise<Read> {
  const strict = await parsed(text, dialect, file, { most, relaxed: false });
  if (codeOf(strict.broken) !== "INVALID_OPENING_QUOTE") return strict;
  return parsed(text, dialect, file, { most, relaxed: true });
}

const codeOf = (error: AppError | undefined): string | undefined =>
  (error?.cause as { readonly code?: string } | undefined)?.code;

const EARLY = "CSV_INVALID_CLOSING_QUOTE";

const problems: Readonly<Record<string, string>> = {
  [EARLY]: "expected the end of the field after its closing quote",
  CSV_QUOTE_NOT_CLOSED: "expected a closing quote",
};

async function parsed(
  text: string,
  { separator, quotes }: Dialect,
  file: string,
  { most, relaxed }: { readonly most: number; readonly relaxed: boolean },
): Promise<Read> {
  const { CsvError, parse } = await import("csv-parse/sync");
  const records: TableRecord[] = [];
  // each call of cast costs as much as the field itself: a text without quotes needs none
  const quote = quotes && text.includes('"') ? '"' : null;
  let [line, quoted, needed] = [1, 0, false];
  const cast = (value: string, { quoting }: { readonly quoting: boolean }): string => {
    if (!quoting) return value;
    if (relaxed && value.startsWith('"')) throw new CsvError(EARLY, EARLY);
    quoted++;
    needed ||= /["\n]/.test(value) || value.includes(separator);
    return value;
  };
  const options = {
    delimiter: separator,
    quote,
    escape: quote,
    record_delimiter: ["\r\n", "\n"],
    relax_column_count: true,
    relax_quotes: relaxed,
    to: most,
    ...(quote !== null && { cast }),
    on_record(fields: readonly string[]): null {
      records.push({ fields, line, quoted, needed });
      line += fields.join("").split("\n").length;
      [quoted, needed] = [0, false];
      return null;
    },
  };
  try {
    busy(() => parse(text, options));
    return { records, stray: relaxed, broken: undefined };
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const hint = "a field with quotes in it is quoted, and its quotes are doubled";
    const path = `${file}:${line}`;
    return {
      records,
      stray: relaxed,
      broken: new AppError("input", problems[cause.code] ?? cause.message, { path, hint, cause }),
    };
  }
}

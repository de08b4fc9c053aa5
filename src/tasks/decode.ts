// From the bytes of a data file to its text: UTF-8, or UTF-16 where a byte order mark says so; never a guess.
import { constants, isAscii, isUtf8 } from "node:buffer";
import { AppError } from "../base/index.ts";

/** Files that are no text, by their first bytes, and how to make data of them. */
const binary: readonly (readonly [magic: string, what: string, hint: string])[] = [
  [
    "PAR1",
    "it is a Parquet file",
    'write it as JSON Lines: pandas.read_parquet(...).to_json("data.jsonl", orient="records", lines=True)',
  ],
  [
    "ARROW1",
    "it is an Arrow file",
    'write it as JSON Lines: datasets.Dataset.from_file(...).to_json("data.jsonl")',
  ],
  ["\x1f\x8b", "it is compressed with gzip", "unpack it first: gunzip"],
  ["PK\x03\x04", "it is a zip archive, as Excel's .xlsx is too", "unpack it, or save the sheet as CSV UTF-8"],
  ["\x28\xb5\x2f\xfd", "it is compressed with zstd", "unpack it first: unzstd"],
  ["SQLite format 3", "it is an SQLite database", "export the table as CSV"],
];

/** Bytes in which UTF-16 without a mark is looked for. */
const LOOKED_AT = 4096;

/** AppError `input` for files of other formats, which their first bytes tell. */
export function refuseBinary(bytes: Uint8Array, file: string): void {
  const start = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  const found = binary.find(([magic]) => start.startsWith(magic));
  if (found) throw new AppError("input", found[1], { path: file, hint: found[2] });
}

/** Text with "\n" or "\r\n" between lines and none at the end; AppError `input` with the line that is not text. */
export function decode(
  bytes: Uint8Array,
  file: string,
): { readonly text: string; readonly notes: readonly string[] } {
  if (bytes.byteLength > constants.MAX_STRING_LENGTH)
    throw new AppError(
      "input",
      `it has ${bytes.byteLength} bytes, and at most ${constants.MAX_STRING_LENGTH} are read`,
      {
        path: file,
        hint: "split it into several files",
      },
    );
  const wide = marked(bytes);
  const whole = wide === undefined ? utf8(bytes, file) : utf16(bytes, wide, file);
  const { text, classic } = lines(whole);
  if (text.trim() === "")
    throw new AppError("input", "expected data, found an empty file", { path: `${file}:1` });
  const notes = [
    ...(wide === undefined ? [] : [`${file}: read as UTF-16, as its byte order mark says`]),
    ...(classic ? [`${file}: its lines end in CR alone, and are read so`] : []),
  ];
  return { text, notes };
}

type Wide = "utf-16le" | "utf-16be";

function marked([first, second]: Uint8Array): Wide | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

function utf16(bytes: Uint8Array, encoding: Wide, file: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    const what = "its byte order mark says UTF-16, and what follows is not";
    throw new AppError("input", what, { path: `${file}:1`, hint: "save the file as UTF-8", cause });
  }
}

function utf8(bytes: Uint8Array, file: string): string {
  if (unmarked(bytes))
    throw new AppError("input", "every second byte is NUL: it looks like UTF-16 without a byte order mark", {
      path: `${file}:1`,
      hint: "save the file as UTF-8",
    });
  if (!isUtf8(bytes)) throw otherBytes(bytes, file);
  return new TextDecoder().decode(bytes);
}

/** Whether nearly every even byte, or nearly every odd one, is NUL at the beginning. */
function unmarked(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, LOOKED_AT);
  const nuls = [0, 0];
  start.forEach((byte, i) => {
    if (byte === 0) nuls[i % 2] = (nuls[i % 2] ?? 0) + 1;
  });
  return start.length >= 8 && Math.max(...nuls) > 0.4 * start.length;
}

function otherBytes(bytes: Uint8Array, file: string): AppError {
  let [start, line] = [0, 1];
  for (; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start);
    const stop = end < 0 ? bytes.length : end;
    if (!isUtf8(bytes.subarray(start, stop))) break;
    start = stop + 1;
  }
  const end = bytes.indexOf(10, start);
  const found = bytes.subarray(start, end < 0 ? bytes.length : end);
  return new AppError("input", `expected UTF-8 text, found other bytes${asWindows(found)}`, {
    path: `${file}:${line}`,
    hint: 'save the file as UTF-8 ("CSV UTF-8" in Excel; iconv -f WINDOWS-1252 -t UTF-8)',
  });
}

/** The first byte outside ASCII as Windows-1252 has it, where that is a letter or a sign. */
function asWindows(line: Uint8Array): string {
  const byte = line.find((one) => one > 127);
  if (byte === undefined || isAscii(line)) return "";
  const sign = new TextDecoder("windows-1252").decode(Uint8Array.of(byte));
  const hex = byte.toString(16).toUpperCase();
  return /[\p{L}\p{S}\p{P}]/u.test(sign) ? `: byte ${hex} is ${sign} in Windows-1252` : `: byte ${hex}`;
}

/** One kind of line end, none at the end of the text. */
function lines(whole: string): { readonly text: string; readonly classic: boolean } {
  const classic = !whole.includes("\n") && whole.includes("\r");
  const text = classic ? whole.replaceAll("\r", "\n") : whole;
  let end = text.length;
  while (end > 0 && (text[end - 1] === "\n" || text[end - 1] === "\r")) end--;
  return { text: text.slice(0, end), classic: classic && text.slice(0, end).includes("\n") };
}
